// SPDX-License-Identifier: MIT
#include "sim/replay/replay.hpp"

#include "sim/input/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::replay {

using machine::MmuCategory;
using machine::PlatformCategory;
using mmu::Tlb;
using x86::AccessKind;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;

namespace {

/// `Reference` says whose tables: the walk's own, or the host's.
template <typename Reference>
[[nodiscard]] std::uint64_t entries_read(const machine::Ledger& ledger, Level level)
{
    std::uint64_t count = 0;
    for (unsigned served = 0; served < machine::served_by_count; ++served)
        count += ledger[Reference{level, static_cast<machine::ServedBy>(served)}].count;
    return count;
}

/// A walk reads one entry a level, from the root to the leaf.
[[nodiscard]] unsigned levels_read(x86::PageSize size)
{
    return x86::four_level_count - level_position(leaf_level(size));
}

/// `later` and `earlier` have as many elements.
template <typename Counts>
[[nodiscard]] Counts difference(Counts later, const Counts& earlier)
{
    for (std::size_t index = 0; index < later.size(); ++index)
        later[index] -= earlier[index];
    return later;
}

[[nodiscard]] TlbCounts difference(const TlbCounts& later, const TlbCounts& earlier)
{
    return {.lookups = later.lookups - earlier.lookups,
            .l2_hits = later.l2_hits - earlier.l2_hits,
            .misses = later.misses - earlier.misses};
}

[[nodiscard]] WalkCounts difference(const WalkCounts& later, const WalkCounts& earlier)
{
    return {.walks = later.walks - earlier.walks,
            .faulted = later.faulted - earlier.faulted,
            .began_at = difference(later.began_at, earlier.began_at)};
}

[[nodiscard]] HostCounts difference(const HostCounts& later, const HostCounts& earlier)
{
    return {.lookups = later.lookups - earlier.lookups, .walks = later.walks - earlier.walks};
}

[[nodiscard]] machine::Profile with_host(machine::Profile profile, const ReplayOptions& options)
{
    profile.nested.on = options.host_page_size.has_value();
    profile.nested.host_page_size = options.host_page_size.value_or(x86::PageSize::size_4k);
    return profile;
}

/// Data frames end here.
[[nodiscard]] PhysicalAddress memory_end(const machine::Profile& profile, const ReplayOptions& options)
{
    const std::uint64_t addressable = std::uint64_t{1} << profile.features.physical_bits;
    return PhysicalAddress{options.host_page_size ? std::min(options.guest_bytes, addressable) : addressable};
}

} // namespace

Replay::Replay(const machine::Profile& profile, const ReplayOptions& options)
    : options_{options}, machine_{with_host(profile, options), options.table_bytes, options.guest_bytes},
      starting_{std::in_place, machine_}, pager_{machine_, options.pages, memory_end(profile, options), options.seed}
{
    machine_.start(pager_.root());
    starting_.reset();
}

/// Fetches go through the TLB alone: the profiles describe no instruction cache.
template <AccessKind Kind>
inline void Replay::reference_part(LinearAddress linear, std::uint32_t bytes)
{
    ++tlb(Kind).lookups;
    const mmu::Translated translated = machine_.translate(linear, Kind);
    PhysicalAddress physical = translated.physical;
    if (translated.source != Tlb::Source::l1 || !translated.permitted || translated.stale) [[unlikely]] {
        physical = translate_slowly(linear, Kind, translated);
    }
    if (Kind == AccessKind::fetch) return;
    const std::uint64_t end = physical.value() % machine::line_bytes + bytes;
    for (std::uint64_t line = 0; line < end; line += machine::line_bytes)
        machine_.user_reference(physical + line);
}

template <AccessKind Kind>
inline void Replay::reference(const Reference& each)
{
    const std::uint64_t room = x86::small_page_bytes - each.linear.offset(x86::PageSize::size_4k);
    if (each.bytes <= room) [[likely]]
        return reference_part<Kind>(each.linear, each.bytes);
    ++counts_.split;
    reference_part<Kind>(each.linear, static_cast<std::uint32_t>(room));
    reference_part<Kind>(each.linear + room, each.bytes - static_cast<std::uint32_t>(room));
}

inline void Replay::play(const Reference& each)
{
    ++counts_.records;
    switch (each.kind) {
    case ReferenceKind::fetch:
        ++counts_.fetches;
        reference<AccessKind::fetch>(each);
        break;
    case ReferenceKind::load:
        ++counts_.loads;
        reference<AccessKind::read>(each);
        break;
    case ReferenceKind::store:
        ++counts_.stores;
        reference<AccessKind::write>(each);
        break;
    case ReferenceKind::modify:
        ++counts_.loads;
        ++counts_.stores;
        reference<AccessKind::read>(each);
        reference<AccessKind::write>(each);
        break;
    }
}

void Replay::play(std::span<const Reference> references)
{
    const kernel::hal::MachineInUse in_use{machine_};
    if (is_warming_up()) {
        const std::uint64_t left = options_.warmup_records - counts_.records;
        const std::size_t now = std::min<std::uint64_t>(left, references.size());
        play_all(references.first(now));
        references = references.subspan(now);
        if (!is_warming_up()) warmup_ = everything();
    }
    play_all(references);
}

void Replay::play_all(std::span<const Reference> references)
{
    for (const Reference& each : references)
        play(each);
}

