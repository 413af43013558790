// SPDX-License-Identifier: MIT
// A line of the answer in the making.
#pragma once

#include "kernel_model/program/log_format.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace drywalk::differential {

class Answer {
public:
    explicit Answer(std::string_view tag) { text(tag); }

    Answer& text(std::string_view words)
    {
        for (const char character : words) {
            if (length_ + reserve < sizeof(characters_)) characters_[length_++] = character;
        }
        return *this;
    }
    Answer& hex(std::uint64_t value)
    {
        char reversed[16];
        std::size_t count = 0;
        do {
            reversed[count++] = digits[value % 16];
            value /= 16;
        } while (value != 0);
        while (count != 0)
            text({&reversed[--count], 1});
        return *this;
    }

    /// The finished line. Call it once.
    [[nodiscard]] std::string_view finish()
    {
        const std::uint8_t check = kernel::log::line_check({characters_, length_});
        for (const char character : {' ', digits[check >> 4], digits[check & 0xf], '\n'})
            characters_[length_++] = character;
        return {characters_, length_};
    }

private:
    static constexpr const char* digits = "0123456789abcdef";
    static constexpr std::size_t reserve = 4; ///< for the check and the line's end

    char characters_[4096];
    std::size_t length_ = 0;
};

} // namespace drywalk::differential
