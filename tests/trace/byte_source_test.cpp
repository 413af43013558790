// SPDX-License-Identifier: MIT
// Files, pipes and the three compressions; damage is found and memory stays bounded.
#include "sim/trace/byte_source.hpp"

#include "sim/trace/line_reader.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

namespace drywalk::trace::test {
namespace {

std::string gzip(const std::string& bytes)
{
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
    std::string input{bytes};
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string xz(const std::string& bytes)
{
    std::string packed(lzma_stream_buffer_bound(bytes.size()), '\0');
    std::size_t used = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                      bytes.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &used,
                                      packed.size()),
              LZMA_OK);
    packed.resize(used);
    return packed;
}

std::string zstd(const std::string& bytes)
{
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size()));
    ZSTD_freeCCtx(context);
    return packed;
}

std::string all_of(ByteSource& source, std::size_t at_once = 1000)
{
    std::string bytes;
    std::string block(at_once, '\0');
    for (std::size_t count = 0; (count = source.read(block.data(), block.size())) != 0;)
        bytes.append(block, 0, count);
    return bytes;
}

std::string unpacked(const std::string& packed)
{
    const auto source = open_memory(packed, "t");
    return all_of(*source);
}

std::string failure(const std::string& packed)
{
    try {
        (void)unpacked(packed);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

std::string long_text()
{
    std::mt19937 random{7};
    std::string text;
    while (text.size() < 1'500'000)
        text.append(R"({"op":"read","va":)").append(std::to_string(random())).append("}\n");
    return text;
}

using Pack = std::string (*)(const std::string&);
struct Format {
    const char* name;
    Pack pack;
};
const Format formats[] = {{"gzip", gzip}, {"xz", xz}, {"zstd", zstd}};

TEST(ByteSource, UndoesEveryCompression)
{
    const std::string text = long_text();
    EXPECT_EQ(unpacked(text), text);
    for (const Format& format : formats) {
        EXPECT_EQ(unpacked(format.pack(text)), text) << format.name;
        EXPECT_EQ(unpacked(format.pack("")), "") << format.name;
    }
}

TEST(ByteSource, JoinsStreamsThatStandOneBehindTheOther)
{
    for (const Format& format : formats) {
        EXPECT_EQ(unpacked(format.pack("one\n") + format.pack("") + format.pack("two\n")), "one\ntwo\n") << format.name;
    }
}

TEST(ByteSource, ReadsZstdBehindASkippableFrame)
{
    const std::string skippable{"\x50\x2a\x4d\x18\x03\0\0\0abc", 11};
    EXPECT_EQ(unpacked(skippable + zstd("text\n")), "text\n");
}

TEST(ByteSource, NoticesThatCompressedDataEndsTooEarly)
{
    const std::string text = long_text();
    for (const Format& format : formats) {
        const std::string packed = format.pack(text);
        for (const std::size_t length : {packed.size() - 1, packed.size() - 9, packed.size() / 2, std::size_t{20}}) {
            EXPECT_EQ(failure(packed.substr(0, length)),
                      "t: no valid " + std::string{format.name} + " data: it ends too early")
                << length;
        }
    }
}

TEST(ByteSource, NoticesDamageAnywhere)
{
    const std::string text = long_text().substr(0, 1500);
    for (const Format& format : formats) {
        const std::string packed = format.pack(text);
        for (std::size_t at = 30; at < packed.size(); ++at) {
            std::string damaged = packed;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            std::string got;
            try {
                got = unpacked(damaged);
            } catch (const InputError& error) {
                EXPECT_EQ(std::string{error.what()}.find("t: no valid " + std::string{format.name} + " data: "), 0U);
                continue;
            }
            EXPECT_EQ(got, text) << format.name << " at " << at; // a bit without a meaning
        }
    }
}

TEST(ByteSource, NoticesGarbageBehindCompressedData)
{
    EXPECT_EQ(failure(gzip("text") + "garbage"), "t: no valid gzip data: incorrect header check");
    EXPECT_EQ(failure(xz("text") + "more garbage"), "t: no valid xz data: it is damaged");
    EXPECT_EQ(failure(zstd("text") + "garbage"), "t: no valid zstd data: Unknown frame descriptor");
}

TEST(ByteSource, ReadsFilesAndSaysWhyItCannot)
{
    const TemporaryDirectory directory;
    const std::string file = directory.write("odd name.bin", gzip("text"));
    EXPECT_EQ(all_of(*open_bytes(file)), "text");
    const auto message = [](const std::string& name) {
        try {
            (void)open_bytes(name);
            return std::string{};
        } catch (const InputError& error) {
            return std::string{error.what()};
        }
    };
    EXPECT_EQ(message("/nowhere/x"), "/nowhere/x: no such file (a trace is expected, or - for standard input)");
    EXPECT_EQ(message(directory.path().string()), directory.path().string() + ": is a directory (a trace is expected)");
}

/// Gives one byte after the other without end, and counts them.
class Endless : public ByteSource {
public:
    Endless(std::string start, std::uint64_t& given) : start_{std::move(start)}, given_{given} {}
    [[nodiscard]] std::size_t read(char* into, std::size_t most) override
    {
        for (std::size_t at = 0; at < most; ++at)
            into[at] = given_ + at < start_.size() ? start_[given_ + at] : 'x';
        given_ += most;
        return most;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return given_; }

private:
    std::string start_;
    std::uint64_t& given_;
};

TEST(LineReader, StopsSoonInALineWithoutEnd)
{
    std::uint64_t given = 0;
    LineReader reader{std::make_unique<Endless>("first\n", given), "t"};
    Line line;
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(std::string(line.begin, line.end), "first");
    try {
        (void)reader.next(line);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "t:2:65537: a line of more than 65536 bytes (an event takes far less)");
    }
    EXPECT_LT(given, 1'000'000U);
}

TEST(LineReader, TakesALineOf64KibibytesAndNotOneByteMore)
{
    const std::string longest(65536, 'x');
    LineReader reader{open_memory(longest + "\n" + longest + "\n" + longest + "x\n", "t"), "t"};
    Line line;
    for (int count = 0; count < 2; ++count) {
        ASSERT_TRUE(reader.next(line));
        EXPECT_EQ(line.end - line.begin, 65536);
    }
    EXPECT_THROW((void)reader.next(line), InputError);
}

TEST(LineReader, CutsLinesWhereverTheBlocksEnd)
{
    std::mt19937 random{3};
    std::vector<std::string> lines;
    std::string text;
    for (unsigned number = 0; number < 300; ++number) {
        lines.emplace_back(random() % 5 == 0 ? random() % 60000 : random() % 100, static_cast<char>('a' + number % 26));
        text += lines.back() + (number == 299 ? "" : "\n"); // the last one without a line feed
    }
    lines.back().empty() ? lines.pop_back() : void();
    LineReader reader{open_memory(text, "t"), "t"};
    Line line;
    for (const std::string& expected : lines) {
        ASSERT_TRUE(reader.next(line));
        EXPECT_EQ(std::string(line.begin, line.end), expected);
        EXPECT_EQ(*line.end, '\n');
    }
    EXPECT_FALSE(reader.next(line));
    EXPECT_FALSE(reader.next(line));
    EXPECT_EQ(reader.number(), lines.size());
}

} // namespace
} // namespace drywalk::trace::test
