// SPDX-License-Identifier: MIT
#include "sim/trace/decompressor.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace drywalk::trace {

namespace {

constexpr std::size_t input_block = std::size_t{256} * 1024;
/// xz -9 needs 65 MiB; only hand-made dictionaries need more than this.
constexpr std::uint64_t most_lzma_memory = std::uint64_t{512} * 1024 * 1024;

class Gzip : public Decompressor {
public:
    Gzip(std::unique_ptr<ByteSource> inner, const std::string& file) : Decompressor{std::move(inner), file, "gzip"}
    {
        constexpr int gzip_wrapper = 16;
        if (inflateInit2(&stream_, MAX_WBITS + gzip_wrapper) != Z_OK) throw std::bad_alloc{};
    }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

private:
    [[nodiscard]] Step step(std::span<char> in, std::span<char> out, bool /*at_end*/) override
    {
        stream_.next_in = reinterpret_cast<Bytef*>(in.data());
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        const int status = inflate(&stream_, Z_NO_FLUSH);
        if (status == Z_NEED_DICT) fail("it needs a preset dictionary");
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            fail(stream_.msg == nullptr ? zError(status) : stream_.msg);
        }
        const Step done{in.size() - stream_.avail_in, out.size() - stream_.avail_out, status == Z_STREAM_END};
        if (done.finished) inflateReset(&stream_);
        return done;
    }

    z_stream stream_{};
};

class Xz : public Decompressor {
public:
    Xz(std::unique_ptr<ByteSource> inner, const std::string& file) : Decompressor{std::move(inner), file, "xz"}
    {
        if (lzma_stream_decoder(&stream_, most_lzma_memory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc{};
    }
    ~Xz() override { lzma_end(&stream_); }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;

private:
    [[nodiscard]] Step step(std::span<char> in, std::span<char> out, bool at_end) override
    {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const lzma_ret status = lzma_code(&stream_, at_end ? LZMA_FINISH : LZMA_RUN);
        if (status == LZMA_MEMLIMIT_ERROR) fail("it needs more than 512 MiB of memory");
        if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR) fail("it is damaged");
        return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, status == LZMA_STREAM_END};
    }

    lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Zstd : public Decompressor {
public:
    Zstd(std::unique_ptr<ByteSource> inner, const std::string& file)
        : Decompressor{std::move(inner), file, "zstd"}, context_{ZSTD_createDCtx(), &ZSTD_freeDCtx}
    {
        if (context_ == nullptr) throw std::bad_alloc{};
    }

private:
    [[nodiscard]] Step step(std::span<char> in, std::span<char> out, bool /*at_end*/) override
    {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        const std::size_t left = ZSTD_decompressStream(context_.get(), &output, &input);
        if (ZSTD_isError(left) != 0) fail(ZSTD_getErrorName(left));
        return {input.pos, output.pos, left == 0};
    }

    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
};

[[nodiscard]] bool is_gzip(std::string_view magic) { return magic.starts_with("\x1f\x8b"); }
[[nodiscard]] bool is_xz(std::string_view magic) { return magic == std::string_view{"\xfd\x37zXZ\0", 6}; }
/// A frame, or the skippable frame that parallel compressors put first. RFC 8878, 3.1
[[nodiscard]] bool is_zstd(std::string_view magic)
{
    if (magic.size() < 4) return false;
    const bool skippable = (static_cast<unsigned char>(magic[0]) & 0xf0U) == 0x50;
    return magic.starts_with("\x28\xb5\x2f\xfd") || (skippable && magic.substr(1, 3) == "\x2a\x4d\x18");
}

} // namespace

Decompressor::Decompressor(std::unique_ptr<ByteSource> inner, std::string file, std::string_view format)
    : inner_{std::move(inner)}, file_{std::move(file)}, format_{format}, buffer_(input_block)
{
}

void Decompressor::fail(std::string_view why) const
{
    throw InputError{one_line(fmt::format("{}: no valid {} data: {}", file_, format_, why))};
}

void Decompressor::refill()
{
    const std::size_t count = inner_->read(buffer_.data(), buffer_.size());
    input_ = {buffer_.data(), count};
    at_end_ = count == 0;
}

std::size_t Decompressor::read(char* into, std::size_t most)
{
    for (;;) {
        if (input_.empty() && !at_end_) refill();
        if (input_.empty() && at_end_ && between_streams_) return 0;
        const Step done = step(input_, {into, most}, at_end_);
        input_ = input_.subspan(done.taken);
        if (done.taken != 0 || done.finished) between_streams_ = done.finished;
        if (done.produced != 0) return done.produced;
        if (done.taken == 0 && !done.finished && (at_end_ || !input_.empty())) fail("it ends too early");
    }
}

std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> inner, std::string_view magic,
                                         const std::string& file)
{
    if (is_gzip(magic)) return std::make_unique<Gzip>(std::move(inner), file);
    if (is_xz(magic)) return std::make_unique<Xz>(std::move(inner), file);
    if (is_zstd(magic)) return std::make_unique<Zstd>(std::move(inner), file);
    return inner;
}

} // namespace drywalk::trace
