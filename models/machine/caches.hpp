// SPDX-License-Identifier: MIT
// The data-cache hierarchy of a machine: geometry, policies and latencies.
#pragma once

#include <cstdint>

namespace drywalk::machine {

inline constexpr std::uint32_t line_bytes = 64;

/// Which line of a full set makes room.
enum class CacheReplacement : std::uint8_t {
    lru,    ///< the least recently used one
    random, ///< any; the same at every run
};

/// One cache. sets * ways * line_bytes is its size.
struct CacheProfile {
    std::uint32_t sets = 0; ///< 0: the machine has no such level
    std::uint32_t ways = 0;
    std::uint32_t latency = 0; ///< cycles from the access to the data, the levels above included
    CacheReplacement replacement = CacheReplacement::lru;
    /// The set is the line's number modulo `sets`. Where that is a power of two, those bits of it that are set here are
    /// XORed with the bits of the line's number above it.
    std::uint32_t folded_index_bits = 0;
    /// Of 100 lines that miss in a full set, how many are kept, chosen at random; the others pass through. Caches that
    /// adapt to streams and to working sets beyond their size behave so. At most 100.
    std::uint32_t kept_percent = 100;
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

} // namespace drywalk::machine
