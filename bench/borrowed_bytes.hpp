// SPDX-License-Identifier: MIT
// A trace that lies in memory and belongs to somebody else.
#pragma once

#include "sim/trace/byte_source.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace drywalk::bench {

class BorrowedBytes : public trace::ByteSource {
public:
    explicit BorrowedBytes(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override
    {
        const std::size_t count = std::min(most, bytes_.size() - at_);
        std::memcpy(into, bytes_.data() + at_, count);
        at_ += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return at_; }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

} // namespace drywalk::bench
