// SPDX-License-Identifier: MIT
// Reads the compact format.
#pragma once

#include "sim/replay/byte_window.hpp"
#include "sim/replay/native_decoder.hpp"
#include "sim/replay/reader.hpp"

namespace drywalk::replay {

class NativeReader final : public ReferenceReader {
public:
    /// Checks the header.
    NativeReader(std::unique_ptr<trace::ByteSource> source, const std::string& file);

    [[nodiscard]] std::size_t read(std::span<Reference> into) override;
    [[nodiscard]] InputFormat format() const override { return InputFormat::native; }
    [[nodiscard]] std::uint64_t consumed() const override { return window_.consumed(); }
    [[nodiscard]] bool cut_short() const override { return cut_short_; }

    /// True if an input that begins with `front` means to be of this format, be it damaged.
    [[nodiscard]] static bool recognises(std::string_view front)
    {
        return front.starts_with("\x89"
                                 "DWT");
    }

private:
    using Decoder = native::Decoder;
    using Outcome = Decoder::Outcome;

    [[nodiscard]] std::size_t read_window(std::span<Reference> into);
    void settle(Outcome outcome, Decoder& decoder);
    void finish(Decoder& decoder);
    void advance(const unsigned char* to);
    /// Complains about the record that `decoder` has read; if the input ends in it, about that.
    [[noreturn]] void fail(const Decoder& decoder, std::string_view what) const;

    ByteWindow window_;
    native::Expectation expected_;
    std::uint64_t records_ = 0;
    bool finished_ = false;
    bool cut_short_ = false;
};

} // namespace drywalk::replay
