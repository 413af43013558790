// SPDX-License-Identifier: MIT
// The memory that random programs work in: page tables with few entries in use, and frames that say who they are.
// One copy for the payload that carries the programs out and for the tests that predict it.
//
// Bochs's TLBs are direct-mapped: the data TLB by address bits 22:12, the fetch TLB by bits 21:12. Programs use pages
// whose number modulo 512 is in page_indices; the payload and all it touches while a program runs stay out of these,
// so that no access of the payload's takes an entry of a program's away.
#pragma once

#include "kernel_model/program/layout.hpp"
#include "models/x86/entry.hpp"
#include "models/x86/paging.hpp"

#include <array>
#include <cstdint>

namespace drywalk::differential {

using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;

/// The tables of one level, and which of their entries programs use.
struct LevelPlan {
    Level level;
    unsigned tables;
    std::array<unsigned, 4> indices; ///< the first `used` count
    unsigned used;

    [[nodiscard]] constexpr unsigned slots() const { return tables * used; }
};

inline constexpr std::array<unsigned, 3> page_indices{0x20, 0x21, 0x23};

/// In the order of the tables and slots: roots first. Directories 1 and 5 share data-TLB slots, 1 and 3 (and 5)
/// fetch-TLB slots; the roots' entries are in both halves of the address space.
inline constexpr std::array<LevelPlan, x86::four_level_count> level_plans{
    LevelPlan{Level::pml4e, 3, {1, 300}, 2}, LevelPlan{Level::pdpte, 3, {0, 1}, 2},
    LevelPlan{Level::pde, 4, {1, 2, 3, 5}, 4},
    LevelPlan{Level::pte, 6, {page_indices[0], page_indices[1], page_indices[2]}, 3}};

[[nodiscard]] constexpr const LevelPlan& plan_of(Level level)
{
    return level_plans[x86::four_level_count - 1 - x86::level_position(level)];
}

inline constexpr PhysicalAddress table_pool{0x64'0000};

/// The number of tables above `level`.
[[nodiscard]] constexpr unsigned first_table(Level level)
{
    unsigned first = 0;
    for (const LevelPlan& plan : level_plans) {
        if (plan.level == level) break;
        first += plan.tables;
    }
    return first;
}
inline constexpr unsigned table_count = first_table(Level::pte) + plan_of(Level::pte).tables;

/// The address of table `table` of `level`, counted from 0 within the level.
[[nodiscard]] constexpr PhysicalAddress table_address(Level level, unsigned table)
{
    return table_pool + std::uint64_t{first_table(level) + table} * x86::small_page_bytes;
}

/// An entry that programs may store to.
struct Slot {
    Level level = Level::pml4e;
    unsigned table = 0; ///< within its level
    unsigned index = 0; ///< within the table

    [[nodiscard]] constexpr PhysicalAddress address() const
    {
        return table_address(level, table) + std::uint64_t{index} * x86::entry_bytes;
    }
};

[[nodiscard]] constexpr unsigned first_slot(Level level)
{
    unsigned first = 0;
    for (const LevelPlan& plan : level_plans) {
        if (plan.level == level) break;
        first += plan.slots();
    }
    return first;
}
inline constexpr unsigned slot_count = first_slot(Level::pte) + plan_of(Level::pte).slots();

[[nodiscard]] constexpr Slot slot_at(unsigned slot)
{
    for (const LevelPlan& plan : level_plans) {
        if (slot < plan.slots()) return {plan.level, slot / plan.used, plan.indices[slot % plan.used]};
        slot -= plan.slots();
    }
    return {};
}

/// The slot of table `table` of `level` that translates `linear`, which is one of linear_page().
[[nodiscard]] constexpr unsigned slot_for(Level level, unsigned table, LinearAddress linear)
{
    const LevelPlan& plan = plan_of(level);
    unsigned position = 0;
    while (position + 1 < plan.used && plan.indices[position] != linear.index(level))
        ++position;
    return first_slot(level) + table * plan.used + position;
}

// Data frames -----------------------------------------------------------------------------------------------------
/// Where 2 MiB leaves point. The first four are also what a 1 GiB leaf at 0 shows behind the directory indices.
inline constexpr std::array<PhysicalAddress, 6> large_frames{PhysicalAddress{0x20'0000}, PhysicalAddress{0x40'0000},
                                                             PhysicalAddress{0x60'0000}, PhysicalAddress{0xa0'0000},
                                                             PhysicalAddress{0xc0'0000}, PhysicalAddress{0xe0'0000}};
inline constexpr PhysicalAddress huge_frame{0};
inline constexpr unsigned frame_count = large_frames.size() * page_indices.size();
/// The end of everything above; the payload moves the module here.
inline constexpr PhysicalAddress arena_end{0x100'0000};

[[nodiscard]] constexpr PhysicalAddress frame_address(unsigned frame)
{
    return large_frames[frame / page_indices.size()] +
           std::uint64_t{page_indices[frame % page_indices.size()]} * x86::small_page_bytes;
}

/// Reads and writes use the word at this offset, fetches the code at offset 0.
inline constexpr std::uint64_t data_offset = 8;

/// What the data word holds until a program writes to it, and what the code returns: no two the same.
[[nodiscard]] constexpr std::uint64_t data_mark(unsigned frame) { return frame + 1; }
[[nodiscard]] constexpr std::uint32_t code_mark(unsigned frame) { return 0x40 + frame; }
/// What operation `operation` writes.
[[nodiscard]] constexpr std::uint64_t written_mark(unsigned operation) { return 0x100 + operation; }
/// Reported for a write that reached no data frame.
inline constexpr std::uint64_t nowhere = 0xff;

// The payload's views while a program runs ------------------------------------------------------------------------
/// Tables at their place in the direct map, data frames side by side behind them.
inline constexpr std::uint64_t frame_views = 0x66'0000;

[[nodiscard]] constexpr std::uint64_t table_view(PhysicalAddress address)
{
    return kernel::layout::direct_map.value() + address.value();
}
[[nodiscard]] constexpr std::uint64_t frame_view(unsigned frame)
{
    return kernel::layout::direct_map.value() + frame_views + std::uint64_t{frame} * x86::small_page_bytes;
}

// Linear addresses ------------------------------------------------------------------------------------------------
inline constexpr unsigned page_count =
    level_plans[0].used * level_plans[1].used * level_plans[2].used * level_plans[3].used;

/// Page `page` of those that programs access.
[[nodiscard]] constexpr LinearAddress linear_page(unsigned page)
{
    std::uint64_t address = 0;
    for (unsigned position = level_plans.size(); position-- > 0;) {
        const LevelPlan& plan = level_plans[position];
        address |= std::uint64_t{plan.indices[page % plan.used]} << x86::index_shift(plan.level);
        page /= plan.used;
    }
    return LinearAddress::truncate(address);
}

static_assert(slot_count == 46 && frame_count == 18 && page_count == 48);
static_assert(slot_at(slot_count - 1).address() == table_address(Level::pte, 5) + 0x23 * 8);

} // namespace drywalk::differential
