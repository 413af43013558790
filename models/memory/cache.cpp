// SPDX-License-Identifier: MIT
#include "models/memory/cache.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::memory {

Cache::Cache(const CacheProfile& profile)
    : sets_{profile.sets}, folded_index_bits_{profile.folded_index_bits}, ways_{profile.sets == 0 ? 0 : profile.ways},
      latency_{profile.latency}, kept_percent_{profile.kept_percent}, set_bits_{static_cast<unsigned>(
                                                                          std::countr_zero(std::bit_ceil(sets_)))},
      sets_are_power_of_two_{std::has_single_bit(sets_)}, replacement_{profile.replacement},
      lines_(static_cast<std::size_t>(profile.sets) * profile.ways, empty)
{
}

bool Cache::access_further(std::uint64_t* set, std::uint64_t line)
{
    return replacement_ == CacheReplacement::lru ? access_older(set, line) : access_any(set, line);
}

bool Cache::access_older(std::uint64_t* set, std::uint64_t line)
{
    std::uint64_t* const end = set + ways_;
    std::uint64_t* const found = std::find(set + 1, end, line);
    const bool hit = found != end;
    if (!hit && !keeps()) return false;
    std::uint64_t* const last = hit ? found : end - 1;
    std::move_backward(set, last, last + 1);
    set[0] = line;
    return hit;
}

bool Cache::access_any(std::uint64_t* set, std::uint64_t line)
{
    std::uint64_t* const end = set + ways_;
    if (std::find(set, end, line) != end) return true;
    std::uint64_t* const unused = std::find(set, end, empty);
    if (unused != end) {
        *unused = line;
    } else if (keeps()) {
        set[random() % ways_] = line;
    }
    return false;
}

bool Cache::keeps() { return kept_percent_ >= 100 || random() % 100 < kept_percent_; }

/// Marsaglia's xorshift64; the upper bits are the better ones.
std::uint64_t Cache::random()
{
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_ >> 32;
}

void Cache::clear() { std::ranges::fill(lines_, empty); }

} // namespace drywalk::memory
