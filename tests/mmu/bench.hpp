// SPDX-License-Identifier: MIT
// An MMU on a bench: memory, caches and page tables that a test edits word by word.
#pragma once

#include "models/machine/profile.hpp"
#include "models/memory/hierarchy.hpp"
#include "models/mmu/host_tables.hpp"
#include "models/mmu/mmu.hpp"

#include <cstdint>
#include <gtest/gtest.h>

namespace drywalk::mmu::test {

using x86::Access;
using x86::AccessKind;
using x86::Entry;
using x86::LeafAttributes;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;
using x86::Rights;

inline constexpr Access user_read{AccessKind::read, true, false};
inline constexpr Access user_write{AccessKind::write, true, false};
inline constexpr Access user_fetch{AccessKind::fetch, true, false};
inline constexpr Access supervisor_read{AccessKind::read, false, false};
inline constexpr Access supervisor_write{AccessKind::write, false, false};
inline constexpr Access supervisor_fetch{AccessKind::fetch, false, false};

/// A user page with every right, its A and D flags set, so that accesses change nothing in memory.
inline constexpr LeafAttributes open_page{.rights = {}, .accessed = true, .dirty = true};
inline constexpr LeafAttributes open_global_page{.rights = {}, .global = true, .accessed = true, .dirty = true};

inline LinearAddress linear(std::uint64_t value) { return LinearAddress::truncate(value); }

/// `ways` fully associative LRU entries of every size.
inline machine::TlbArrayProfile full_array(std::uint32_t ways)
{
    return {1, ways, {true, true, true}, machine::Replacement::lru, machine::SetIndex::linear};
}

/// Roomy TLBs without a second level, no paging-structure caches, costs that are all different.
inline machine::Profile plain_profile()
{
    machine::Profile profile;
    profile.vendor = x86::Vendor::intel;
    profile.l1_data = {full_array(16)};
    profile.l1_fetch = {full_array(16)};
    profile.costs.l2_tlb_hit = 7;
    profile.costs.mov_cr3 = 11;
    profile.costs.mov_cr0 = 13;
    profile.costs.mov_cr4 = 17;
    profile.costs.wrmsr_efer = 19;
    profile.costs.invlpg = 23;
    profile.costs.exception_entry = 29;
    profile.memory = {{64, 8, 4}, {}, {}, 100};
    return profile;
}

inline void expect_used(const Translated& translated, std::uint64_t page, Tlb::Source source, bool stale)
{
    EXPECT_TRUE(translated.permitted);
    EXPECT_EQ(translated.physical.page(), PhysicalAddress{page});
    EXPECT_EQ(translated.source, source);
    EXPECT_EQ(translated.stale, stale);
}

inline machine::Profile with(machine::TlbBehaviour behaviour)
{
    machine::Profile profile = plain_profile();
    profile.behaviour = behaviour;
    return profile;
}

/// Write protection, global pages and execute-disable on.
inline x86::PagingMode usual_mode(PhysicalAddress root)
{
    x86::PagingMode mode;
    mode.cr3 = {root.value()};
    mode.cr4 = {x86::Cr4::pae | x86::Cr4::pge};
    mode.efer = {x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    return mode;
}

class Bench {
public:
    static constexpr std::uint64_t memory_bytes = 16 << 20;

    explicit Bench(const machine::Profile& profile, bool fast_path = true)
        : memory{memory_bytes + host_table_bytes(profile.nested, memory_bytes)}, caches{profile.memory}, mmu{profile,
                                                                                                             memory,
                                                                                                             caches,
                                                                                                             ledger,
                                                                                                             fast_path}
    {
        if (profile.nested.on) mmu.load_host_root(map_guest_to_itself(memory, profile.nested, memory_bytes));
        root = new_table();
        mmu.reset(usual_mode(root));
    }

    PhysicalAddress new_table()
    {
        next_table_ = next_table_ + x86::small_page_bytes;
        return next_table_;
    }

    /// Where the entry for `address` at `level` lies; what leads to it is made, with A set.
    PhysicalAddress slot(PhysicalAddress from, LinearAddress address, Level level)
    {
        PhysicalAddress table = from;
        for (Level at = walk_start(mmu.mode()).level; at != level; at = below(at)) {
            const PhysicalAddress here = table + std::uint64_t{address.index(at)} * x86::entry_bytes;
            if (!Entry{memory.read(here)}.present()) {
                memory.write(here, Entry::table(new_table()).with(Entry::accessed_bit).raw());
            }
            table = Entry{memory.read(here)}.next_table();
        }
        return table + std::uint64_t{address.index(level)} * x86::entry_bytes;
    }

    void store(PhysicalAddress at, Entry entry)
    {
        memory.write(at, entry.raw());
        mmu.note_store(at);
    }

    void map(PhysicalAddress from, LinearAddress address, std::uint64_t page, LeafAttributes attributes = open_page,
             PageSize size = PageSize::size_4k)
    {
        store(slot(from, address, leaf_level(size)), Entry::leaf(PhysicalAddress{page}, size, attributes));
    }
    void unmap(PhysicalAddress from, LinearAddress address) { store(slot(from, address, Level::pte), Entry{}); }

    [[nodiscard]] Translated access(LinearAddress address, Access kind) { return mmu.translate(address, kind); }
    void toggle_global_pages()
    {
        const x86::Cr4 cr4 = mmu.mode().cr4;
        (void)mmu.write_cr4({cr4.value & ~x86::Cr4::pge});
        (void)mmu.write_cr4(cr4);
    }

    memory::PhysicalMemory memory;
    memory::Hierarchy caches;
    machine::MmuLedger ledger;
    Mmu mmu;
    PhysicalAddress root;

private:
    PhysicalAddress next_table_{0x10'0000};
};

} // namespace drywalk::mmu::test
