// SPDX-License-Identifier: MIT
// What an MMU is made of: TLB arrays, paging-structure caches, behaviour, the host below a guest, and what its
// operations cost. Where each number comes from stands in the machine's file; here are only the numbers.
#pragma once

#include "models/x86/control.hpp"
#include "models/x86/invalidation.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace drywalk::machine {

enum class Replacement : std::uint8_t {
    lru,        ///< least recently used
    tree_plru,  ///< a tree of pseudo-LRU bits, its shape given by TlbArrayProfile::tree_groups
    mru3_plru4, ///< the group of ways after the one last used, of three; a tree inside it (Skylake's second-level TLB)
    nru,        ///< the first way whose bit is clear; a use sets the bit, the last one to be set clears the others
    random,     ///< seeded, the same at every run
};

/// How an address selects a set.
enum class SetIndex : std::uint8_t {
    linear,   ///< the low bits of the page number
    xor_fold, ///< the low bits XOR the next bits above them (Skylake's second-level TLB)
    /// 256 sets by {VPN[9], VPN[6:0]} for 4 KiB pages, by the low bits of the page number for larger ones (VA[28:21]
    /// for 2 MiB). Zen 4's second-level data TLB: measured by conflict sets with a pointer chase on family 19h model
    /// 11h.
    zen4_l2,
    bits, ///< as TlbArrayProfile::index_bits says
};

/// What one entry translates: a page, or the part of an address that a walk need not read again.
enum class Held : std::uint8_t { page_4k, page_2m, page_1g, pde, pdpte, pml4e };
inline constexpr unsigned held_count = 6;

[[nodiscard]] constexpr Held held(x86::PageSize size) { return static_cast<Held>(size); }
/// `level` is above Level::pte and below Level::pml5e: no profile's machine has a cache for PML5Es.
[[nodiscard]] constexpr Held held(x86::Level level)
{
    return static_cast<Held>(x86::page_size_count + level_position(level) - 1);
}
/// By Held, the lowest bit of a linear address that tells two entries of the kind apart.
inline constexpr std::array<std::uint8_t, held_count> held_shifts{12, 21, 30, 21, 30, 39};
[[nodiscard]] constexpr unsigned held_shift(Held what) { return held_shifts[static_cast<unsigned>(what)]; }

/// For each bit of a set's number, from bit 0 up, the bits of the linear address whose XOR it is.
using IndexBits = std::vector<std::vector<unsigned>>;

/// One TLB array. Several arrays side by side make a level.
struct TlbArrayProfile {
    std::uint32_t sets = 1;
    std::uint32_t ways = 1;
    std::array<bool, x86::page_size_count> holds{}; ///< by x86::PageSize
    Replacement replacement = Replacement::lru;
    SetIndex index = SetIndex::linear;
    /// tree_plru: the sizes of the groups that the upper nodes choose between, their sum being `ways`; each group is a
    /// binary tree. Empty: one group. A node of n leaves gives its left child the largest power of two below n.
    std::vector<std::uint32_t> tree_groups{};
    /// PDEs, PDPTEs, PML4Es: paging-structure entries that take ways of this array, each by its own index (as a 2 MiB
    /// page, a 1 GiB page and a 512 GiB region under SetIndex::linear, xor_fold and zen4_l2).
    std::array<bool, 3> holds_structures{};
    bool structure_hit_is_use = true; ///< a walk that starts from one of them makes it the most recent of its set
    std::array<IndexBits, held_count> index_bits{}; ///< for SetIndex::bits, by Held
};

/// What the first and the second level have to do with each other. The default is Skylake's: neither inclusive nor
/// exclusive, a walk fills both, and what happens in the first level does not touch the second one's recency.
struct LevelRelations {
    bool walk_fills_l2 = true;
    bool l2_hit_fills_l1 = true;
    bool l2_hit_leaves_l2 = false;    ///< a hit there moves the entry up, where l2_hit_fills_l1
    bool l1_victims_go_to_l2 = false; ///< what the first level evicts is put into the second
    bool l2_inclusive = false;        ///< what the second level evicts leaves the first as well
    bool l1_hit_touches_l2 = false;   ///< a first-level hit counts as a use in the second level
};

