// SPDX-License-Identifier: MIT
// A window that slides over a byte source, for binary formats: a record can be read in place.
#pragma once

#include "sim/trace/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::replay {

class ByteWindow {
public:
    /// The longest record that can be read in place.
    static constexpr std::size_t most_record_bytes = 64;

    /// `file` is what errors call the source.
    ByteWindow(std::unique_ptr<trace::ByteSource> source, std::string file);

    /// Sees to it that a whole record can be read from at(). Where the input ends earlier, zeroes follow.
    void slide()
    {
        if (static_cast<std::size_t>(end_ - at_) < most_record_bytes && !at_end_) refill();
    }
    [[nodiscard]] const unsigned char* at() const { return at_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    /// Moves on to `to`. False, and nothing is moved, if the input ends before it.
    [[nodiscard]] bool advance(const unsigned char* to)
    {
        if (to > end_) return false;
        at_ = to;
        return true;
    }

    [[nodiscard]] std::uint64_t consumed() const { return source_->consumed(); }
    /// Throws InputError as `file: byte N: what`; N counts bytes before at(), of the input as it is when unpacked.
    [[noreturn]] void fail(std::string_view what) const;

private:
    void refill();

    std::unique_ptr<trace::ByteSource> source_;
    std::string file_;
    std::vector<unsigned char> buffer_;
    const unsigned char* at_;
    const unsigned char* end_;
    std::uint64_t end_offset_ = 0; ///< of end_, in the input
    bool at_end_ = false;
};

} // namespace drywalk::replay
