// SPDX-License-Identifier: MIT
// One data cache: which lines it holds. It keeps no data and no clock.
#pragma once

#include "models/memory/profile.hpp"
#include "models/x86/address.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::memory {

/// Set-associative. A profile with 0 sets is a cache that never hits.
class Cache {
public:
    explicit Cache(const CacheProfile& profile);

    [[nodiscard]] std::uint32_t latency() const { return latency_; }

    /// True if the line of `address` was there; either way it is now, as the most recent of its set, unless the profile
    /// lets some lines pass through.
    bool access(x86::PhysicalAddress address)
    {
        if (ways_ == 0) return false;
        const std::uint64_t line = address.value() / line_bytes;
        std::uint64_t* const set = &lines_[set_of(line) * ways_];
        if (set[0] == line) return true;
        return access_further(set, line);
    }

    void clear();

private:
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    [[nodiscard]] std::uint64_t set_of(std::uint64_t line) const
    {
        if (!sets_are_power_of_two_) return line % sets_;
        return (line ^ ((line >> set_bits_) & folded_index_bits_)) & (sets_ - 1);
    }
    bool access_further(std::uint64_t* set, std::uint64_t line);
    bool access_older(std::uint64_t* set, std::uint64_t line);
    bool access_any(std::uint64_t* set, std::uint64_t line);
    [[nodiscard]] bool keeps();
    [[nodiscard]] std::uint64_t random();

    std::uint64_t sets_;
    std::uint64_t folded_index_bits_;
    std::uint32_t ways_;
    std::uint32_t latency_;
    std::uint32_t kept_percent_;
    unsigned set_bits_;
    bool sets_are_power_of_two_;
    CacheReplacement replacement_;
    std::uint64_t random_ = 1;         ///< state of a xorshift generator
    std::vector<std::uint64_t> lines_; ///< sets_ * ways_; under lru, each set from most to least recent
};

} // namespace drywalk::memory
