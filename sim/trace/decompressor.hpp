// SPDX-License-Identifier: MIT
// Streaming decompression, in memory that does not depend on the input's length.
#pragma once

#include "sim/trace/byte_source.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace drywalk::trace {

/// What zlib, liblzma and libzstd have in common.
class Decompressor : public ByteSource {
public:
    Decompressor(std::unique_ptr<ByteSource> inner, std::string file, std::string_view format);

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override;
    [[nodiscard]] std::uint64_t consumed() const override { return inner_->consumed(); }

protected:
    struct Step {
        std::size_t taken = 0;    ///< bytes of the input
        std::size_t produced = 0; ///< bytes of the output
        bool finished = false;    ///< a stream ended here; what follows starts a new one
    };

    /// `at_end`: nothing will follow `in`.
    [[nodiscard]] virtual Step step(std::span<char> in, std::span<char> out, bool at_end) = 0;
    /// Complains about the file: "... is no valid gzip data: `why`".
    [[noreturn]] void fail(std::string_view why) const;

private:
    void refill();

    std::unique_ptr<ByteSource> inner_;
    std::string file_;
    std::string_view format_;
    std::vector<char> buffer_;
    std::span<char> input_; ///< what of the buffer is still to be read
    bool at_end_ = false;
    bool between_streams_ = false;
};

/// The first bytes of a file decide what it is.
inline constexpr std::size_t magic_bytes = 6;

/// A decompressor if `magic` is that of a known format, otherwise `inner` itself.
[[nodiscard]] std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> inner, std::string_view magic,
                                                       const std::string& file);

} // namespace drywalk::trace
