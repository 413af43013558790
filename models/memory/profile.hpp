// SPDX-License-Identifier: MIT
// The data-cache hierarchy of a machine: geometry and latencies.
#pragma once

#include <cstdint>

namespace drywalk::memory {

inline constexpr std::uint32_t line_bytes = 64;

/// One cache. sets * ways * line_bytes is its size. Replacement is LRU.
struct CacheProfile {
    std::uint32_t sets = 0; ///< 0: the machine has no such level
    std::uint32_t ways = 0;
    std::uint32_t latency = 0; ///< cycles from the access to the data, the levels above included
};

struct HierarchyProfile {
    CacheProfile l1d;
    CacheProfile l2;
    CacheProfile l3;
    std::uint32_t dram_latency = 0; ///< cycles, all levels above included
};

/// Which level had the line.
enum class ServedBy : std::uint8_t { l1d, l2, l3, dram };
inline constexpr unsigned served_by_count = 4;

} // namespace drywalk::memory
