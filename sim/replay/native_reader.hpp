// SPDX-License-Identifier: MIT
// Reads the compact format.
#pragma once

#include "sim/replay/byte_window.hpp"
#include "sim/replay/native_format.hpp"
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
    [[nodiscard]] std::uint64_t number(const unsigned char*& at) const;
    [[nodiscard]] std::uint64_t long_number(const unsigned char*& at) const;
    /// The size that stands behind the head; 0 for the end record.
    [[nodiscard]] std::uint32_t long_size(ReferenceKind kind, const unsigned char*& at) const;
    /// Reads what follows the end record's head and size; `records` came before it.
    void finish(const unsigned char* at, std::uint64_t records);
    void advance(const unsigned char* to);
    /// Complains about the record that was read up to `at`; if the input ends before it, about that.
    [[noreturn]] void fail(const unsigned char* at, std::string_view what) const;

    ByteWindow window_;
    native::Expectation expected_;
    std::uint64_t records_ = 0;
    bool finished_ = false;
    bool cut_short_ = false;
};

} // namespace drywalk::replay