/// The paging-structure caches that are not ways of a TLB array.
struct PagingStructureCacheProfile {
    /// Entry counts of fully associative LRU caches of one level each; 0: none at that level. Unused where `arrays`
    /// says more.
    std::uint32_t pml4e = 0;
    std::uint32_t pdpte = 0;
    std::uint32_t pde = 0;
    std::vector<TlbArrayProfile> arrays{}; ///< by holds_structures; they hold no pages
};

/// The machine as a host: what translates guest-physical addresses, and what leaving the guest costs. The default
/// numbers are assumed; see docs/timing_model.md.
struct NestedProfile {
    bool on = false; ///< software runs as a guest
    x86::PageSize host_page_size = x86::PageSize::size_4k;
    std::uint32_t tlb_entries = 64; ///< nested TLB, fully associative, LRU
    PagingStructureCacheProfile structure_caches{
        .pml4e = 2, .pdpte = 4, .pde = 32, .arrays = {}}; ///< of the host's tables
    /// The host's PDEs lie in the second-level TLB, where the guest's do; it holds PDEs.
    bool pdes_in_l2_data = false;
    /// Cycles that a reference takes beyond the cache's latency: each of the host's tables, and each of the guest's
    /// that is not the first of its walk, which MmuCosts::walk_start covers.
    std::uint32_t walk_step = 0;
    std::uint32_t vm_exit = 1'200; ///< cycles of an exit with its entry, the hypervisor's own work left out
    bool mov_cr0_exits = false;
    bool mov_cr4_exits = false;
};

/// Where a TLB departs from the plain one: an entry there grants what the page grants and holds the whole page.
struct TlbBehaviour {
    /// An entry grants only the kind of access, and the privilege, that filled it (Bochs).
    bool grants_only_filling_access = false;
    /// Large pages are held as 4 KiB fragments; INVLPG still drops all of them.
    bool fragments_large_pages = false;
    /// What denies the access on the strength of something cached, a translation or an upper level, walks again from
    /// the root before it faults. [amd/vol2] 5.5.3; otherwise it faults at once.
    bool walks_again_when_denied = true;
    /// Such a walk takes the entry away first, so that a fault leaves nothing behind; not if it was for a fetch
    /// (Bochs).
    bool denied_fetch_keeps_entry = false;
    /// A delivered page fault drops the address's entries. [intel/vol3] 4.10.4.1; Bochs and QEMU do not.
    bool page_fault_invalidates = true;
    /// False: MOV CR3 drops global entries too (QEMU TCG).
    bool keeps_global_across_cr3 = true;
    /// False: with CR4.PCIDE, MOV CR3 drops what is not global of every PCID, whatever bit 63 says (Bochs).
    bool keeps_other_pcids = true;
    /// Any change of CR0.PE/PG/WP or of a CR4 paging bit drops everything (Bochs, QEMU), beyond what the manual asks.
    bool control_changes_drop_everything = false;
};

/// What the MMU's own operations cost, in core cycles.
struct MmuCosts {
    std::uint32_t l2_tlb_hit = 0; ///< over an L1 TLB hit
    std::uint32_t walk_start = 0; ///< over an L1 TLB hit: all lookups missed, the walker's references not yet begun
    std::uint32_t mov_cr3 = 0;
    std::uint32_t mov_cr0 = 0;
    std::uint32_t mov_cr4 = 0; ///< one write; a PGE toggle is two
    std::uint32_t wrmsr_efer = 0;
    std::uint32_t invlpg = 0;
    std::uint32_t exception_entry = 0; ///< page fault delivery, to the first handler instruction
};

/// The MMU of one machine.
struct MmuProfile {
    x86::Vendor vendor = x86::Vendor::portable;
    x86::PagingFeatures features;
    std::vector<TlbArrayProfile> l1_data;
    std::vector<TlbArrayProfile> l1_store; ///< for writes alone, which then do not use l1_data; empty: they share it
    std::vector<TlbArrayProfile> l1_fetch;
    std::vector<TlbArrayProfile> l2_data;  ///< empty: no second level
    std::vector<TlbArrayProfile> l2_fetch; ///< unused if l2_unified
    bool l2_unified = true;                ///< fetches use l2_data too
    LevelRelations relations;
    PagingStructureCacheProfile structure_caches;
    NestedProfile nested;
    TlbBehaviour behaviour;
    MmuCosts costs;
    std::uint64_t seed = 1; ///< for Replacement::random; the same seed gives the same run
};

} // namespace drywalk::machine
