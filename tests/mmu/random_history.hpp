// SPDX-License-Identifier: MIT
// Random histories of table edits, invalidations and accesses on machines that differ in what they keep.
#pragma once

#include "tests/mmu/bench.hpp"

#include <array>
#include <random>
#include <vector>

namespace drywalk::mmu::test {

struct NamedProfile {
    const char* name;
    machine::Profile profile;
};

inline machine::Profile with_structures(machine::Profile profile)
{
    profile.structure_caches = {2, 2, 3};
    return profile;
}

/// Machines that differ in what they keep; small enough that entries also get evicted.
inline std::vector<NamedProfile> machines()
{
    machine::Profile plain = plain_profile();
    plain.l1_data = {full_array(6)};
    plain.l1_fetch = {full_array(4)};
    machine::Profile two_levels = with_structures(plain);
    two_levels.l1_data = {{2, 1, {true, false, false}, machine::Replacement::tree_plru, machine::SetIndex::linear},
                          full_array(1)};
    two_levels.l2_data = {{4, 3, {true, true, false}, machine::Replacement::random, machine::SetIndex::xor_fold}};
    machine::Profile zen_index = two_levels;
    zen_index.l2_data = {{256, 1, {true, true, true}, machine::Replacement::lru, machine::SetIndex::zen4_l2}};
    machine::Profile split = two_levels;
    split.l2_unified = false;
    split.l2_fetch = {full_array(4)};
    machine::Profile amd = with_structures(plain);
    amd.vendor = x86::Vendor::amd_tce;
    machine::Profile faults_at_once = with_structures(plain);
    faults_at_once.behaviour.walks_again_when_denied = false;
    faults_at_once.behaviour.page_fault_invalidates = false;
    machine::Profile bochs_like = plain;
    bochs_like.l1_data = {{8, 1, {true, false, false}, machine::Replacement::lru, machine::SetIndex::linear}};
    bochs_like.l1_fetch = bochs_like.l1_data;
    bochs_like.behaviour = {.grants_only_filling_access = true,
                            .fragments_large_pages = true,
                            .page_fault_invalidates = false,
                            .control_changes_drop_everything = true};
    machine::Profile qemu_like = bochs_like;
    qemu_like.behaviour.keeps_global_across_cr3 = false;
    machine::Profile fragments = two_levels;
    fragments.behaviour.fragments_large_pages = true;
    machine::Profile pdes_in_tlb = with_structures(plain);
    pdes_in_tlb.l2_data = {full_array(5)};
    pdes_in_tlb.l2_data[0].holds_structures[0] = true;
    pdes_in_tlb.l2_data[0].replacement = machine::Replacement::nru;
    pdes_in_tlb.relations.l2_inclusive = true;
    machine::Profile unused_pdes = pdes_in_tlb;
    unused_pdes.l2_data[0].structure_hit_is_use = false;
    machine::Profile stores_apart = two_levels;
    stores_apart.l1_store = {full_array(2)};
    stores_apart.l2_data = {{2, 6, {true, true, true}, machine::Replacement::mru3_plru4, machine::SetIndex::bits}};
    stores_apart.l2_data[0].index_bits = {machine::IndexBits{{12, 21}}, machine::IndexBits{{21}},
                                          machine::IndexBits{{30}}};
    machine::Profile exclusive = two_levels;
    exclusive.l2_data = {
        {1, 6, {true, true, true}, machine::Replacement::tree_plru, machine::SetIndex::linear, {4, 2}}};
    exclusive.relations = {.walk_fills_l2 = false, .l2_hit_leaves_l2 = true, .l1_victims_go_to_l2 = true};
    exclusive.structure_caches = {};
    exclusive.structure_caches.arrays = {
        {2, 2, {}, machine::Replacement::lru, machine::SetIndex::linear, {}, {true, true, true}}};
    machine::Profile nested = two_levels;
    nested.nested.on = true;
    nested.nested.tlb_entries = 2;
    nested.nested.structure_caches = {.pml4e = 1, .pdpte = 1, .pde = 2, .arrays = {}};
    return {{"nested", nested},
            {"PDEs in the TLB", pdes_in_tlb},
            {"PDEs in the TLB, hits no use", unused_pdes},
            {"stores apart", stores_apart},
            {"exclusive", exclusive},
            {"plain", plain},
            {"structures", with_structures(plain)},
            {"two levels", two_levels},
            {"split second level", split},
            {"amd tce", amd},
            {"faults at once", faults_at_once},
            {"bochs-like", bochs_like},
            {"qemu-like", qemu_like},
            {"fragments", fragments},
            {"Zen 4 index", zen_index}};
}

/// Two address spaces over few pages, so that histories collide; some pages lie below links that get replaced too.
class History {
public:
    History(const machine::Profile& profile, std::uint64_t seed, bool fast_path = true)
        : bench_{profile, fast_path}, random_{seed}
    {
        roots_ = {bench_.root, bench_.new_table()};
        for (int edit = 0; edit < 40; ++edit)
            edit_tables();
    }

