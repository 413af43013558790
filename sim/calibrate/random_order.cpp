// SPDX-License-Identifier: MIT
#include "sim/calibrate/random_order.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::calibrate {

namespace {

/// Steele, Lea and Flood's SplitMix64: every bit of the result depends on every bit of `number`.
[[nodiscard]] std::uint64_t mixed(std::uint64_t number)
{
    number += 0x9e37'79b9'7f4a'7c15;
    number = (number ^ (number >> 30)) * 0xbf58'476d'1ce4'e5b9;
    number = (number ^ (number >> 27)) * 0x94d0'49bb'1331'11eb;
    return number ^ (number >> 31);
}

/// 32 bits that depend on every bit of `half`; `key` is odd.
[[nodiscard]] std::uint64_t scattered(std::uint64_t half, std::uint64_t key)
{
    const std::uint64_t product = (half ^ (key >> 32)) * key;
    return (product >> 32) ^ (product >> 47);
}

[[nodiscard]] constexpr std::uint64_t mask(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }

} // namespace

RandomOrder::RandomOrder(std::uint64_t count, std::uint64_t seed) : count_{count}
{
    const auto bits = std::max(2U, static_cast<unsigned>(std::bit_width(count - 1)));
    low_bits_ = bits / 2;
    high_bits_ = bits - low_bits_;
    for (unsigned round = 0; round < rounds; ++round)
        keys_[round] = mixed(seed * rounds + round) | 1;
}

/// A Feistel network on 2^bits numbers; those past the end are shuffled again until they fall inside.
std::uint64_t RandomOrder::operator[](std::uint64_t position) const
{
    std::uint64_t number = position;
    do
        number = shuffle(number);
    while (number >= count_);
    return number;
}

std::uint64_t RandomOrder::shuffle(std::uint64_t number) const
{
    std::uint64_t low = number & mask(low_bits_);
    std::uint64_t high = number >> low_bits_;
    for (unsigned round = 0; round < rounds; round += 2) {
        high ^= scattered(low, keys_[round]) & mask(high_bits_);
        low ^= scattered(high, keys_[round + 1]) & mask(low_bits_);
    }
    return high << low_bits_ | low;
}

} // namespace drywalk::calibrate
