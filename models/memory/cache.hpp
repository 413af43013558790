// SPDX-License-Identifier: MIT
// One data cache: which lines it holds. It keeps no data and no clock.
#pragma once

#include "models/machine/caches.hpp"
#include "models/x86/address.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::memory {

/// Set-associative. A profile with 0 sets is a cache that never hits.
class Cache {
public:
    explicit Cache(const machine::CacheProfile& profile);

    [[nodiscard]] std::uint32_t latency() const { return latency_; }

    /// True if the line of `address` was there; either way it is now, as the most recent of its set, unless its set was
    /// full and the profile lets some lines pass through.
    bool access(x86::PhysicalAddress address)
    {
        const std::uint64_t line = address.value() / machine::line_bytes;
        const std::uint64_t set = set_of(line);
        if (lines_[set * ways_ + newest_[set]] == line) return true;
        return search(set, line);
    }
    /// The same for a cache whose sets are seldom used twice in a row: does not try the most recent line first.
    bool access_below(x86::PhysicalAddress address)
    {
        const std::uint64_t line = address.value() / machine::line_bytes;
        return search(set_of(line), line);
    }

    void clear();

private:
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    /// A byte that lines of one set seldom have in common.
    [[nodiscard]] static std::uint8_t signature(std::uint64_t line)
    {
        return static_cast<std::uint8_t>(line * 0x9e37'79b9'7f4a'7c15 >> 56);
    }

    [[nodiscard]] std::uint64_t set_of(std::uint64_t line) const
    {
        if (set_mask_ == 0) return line % sets_;
        return (line ^ ((line >> set_bits_) & folded_index_bits_)) & set_mask_;
    }
    bool search(std::uint64_t set, std::uint64_t line);
    [[nodiscard]] std::uint32_t find(const std::uint8_t* signatures, const std::uint64_t* lines,
                                     std::uint64_t line) const;
    void bring_in(std::uint64_t set, std::uint64_t line);
    [[nodiscard]] std::uint32_t victim(std::uint64_t set);
    [[nodiscard]] bool keeps() { return random() % 100 < kept_percent_; }
    [[nodiscard]] std::uint64_t random();
    void make_newest(std::uint64_t set, std::uint32_t way);
    void put(std::uint64_t set, std::uint32_t way, std::uint64_t line);
    [[nodiscard]] std::uint32_t next(std::uint32_t way) const { return way + 1 == ways_ ? 0 : way + 1; }
    [[nodiscard]] std::uint32_t previous(std::uint32_t way) const { return way == 0 ? ways_ - 1 : way - 1; }

    std::uint64_t sets_;
    std::uint64_t set_mask_; ///< 0: the number of sets is 1 or no power of two
    std::uint64_t folded_index_bits_;
    unsigned set_bits_;
    machine::CacheReplacement replacement_;
    std::uint32_t kept_percent_;
    std::uint32_t ways_;
    std::uint32_t signature_bytes_; ///< by set: a byte a way, filled up to what is searched at once
    std::uint32_t latency_;
    std::uint64_t random_ = 1; ///< state of a xorshift generator
    /// By set, the way of the most recent line; under lru, older ones follow in a circle.
    std::vector<std::uint8_t> newest_;
    std::vector<std::uint8_t> signatures_; ///< sets_ * signature_bytes_, so that a search looks at few bytes
    std::vector<std::uint64_t> lines_;     ///< sets_ * ways_
};

} // namespace drywalk::memory
