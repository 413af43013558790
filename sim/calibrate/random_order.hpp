// SPDX-License-Identifier: MIT
// A random order that needs no memory: a keyed permutation of 0 to count - 1, computed entry by entry.
#pragma once

#include <array>
#include <cstdint>

namespace drywalk::calibrate {

/// Visiting order[0], order[1], ..., order[count - 1], order[0], ... is one cycle through all numbers. The same seed
/// gives the same order.
class RandomOrder {
public:
    /// `count` is at least 1 and at most 2^62.
    RandomOrder(std::uint64_t count, std::uint64_t seed);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// `position` is below count().
    [[nodiscard]] std::uint64_t operator[](std::uint64_t position) const;

private:
    static constexpr unsigned rounds = 4;

    [[nodiscard]] std::uint64_t shuffle(std::uint64_t number) const;

    std::uint64_t count_;
    unsigned low_bits_;  ///< of the two halves of a number that the rounds mix
    unsigned high_bits_; ///< 2^(low_bits_ + high_bits_) is at least count_ and below 4 * count_
    std::array<std::uint64_t, rounds> keys_{};
};

} // namespace drywalk::calibrate
