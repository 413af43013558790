// SPDX-License-Identifier: MIT
// The access patterns that the benchmarks repeat.
#pragma once

#include "models/x86/paging.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace drywalk::bench {

/// Of each access, from the first mapped page on.
using Offsets = std::vector<std::uint64_t>;

/// Eight words of one page in turn.
inline Offsets hot_page()
{
    Offsets offsets;
    for (std::uint64_t word = 0; word < 8; ++word)
        offsets.push_back(word * 64);
    return offsets;
}

/// The first word of each of 4,096 pages in turn: with 64 lines a page, all of them compete for one set in 64 of each
/// cache.
inline Offsets stride()
{
    Offsets offsets;
    for (std::uint64_t page = 0; page < 4096; ++page)
        offsets.push_back(page * x86::small_page_bytes);
    return offsets;
}

/// Words of 65,536 pages in random order.
inline Offsets random_pages()
{
    std::mt19937_64 random{1};
    Offsets offsets;
    for (std::uint64_t count = 0; count < 1'000'000; ++count)
        offsets.push_back(random() % (std::uint64_t{65536} * x86::small_page_bytes) / 8 * 8);
    return offsets;
}

[[nodiscard]] inline std::uint64_t pages_of(const Offsets& offsets)
{
    return *std::ranges::max_element(offsets) / x86::small_page_bytes + 1;
}

struct Pattern {
    std::string name;
    Offsets (*offsets)();
};

inline const std::array<Pattern, 3> patterns{
    Pattern{"hot_page", hot_page},
    Pattern{"stride_4096_pages", stride},
    Pattern{"random_65536_pages", random_pages},
};

} // namespace drywalk::bench
