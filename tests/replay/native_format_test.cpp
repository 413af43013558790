// SPDX-License-Identifier: MIT
// The compact format: its bytes, its round trip, and every way to damage it.
#include "sim/replay/native_reader.hpp"
#include "sim/replay/native_writer.hpp"

#include "tests/replay/support.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::replay::test {
namespace {

using References = std::vector<Reference>;
using namespace std::string_literals;

const std::string header = "\x89"
                           "DWT\r\n\x1a\n\x01"s;

References random_references(std::size_t count, std::uint64_t seed)
{
    std::mt19937_64 random{seed};
    References references;
    while (references.size() < count) {
        const auto bytes = static_cast<std::uint32_t>(random() % 3 == 0 ? 1 + random() % 4096 : 1 + random() % 80);
        const auto linear = reference_address(x86::LinearAddress::truncate(random() >> random() % 64).value(), bytes);
        if (linear) references.push_back({*linear, bytes, static_cast<ReferenceKind>(random() % 4)});
    }
    return references;
}

/// docs/replay.md shows these bytes.
TEST(NativeFormat, IsWhatTheDocumentSays)
{
    EXPECT_EQ(
        native_bytes({fetch(0x1000, 4), fetch(0x1004, 3), load(0x7ff8, 8), store(0x7ff0, 8), modify(0x7ff0, 512)}),
        header + "\x10\x80\x40"     // fetch of 4 bytes, 0x1000 on from 0: zigzag 0x2000
                 "\x0c\x00"         // fetch of 3 bytes where the last one ended
                 "\x21\xf0\xff\x03" // load of 8 bytes at 0x7ff8: zigzag 0xfff0
                 "\x22\x0f"         // store of 8 bytes, 8 below
                 "\x03\x80\x04\x00" // modify of 512 bytes, size behind the head, same place
                 "\x00\x00\x05\x00"s);
}

TEST(NativeFormat, KeepsEveryReference)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const References references = random_references(2000, seed);
        const std::string bytes = native_bytes(references);
        EXPECT_EQ(read_all(bytes).references, references);
        EXPECT_EQ(read_all(std::make_unique<Trickle>(bytes, 1 + seed)).references, references);
    }
}

TEST(NativeFormat, KeepsThatARecordingWasCutShort)
{
    EXPECT_TRUE(read_all(native_bytes({load(8)}, true)).cut_short);
    EXPECT_FALSE(read_all(native_bytes({load(8)}, false)).cut_short);
}

TEST(NativeFormat, MayBeEmpty) { EXPECT_TRUE(read_all(native_bytes({})).references.empty()); }

TEST(NativeFormat, NoticesEveryTruncation)
{
    const std::string whole = native_bytes(random_references(50, 7));
    for (std::size_t length = 4; length < whole.size(); ++length) {
        const std::string what = failure(whole.substr(0, length));
        EXPECT_NE(what.find(length < header.size() ? "ends in its header" : "without its end record"),
                  std::string::npos)
            << length << ": " << what;
    }
}

TEST(NativeFormat, SurvivesEveryChangedByte)
{
    const std::string whole = native_bytes(random_references(50, 8));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned flip : {1U, 0x40U, 0x80U, 0xffU}) {
            std::string damaged = whole;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
            (void)failure(damaged); // an InputError or other references, and no sanitizer speaks up
        }
    }
}

TEST(NativeFormat, TellsWhatIsWrong)
{
    EXPECT_EQ(failure("\x89"
                      "DWT\n\x1a\n\x01\x00\x00\x00\x00"s),
              "t: byte 0: no magic number of a drywalk reference trace (was it transferred as text?)");
    EXPECT_EQ(failure(header.substr(0, 8) + "\x02\x00"s),
              "t: byte 0: version 2 of the format (this program reads version 1)");
    EXPECT_EQ(failure(header + "\x20\x00\x00\x00\x02\x00"s),
              "t: byte 11: the end record tells of 2 records, there are 1");
    EXPECT_EQ(failure(header + "\x00\x00\x00\x02"s), "t: byte 9: unknown flags in the end record");
    EXPECT_EQ(failure(header + "\x00\x00\x00\x00more"s), "t: byte 13: something follows the end record");
    EXPECT_EQ(failure(header + "\x01\x3f\x00"s), "t: byte 9: a long size that is not from 64 to 4096 bytes");
    EXPECT_EQ(failure(header + "\x01\x81\x20\x00"s), "t: byte 9: a long size that is not from 64 to 4096 bytes");
    EXPECT_EQ(failure(header + "\x01\x00\x00"s), "t: byte 9: a long size that is not from 64 to 4096 bytes");
    EXPECT_EQ(failure(header + "\x21" + std::string(9, '\xff') + "\x02"), "t: byte 9: a number of more than 64 bits");
    EXPECT_EQ(failure(header + "\x21" + std::string(10, '\xff')), "t: byte 9: a number of more than 64 bits");
    EXPECT_EQ(failure(header + "\x21\x80\x80\x80\x80\x80\x80\x40"s),
              "t: byte 9: 0x800000000000: not a canonical address");
}

} // namespace
} // namespace drywalk::replay::test
