// SPDX-License-Identifier: MIT
#include "models/memory/cache.hpp"

#include "models/memory/byte_match.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::memory {

/// No sets: one of no ways, in which nothing is ever found or put; its newest line is an empty one.
Cache::Cache(const machine::CacheProfile& profile)
    : sets_{std::max(profile.sets, 1U)}, set_mask_{std::has_single_bit(profile.sets) ? profile.sets - 1 : 0},
      folded_index_bits_{profile.folded_index_bits}, set_bits_{static_cast<unsigned>(
                                                         std::countr_zero(std::bit_ceil(profile.sets)))},
      replacement_{profile.replacement}, kept_percent_{profile.kept_percent}, ways_{profile.sets == 0 ? 0
                                                                                                      : profile.ways},
      signature_bytes_{(std::max(ways_, 1U) + matched_bytes - 1) / matched_bytes * matched_bytes},
      latency_{profile.latency}, newest_(sets_), signatures_(sets_ * signature_bytes_),
      lines_(sets_ * std::max(ways_, 1U), empty)
{
}

bool Cache::search(std::uint64_t set, std::uint64_t line)
{
    const std::uint32_t found = find(&signatures_[set * signature_bytes_], &lines_[set * ways_], line);
    if (found == ways_) {
        bring_in(set, line);
        return false;
    }
    if (replacement_ == machine::CacheReplacement::lru) make_newest(set, found);
    return true;
}

void Cache::bring_in(std::uint64_t set, std::uint64_t line)
{
    if (ways_ == 0) return;
    const std::uint32_t way = victim(set);
    if (kept_percent_ < 100 && lines_[set * ways_ + way] != empty && !keeps()) return;
    put(set, way, line);
    newest_[set] = static_cast<std::uint8_t>(way);
}

/// Under random replacement the ways fill up in a circle first.
inline std::uint32_t Cache::victim(std::uint64_t set)
{
    if (replacement_ == machine::CacheReplacement::lru) return previous(newest_[set]);
    const std::uint32_t unused = next(newest_[set]);
    return lines_[set * ways_ + unused] == empty ? unused : static_cast<std::uint32_t>(random() % ways_);
}

/// Marsaglia's xorshift64; the upper bits are the better ones.
std::uint64_t Cache::random()
{
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_ >> 32;
}

/// The way that holds `line`, or ways_.
inline std::uint32_t Cache::find(const std::uint8_t* signatures, const std::uint64_t* lines, std::uint64_t line) const
{
    const std::uint8_t wanted = signature(line);
    for (std::uint32_t first = 0; first < ways_; first += matched_bytes) {
        for (std::uint32_t found = matching_bytes(signatures + first, wanted); found != 0; found &= found - 1) {
            const std::uint32_t way = first + static_cast<std::uint32_t>(std::countr_zero(found));
            if (way < ways_ && lines[way] == line) return way;
        }
    }
    return ways_;
}

/// Moves the lines that are more recent than `way`, or those that are older, whichever are fewer.
void Cache::make_newest(std::uint64_t set, std::uint32_t way)
{
    const std::uint32_t newest = newest_[set];
    const std::uint64_t* const lines = &lines_[set * ways_];
    const std::uint64_t line = lines[way];
    const std::uint32_t newer = way >= newest ? way - newest : way + ways_ - newest;
    if (newer <= ways_ / 2) {
        for (; way != newest; way = previous(way))
            put(set, way, lines[previous(way)]);
    } else {
        for (const std::uint32_t oldest = previous(newest); way != oldest; way = next(way))
            put(set, way, lines[next(way)]);
        newest_[set] = static_cast<std::uint8_t>(way);
    }
    put(set, way, line);
}

inline void Cache::put(std::uint64_t set, std::uint32_t way, std::uint64_t line)
{
    lines_[set * ways_ + way] = line;
    signatures_[set * signature_bytes_ + way] = signature(line);
}

void Cache::clear() { std::ranges::fill(lines_, empty); }

} // namespace drywalk::memory
