// SPDX-License-Identifier: MIT
#include "models/memory/cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace drywalk::memory {

namespace {

constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;
constexpr std::uint64_t top_bits = each_byte << 7;

/// The top bit of every byte of `word` that is 0, and of some above one that is.
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - each_byte) & ~word & top_bits; }

} // namespace

Cache::Cache(const CacheProfile& profile)
    : sets_{profile.sets}, set_mask_{std::has_single_bit(profile.sets) ? profile.sets - 1 : 0},
      folded_index_bits_{profile.folded_index_bits}, set_bits_{static_cast<unsigned>(
                                                         std::countr_zero(std::bit_ceil(profile.sets)))},
      replacement_{profile.replacement}, kept_percent_{profile.kept_percent}, ways_{profile.sets == 0 ? 0
                                                                                                      : profile.ways},
      signature_bytes_{(ways_ + ways_per_word - 1) / ways_per_word * ways_per_word}, latency_{profile.latency},
      newest_(profile.sets), signatures_(std::size_t{profile.sets} * signature_bytes_),
      lines_(static_cast<std::size_t>(profile.sets) * ways_, empty)
{
}

bool Cache::access_older(std::uint64_t set, std::uint64_t line)
{
    const std::uint32_t found = find(&signatures_[set * signature_bytes_], &lines_[set * ways_], line);
    if (found != ways_) {
        if (replacement_ == CacheReplacement::lru) make_newest(set, found);
        return true;
    }
    const std::uint32_t way = victim(set);
    const bool is_free = lines_[set * ways_ + way] == empty;
    if (!is_free && !keeps()) return false;
    put(set, way, line);
    newest_[set] = static_cast<std::uint8_t>(way);
    return false;
}

/// Under random replacement the ways fill up in a circle first.
std::uint32_t Cache::victim(std::uint64_t set)
{
    if (replacement_ == CacheReplacement::lru) return previous(newest_[set]);
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
    const std::uint64_t wanted = signature(line) * each_byte;
    for (std::uint32_t first = 0; first < ways_; first += ways_per_word) {
        std::uint64_t word = 0;
        std::memcpy(&word, signatures + first, sizeof word); // little-endian: the first way is the lowest byte
        std::uint64_t candidates = zero_bytes(word ^ wanted);
        for (; candidates != 0; candidates &= candidates - 1) {
            const std::uint32_t way = first + static_cast<std::uint32_t>(std::countr_zero(candidates)) / 8;
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
