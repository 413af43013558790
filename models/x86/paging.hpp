// SPDX-License-Identifier: MIT
// The geometry of 4-level and 5-level paging: levels, page sizes, and what follows from them.
//
// Throughout models/x86, [intel/vol3] is the Intel SDM, order number 325384-059 (later editions renumber chapter 4 to
// 5), and [amd/vol2] the AMD64 Architecture Programmer's Manual, publication 24593.
#pragma once

#include <cstdint>

namespace drywalk::x86 {

/// A level of the paging hierarchy, named after the entry that is read there.
/// [intel/vol3] 4.5, Table 4-14 ff. The number is the distance to the page, plus one.
enum class Level : std::uint8_t { pte = 1, pde = 2, pdpte = 3, pml4e = 4, pml5e = 5 };

/// Where 4-level paging begins; what a processor's mode says is WalkPosition's start, see walk_start().
inline constexpr Level root_level = Level::pml4e;
inline constexpr unsigned level_count = 5;
inline constexpr unsigned entries_per_table = 512;
inline constexpr unsigned entry_bytes = 8;

/// The level that the entry at `level` points to. `level` is not Level::pte.
[[nodiscard]] constexpr Level below(Level level) { return static_cast<Level>(static_cast<std::uint8_t>(level) - 1); }

/// The lowest linear-address bit that selects an entry at `level`: 12, 21, 30, 39 or 48.
[[nodiscard]] constexpr unsigned index_shift(Level level) { return 12 + 9 * (static_cast<unsigned>(level) - 1); }

/// A position from 0 (PTE) to 4 (PML5E), for arrays with one element a level.
[[nodiscard]] constexpr unsigned level_position(Level level) { return static_cast<unsigned>(level) - 1; }

/// Levels of 4-level paging, for what only knows that.
inline constexpr unsigned four_level_count = level_position(root_level) + 1;

/// The sizes that a leaf can map. [intel/vol3] 4.5; 1 GiB needs CPUID.80000001H:EDX.Page1GB.
enum class PageSize : std::uint8_t { size_4k, size_2m, size_1g };

inline constexpr unsigned page_size_count = 3;

[[nodiscard]] constexpr Level leaf_level(PageSize size)
{
    return static_cast<Level>(static_cast<std::uint8_t>(size) + 1);
}

/// The size that a leaf at `level` maps. A PML4E or PML5E cannot be a leaf.
[[nodiscard]] constexpr PageSize leaf_size(Level level)
{
    return static_cast<PageSize>(static_cast<std::uint8_t>(level) - 1);
}

[[nodiscard]] constexpr unsigned page_shift(PageSize size) { return index_shift(leaf_level(size)); }

[[nodiscard]] constexpr std::uint64_t page_bytes(PageSize size) { return std::uint64_t{1} << page_shift(size); }

[[nodiscard]] constexpr std::uint64_t offset_mask(PageSize size) { return page_bytes(size) - 1; }

inline constexpr std::uint64_t small_page_bytes = page_bytes(PageSize::size_4k);

static_assert(page_bytes(PageSize::size_4k) == 4096);
static_assert(page_bytes(PageSize::size_2m) == 0x20'0000);
static_assert(page_bytes(PageSize::size_1g) == 0x4000'0000);
static_assert(index_shift(root_level) + 9 == 48);
static_assert(index_shift(Level::pml5e) + 9 == 57);

} // namespace drywalk::x86
