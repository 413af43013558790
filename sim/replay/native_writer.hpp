// SPDX-License-Identifier: MIT
// Writes the compact format, to a file that appears only when it is whole.
#pragma once

#include "sim/output/atomic_file.hpp"
#include "sim/replay/native_format.hpp"

#include <filesystem>
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
    /// Throws InputError, as every function does, if the file cannot be written (output::AtomicFile).
    explicit NativeWriter(std::filesystem::path file);

    void write(std::span<const Reference> references);
    /// Ends the trace and gives it its name. Without this call nothing is left.
    void finish(bool cut_short);
    [[nodiscard]] std::uint64_t records() const { return encoder_.records(); }

private:
    void flush();

    output::AtomicFile file_;
    std::vector<unsigned char> bytes_;
    NativeEncoder encoder_;
};

} // namespace drywalk::replay