    void edit_tables()
    {
        const LinearAddress address = some_page();
        const PhysicalAddress root = roots_[below_number(2)];
        switch (below_number(8)) {
        case 0: bench_.store(bench_.slot(root, address, Level::pte), Entry{}); break;
        case 1: map_large(root, address); break;
        case 2: replace_link(root, address); break;
        default: bench_.map(root, address, 0x40'0000 + below_number(4) * 0x1000, some_attributes()); break;
        }
    }

    void operate()
    {
        switch (below_number(12)) {
        case 0:
        case 1:
        case 2: (void)bench_.mmu.invlpg(some_page()); break;
        case 3:
        case 4:
        case 5: (void)bench_.mmu.write_cr3({roots_[below_number(2)].value()}); break;
        case 6: bench_.toggle_global_pages(); break;
        case 7: toggle_cr0(x86::Cr0::wp); break;
        case 8: toggle_cr4(x86::Cr4::smap); break;
        case 9: toggle_cr4(x86::Cr4::smep); break;
        default: (void)bench_.mmu.deliver_page_fault(some_page()); break;
        }
    }

    /// What a random access did, compared with nothing.
    Translated access()
    {
        const LinearAddress address = some_page() + below_number(x86::small_page_bytes);
        return bench_.access(address, some_access());
    }
    [[nodiscard]] const machine::MmuLedger& ledger() const { return bench_.ledger; }

    /// True if the access was stale.
    bool access_and_judge()
    {
        const LinearAddress address = some_page() + below_number(x86::small_page_bytes);
        const Access access = some_access();
        const x86::WalkOutcome tables = walk_tables(address, access);
        const Translated translated = bench_.access(address, access);
        const bool same = tables.translation.has_value() == translated.permitted &&
                          (!translated.permitted || tables.translation->physical(address) == translated.physical);
        EXPECT_EQ(translated.stale, !same) << std::hex << "address " << address.value();
        if (!translated.permitted && !translated.stale && translated.source == Tlb::Source::none &&
            bench_.mmu.profile().structure_caches.pde == 0) {
            EXPECT_EQ(translated.fault, tables.fault);
        }
        return translated.stale;
    }

    void flush_everything() { bench_.toggle_global_pages(); }

private:
    static constexpr std::uint64_t base = 0x40'0000'0000;

    std::uint64_t below_number(std::uint64_t limit) { return random_() % limit; }

    /// 4 pages in each of 3 regions of 2 MiB, two of them below one page directory.
    LinearAddress some_page()
    {
        static constexpr std::array<std::uint64_t, 3> regions{0, 2 << 20, 1 << 30};
        return linear(base + regions[below_number(3)] + below_number(4) * x86::small_page_bytes);
    }
    Access some_access()
    {
        const auto kind = static_cast<AccessKind>(below_number(3));
        return {kind, below_number(2) == 0, below_number(4) == 0};
    }
    LeafAttributes some_attributes()
    {
        const std::uint64_t bits = random_();
        return {.rights = {(bits & 1) != 0, (bits & 6) != 0, (bits & 8) != 0},
                .global = (bits & 16) != 0,
                .accessed = (bits & 32) != 0,
                .dirty = (bits & 64) != 0};
    }
    void map_large(PhysicalAddress root, LinearAddress address)
    {
        bench_.store(bench_.slot(root, address, Level::pde),
                     Entry::leaf(PhysicalAddress{below_number(2) * 0x20'0000 + 0x80'0000}, PageSize::size_2m,
                                 some_attributes()));
    }
    /// The old table stays as it is in memory, and may be linked again.
    void replace_link(PhysicalAddress root, LinearAddress address)
    {
        const PhysicalAddress pde = bench_.slot(root, address, Level::pde);
        const Entry old{bench_.memory.read(pde)};
        if (below_number(2) == 0 && old.present() && !old.maps_page(Level::pde)) spare_table_ = old.next_table();
        if (spare_table_.value() == 0) spare_table_ = bench_.new_table();
        Rights rights;
        rights.writable = below_number(4) != 0;
        bench_.store(pde, Entry::table(spare_table_, rights));
    }
    void toggle_cr0(std::uint64_t bit) { (void)bench_.mmu.write_cr0({bench_.mmu.mode().cr0.value ^ bit}); }
    void toggle_cr4(std::uint64_t bit) { (void)bench_.mmu.write_cr4({bench_.mmu.mode().cr4.value ^ bit}); }

    /// Not Mmu::by_tables: the judge does not ask the accused.
    [[nodiscard]] x86::WalkOutcome walk_tables(LinearAddress address, Access access) const
    {
        return walk(address, access, bench_.mmu.mode(),
                    [this](PhysicalAddress at) { return Entry{bench_.memory.read(at)}; });
    }

    Bench bench_;
    std::mt19937_64 random_;
    std::array<PhysicalAddress, 2> roots_;
    PhysicalAddress spare_table_;
};

} // namespace drywalk::mmu::test
