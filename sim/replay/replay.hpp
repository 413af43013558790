// SPDX-License-Identifier: MIT
// Plays references on a machine profile, and counts what becomes of them.
#pragma once

#include "sim/replay/demand_pager.hpp"
#include "sim/replay/reference.hpp"

#include <array>
#include <optional>
#include <span>

namespace drywalk::replay {

struct ReplayOptions {
    PagePolicy pages = PagePolicy::small;
    std::uint64_t seed = 1; ///< decides which frame a page gets
    /// So many records are played first and count for nothing but the footprint: they fill TLBs and caches.
    std::uint64_t warmup_records = 0;
    std::uint64_t table_bytes = std::uint64_t{1024} << 20; ///< page tables may grow so far; a multiple of 2 MiB
    /// The program runs in a guest whose host maps pages of this size; absent: on the machine itself.
    std::optional<x86::PageSize> host_page_size{};
    /// What the guest has, its page tables included: a multiple of 1 GiB, and more than the tables may take.
    std::uint64_t guest_bytes = std::uint64_t{16} << 30;
};

/// Lookups of one side of the TLB: data, or fetches. A reference that crosses a 4 KiB boundary makes two. A lookup
/// that ends in a page fault is a miss; the second try after it is not counted again.
struct TlbCounts {
    std::uint64_t lookups = 0;
    std::uint64_t l2_hits = 0;
    std::uint64_t misses = 0;

    [[nodiscard]] std::uint64_t l1_hits() const { return lookups - l2_hits - misses; }
};

/// Page walks, those that end in a page fault included.
struct WalkCounts {
    std::uint64_t walks = 0;
    std::uint64_t faulted = 0; ///< of them
    /// By the level of the first entry that was read: the paging-structure cache above it had the rest. At the last,
    /// the PML4E, none had anything.
    std::array<std::uint64_t, x86::four_level_count> began_at{};
};

/// What a host adds to page walks. A guest-physical address is that of an entry of the guest's tables, unless a
/// paging-structure cache knew it, or of the page in the end.
struct HostCounts {
    std::uint64_t lookups = 0; ///< guest-physical addresses to translate
    std::uint64_t walks = 0;   ///< of them, those that the nested TLB did not know

    [[nodiscard]] std::uint64_t tlb_hits() const { return lookups - walks; }
};

struct ReplayCounts {
    std::uint64_t records = 0; ///< of the trace; a modify is one
    std::uint64_t fetches = 0;
    std::uint64_t loads = 0;  ///< modifies included
    std::uint64_t stores = 0; ///< modifies included
    std::uint64_t split = 0;  ///< references that crossed a 4 KiB boundary
    TlbCounts data_tlb;
    TlbCounts fetch_tlb;
    WalkCounts walks;
    HostCounts host; ///< nothing without a host
    std::uint64_t page_faults = 0;
    std::uint64_t invlpgs = 0;
    PagerCounts pager;
    std::array<std::uint64_t, machine::served_by_count>
        user_served_by{}; ///< cache lines referenced by loads and stores

    [[nodiscard]] std::uint64_t references() const { return fetches + loads + stores; }
    /// What was counted since `earlier`. Pages and tables that exist are no count and stay.
    [[nodiscard]] ReplayCounts since(const ReplayCounts& earlier) const;
};

struct ReplayResult {
    ReplayCounts counts;
    machine::Ledger ledger;
    std::uint64_t total_cycles = 0; ///< added up apart from the ledger, whose sum it is

    /// What the TLBs and the walkers cost; walks that end in a page fault and the first after it are part of it.
    [[nodiscard]] std::uint64_t translation_cycles() const;
    /// What the pager costs: exceptions, zeroing, its tables, copying and INVLPGs.
    [[nodiscard]] std::uint64_t paging_cycles() const;
    [[nodiscard]] ReplayResult since(const ReplayResult& earlier) const;
};

/// The entries that a walk of one page reads at most: those of the guest's tables and, with a host, those of the host's
/// for each of them and for the page.
[[nodiscard]] unsigned most_entries_a_walk(const ReplayOptions& options);

/// One trace on one machine. Several may exist and take turns: the kernel model is bound to the machine only while the
/// replay is made and while it plays.
class Replay {
public:
    Replay(const machine::Profile& profile, const ReplayOptions& options);

    /// Throws InputError if the trace touches more memory than there is.
    void play(std::span<const Reference> references);
    /// Since the warm-up; of nothing while it lasts.
    [[nodiscard]] ReplayResult result() const;
    [[nodiscard]] bool is_warming_up() const { return counts_.records < options_.warmup_records; }

private:
    void play_all(std::span<const Reference> references);
    /// Since the start.
    [[nodiscard]] ReplayResult everything() const;
    void play(const Reference& reference);
    template <x86::AccessKind Kind>
    void reference(const Reference& reference);
    template <x86::AccessKind Kind>
    void reference_part(x86::LinearAddress linear, std::uint32_t bytes);
    [[nodiscard]] x86::PhysicalAddress translate_slowly(x86::LinearAddress linear, x86::AccessKind kind,
                                                        const mmu::Translated& first);
    void fault(x86::LinearAddress linear, x86::AccessKind kind);
    [[noreturn]] void fail_out_of_memory(x86::LinearAddress linear) const;
    [[nodiscard]] WalkCounts walk_counts() const;
    [[nodiscard]] HostCounts host_counts(const WalkCounts& walks) const;
    [[nodiscard]] TlbCounts& tlb(x86::AccessKind kind)
    {
        return kind == x86::AccessKind::fetch ? counts_.fetch_tlb : counts_.data_tlb;
    }

    ReplayOptions options_;
    ReplayMachine machine_;
    std::optional<kernel::hal::MachineInUse> starting_; ///< while the pager is made
    DemandPager pager_;
    ReplayCounts counts_;
    ReplayResult warmup_;           ///< what the warm-up took
    std::uint64_t walks_known_ = 0; ///< walks of the ledger that the counts below account for
    std::array<std::uint64_t, x86::four_level_count> faulted_at_{}; ///< walks that ended at an entry of this level
};

} // namespace drywalk::replay
