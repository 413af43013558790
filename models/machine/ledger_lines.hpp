// SPDX-License-Identifier: MIT
// The lines of a ledger, by number: what each layer's ledger names in its own terms.
#pragma once

#include <array>
#include <cstdint>

namespace drywalk::machine {

struct LedgerLine {
    std::uint64_t cycles = 0;
    std::uint64_t count = 0;
    constexpr bool operator==(const LedgerLine&) const = default;
};

template <unsigned Count>
class LedgerLines {
public:
    void add(unsigned index, std::uint64_t cycles)
    {
        lines_[index].cycles += cycles;
        ++lines_[index].count;
    }
    [[nodiscard]] const LedgerLine& operator[](unsigned index) const { return lines_[index]; }

    /// Of the lines [first, end).
    [[nodiscard]] LedgerLine sum(unsigned first, unsigned end) const
    {
        LedgerLine all;
        for (unsigned index = first; index < end; ++index) {
            all.cycles += lines_[index].cycles;
            all.count += lines_[index].count;
        }
        return all;
    }
    /// What was added since `earlier`, an older copy.
    [[nodiscard]] LedgerLines since(const LedgerLines& earlier) const
    {
        LedgerLines difference;
        for (unsigned index = 0; index < Count; ++index) {
            difference.lines_[index] = {lines_[index].cycles - earlier.lines_[index].cycles,
                                        lines_[index].count - earlier.lines_[index].count};
        }
        return difference;
    }
    constexpr bool operator==(const LedgerLines&) const = default;

private:
    std::array<LedgerLine, Count> lines_{};
};

} // namespace drywalk::machine