PhysicalAddress Replay::translate_slowly(LinearAddress linear, AccessKind kind, const mmu::Translated& first)
{
    if (first.source == Tlb::Source::l2) ++tlb(kind).l2_hits;
    if (first.source == Tlb::Source::none) ++tlb(kind).misses;
    mmu::Translated translated = first;
    if (!translated.permitted) {
        fault(linear, kind);
        translated = machine_.translate(linear, kind);
    }
    if (!translated.permitted) kernel::hal::broken_invariant("a page fault where the pager has just mapped the page");
    if (translated.stale) kernel::hal::broken_invariant("the pager left a stale translation behind");
    walks_known_ = machine_.ledger()[MmuCategory::walk_start].count;
    return translated.physical;
}

void Replay::fault(LinearAddress linear, AccessKind kind)
{
    ++counts_.page_faults;
    const std::uint64_t walks = machine_.ledger()[MmuCategory::walk_start].count;
    faulted_at_[level_position(machine_.missing_level(linear))] += walks - walks_known_;
    machine_.enter_page_fault(linear);
    const kernel::Refusal refusal = pager_.handle(linear, kind == AccessKind::write);
    if (refusal != kernel::Refusal::none) fail_out_of_memory(linear);
    machine_.leave_page_fault();
}

void Replay::fail_out_of_memory(LinearAddress linear) const
{
    const std::string where = fmt::format("reference {} of the trace, to {:#x}", counts_.records, linear.value());
    if (pager_.tables_exhausted()) {
        throw InputError{fmt::format("{}: its page tables need more than {} MiB; --table-memory gives them more", where,
                                     machine_.storage_bytes() >> 20)};
    }
    if (!options_.host_page_size) throw InputError{where + ": the machine's physical addresses are used up"};
    throw InputError{fmt::format("{}: the {} GiB of the guest are used up; --guest-memory gives it more", where,
                                 options_.guest_bytes >> 30)};
}

ReplayResult Replay::result() const
{
    const ReplayResult all = everything();
    return all.since(is_warming_up() ? all : warmup_);
}

ReplayResult Replay::everything() const
{
    ReplayResult result{counts_, machine_.ledger(), machine_.cycles()};
    result.counts.walks = walk_counts();
    result.counts.host = host_counts(result.counts.walks);
    result.counts.invlpgs = machine_.invlpgs();
    result.counts.pager = pager_.counts();
    result.counts.user_served_by = machine_.user_served_by();
    return result;
}

ReplayCounts ReplayCounts::since(const ReplayCounts& earlier) const
{
    ReplayCounts result = *this;
    result.records -= earlier.records;
    result.fetches -= earlier.fetches;
    result.loads -= earlier.loads;
    result.stores -= earlier.stores;
    result.split -= earlier.split;
    result.data_tlb = difference(data_tlb, earlier.data_tlb);
    result.fetch_tlb = difference(fetch_tlb, earlier.fetch_tlb);
    result.walks = difference(walks, earlier.walks);
    result.host = difference(host, earlier.host);
    result.page_faults -= earlier.page_faults;
    result.invlpgs -= earlier.invlpgs;
    result.pager.collapses -= earlier.pager.collapses;
    result.user_served_by = difference(user_served_by, earlier.user_served_by);
    return result;
}

ReplayResult ReplayResult::since(const ReplayResult& earlier) const
{
    return {.counts = counts.since(earlier.counts),
            .ledger = ledger.since(earlier.ledger),
            .total_cycles = total_cycles - earlier.total_cycles};
}

std::uint64_t ReplayResult::translation_cycles() const
{
    return ledger.walks().cycles + ledger.nested_walks().cycles + ledger[MmuCategory::l2_tlb_hit].cycles +
           ledger[MmuCategory::walk_start].cycles + ledger[MmuCategory::accessed_dirty_update].cycles;
}

std::uint64_t ReplayResult::paging_cycles() const
{
    return total_cycles - translation_cycles() - ledger[PlatformCategory::user_access].cycles;
}

/// A walk reads one entry a level, from where it began. Those that began at a level or above it have read an entry of
/// the level, or ended above it.
WalkCounts Replay::walk_counts() const
{
    WalkCounts counts;
    counts.walks = machine_.ledger()[MmuCategory::walk_start].count;
    std::uint64_t from_above = 0;
    for (const Level level : {Level::pml4e, Level::pdpte, Level::pde, Level::pte}) {
        const unsigned position = level_position(level);
        const std::uint64_t from_here_or_above =
            level == Level::pte ? counts.walks
                                : entries_read<machine::WalkReference>(machine_.ledger(), level) + counts.faulted;
        counts.began_at[position] = from_here_or_above - from_above;
        from_above = from_here_or_above;
        counts.faulted += faulted_at_[position];
    }
    return counts;
}

/// Each entry that a walk reads has a guest-physical address, and so has the page that it finds. The paging-structure
/// cache that shortens a walk knows where the first table lies for the host. A walk of the host's ends at a leaf.
HostCounts Replay::host_counts(const WalkCounts& walks) const
{
    if (!options_.host_page_size) return {};
    const std::uint64_t shortened = walks.walks - walks.began_at[level_position(x86::root_level)];
    const std::uint64_t pages = walks.walks - walks.faulted;
    const machine::Ledger& ledger = machine_.ledger();
    return {ledger.walks().count - shortened + pages,
            entries_read<machine::NestedReference>(ledger, leaf_level(*options_.host_page_size))};
}

unsigned most_entries_a_walk(const ReplayOptions& options)
{
    const unsigned own =
        levels_read(options.pages == PagePolicy::large ? x86::PageSize::size_2m : x86::PageSize::size_4k);
    return options.host_page_size ? own + (own + 1) * levels_read(*options.host_page_size) : own;
}

} // namespace drywalk::replay
