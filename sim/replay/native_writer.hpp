// SPDX-License-Identifier: MIT
// Writes the compact format, to a file that appears only when it is whole.
#pragma once

#include "sim/replay/native_format.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace drywalk::replay {

/// Puts references into bytes; knows nothing of files.
class NativeEncoder {
public:
    /// Appends the header.
    explicit NativeEncoder(std::vector<unsigned char>& bytes);

    void append(const Reference& reference);
    /// Appends the end record; nothing may follow.
    void finish(bool cut_short);
    [[nodiscard]] std::uint64_t records() const { return records_; }

private:
    void append_number(std::uint64_t number);

    std::vector<unsigned char>& bytes_;
    native::Expectation expected_;
    std::uint64_t records_ = 0;
};

class NativeWriter {
public:
    /// Writes beside `file` and renames at the end. Throws InputError if that is not possible.
    explicit NativeWriter(std::filesystem::path file);
    ~NativeWriter();
    NativeWriter(const NativeWriter&) = delete;
    NativeWriter& operator=(const NativeWriter&) = delete;

    void write(std::span<const Reference> references);
    /// Ends the trace and gives it its name. Without this call nothing is left.
    void finish(bool cut_short);
    [[nodiscard]] std::uint64_t records() const { return encoder_.records(); }

private:
    void flush();
    [[noreturn]] void fail() const;

    std::filesystem::path file_;
    std::filesystem::path partial_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
    std::vector<unsigned char> bytes_;
    NativeEncoder encoder_;
};

} // namespace drywalk::replay
