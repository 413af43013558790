// SPDX-License-Identifier: MIT
#include "sim/calibrate/pattern.hpp"

#include "models/machine/caches.hpp"
#include "models/x86/paging.hpp"
#include "sim/calibrate/random_order.hpp"

#include <algorithm>

namespace drywalk::calibrate {

namespace {

constexpr std::uint64_t lines_in_page = x86::small_page_bytes / machine::line_bytes;

/// Of the 64 lines of a 4 KiB page, spread so that neighbours differ and 64 pages use all of them.
[[nodiscard]] std::uint64_t varied_line(std::uint64_t element)
{
    return (element * 37 + (element / lines_in_page) * 5) % lines_in_page;
}

/// Which of the 512 small pages of a large one, at random but always the same.
[[nodiscard]] std::uint64_t varied_small_page(std::uint64_t element)
{
    constexpr std::uint64_t small_pages = x86::page_bytes(x86::PageSize::size_2m) / x86::small_page_bytes;
    return RandomOrder{std::uint64_t{1} << 20, 1}[element % (std::uint64_t{1} << 20)] % small_pages;
}

} // namespace

std::uint64_t Pattern::offset(std::uint64_t element) const
{
    std::uint64_t line = 0;
    if (lines != Lines::as_spaced) line = varied_line(element);
    if (lines == Lines::varied_in_large_page) line += varied_small_page(element) * lines_in_page;
    return element * spacing + line * machine::line_bytes;
}

std::uint64_t Pattern::most_tables() const
{
    std::uint64_t tables = 1;
    for (const x86::Level level : {x86::Level::pdpte, x86::Level::pde, x86::Level::pte}) {
        const std::uint64_t mapped_by_one = x86::small_page_bytes / x86::entry_bytes << x86::index_shift(level);
        tables += std::min(elements, span() / mapped_by_one + 2);
    }
    return tables;
}

} // namespace drywalk::calibrate
