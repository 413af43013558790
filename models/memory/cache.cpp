// SPDX-License-Identifier: MIT
#include "models/memory/cache.hpp"

#include <algorithm>

namespace drywalk::memory {

Cache::Cache(const CacheProfile& profile)
    : sets_{profile.sets}, ways_{profile.sets == 0 ? 0 : profile.ways}, latency_{profile.latency},
      lines_(static_cast<std::size_t>(profile.sets) * profile.ways, empty)
{
}

bool Cache::access_older(std::uint64_t* set, std::uint64_t line) const
{
    std::uint64_t* const end = set + ways_;
    std::uint64_t* const found = std::find(set + 1, end, line);
    const bool hit = found != end;
    std::uint64_t* const last = hit ? found : end - 1;
    std::move_backward(set, last, last + 1);
    set[0] = line;
    return hit;
}

void Cache::clear() { std::ranges::fill(lines_, empty); }

} // namespace drywalk::memory
