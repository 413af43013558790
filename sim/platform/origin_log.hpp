// SPDX-License-Identifier: MIT
// The kernel's line of each store and control-register write, in two or three bytes an event: a run has millions.
#pragma once

#include "models/oracle/judgement.hpp"
#include "sim/platform/source_line.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace drywalk::platform {

class OriginLog {
public:
    /// `event` is later than all before.
    void append(oracle::EventIndex event, const SourceLine& line);

    /// The line of `event`, or none.
    [[nodiscard]] SourceLine at(oracle::EventIndex event) const;

    /// What it holds, for its bound.
    [[nodiscard]] std::size_t bytes() const { return bytes_.size() + blocks_.size() * sizeof(Block); }

private:
    /// Where decoding may begin: the event before the first of a block, and the offset of its bytes.
    struct Block {
        oracle::EventIndex before = 0;
        std::size_t offset = 0;
    };
    static constexpr std::size_t entries_of_block = 64;

    [[nodiscard]] std::size_t number_of(const SourceLine& line);
    void put(std::uint64_t value);

    std::vector<SourceLine> lines_; ///< the distinct ones: as many as the kernel's code has
    std::size_t latest_line_ = 0;
    std::vector<Block> blocks_;
    std::vector<std::uint8_t> bytes_; ///< of each entry the distance to the event before and the line's number
    std::size_t entries_ = 0;
    oracle::EventIndex latest_ = 0;
};

} // namespace drywalk::platform
