// SPDX-License-Identifier: MIT
// One data cache: which lines it holds. It keeps no data and no clock.
#pragma once

#include "models/memory/profile.hpp"
#include "models/x86/address.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::memory {

/// Set-associative with true LRU. A profile with 0 sets is a cache that never hits.
class Cache {
public:
    explicit Cache(const CacheProfile& profile);

    [[nodiscard]] std::uint32_t latency() const { return latency_; }

    /// True if the line of `address` was there; either way it is now, as the most recent of its set.
    bool access(x86::PhysicalAddress address)
    {
        if (ways_ == 0) return false;
        const std::uint64_t line = address.value() / line_bytes;
        std::uint64_t* const set = &lines_[(line % sets_) * ways_];
        if (set[0] == line) return true;
        return access_older(set, line);
    }

    void clear();

private:
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    bool access_older(std::uint64_t* set, std::uint64_t line) const;

    std::uint64_t sets_;
    std::uint32_t ways_;
    std::uint32_t latency_;
    std::vector<std::uint64_t> lines_; ///< sets_ * ways_, each set from most to least recent
};

} // namespace drywalk::memory
