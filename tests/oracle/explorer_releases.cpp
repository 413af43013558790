// SPDX-License-Identifier: MIT
// The explorer on memory that is declared free: what still leads there, on every processor and for every PCID.
#include "tests/oracle/explorer.hpp"

#include <algorithm>

namespace drywalk::oracle::test {

using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

namespace {

[[nodiscard]] bool overlaps(PhysicalAddress a, std::uint64_t a_bytes, PhysicalAddress b, std::uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

} // namespace

ReleaseJudgement Explorer::release(unsigned /*cpu*/, PhysicalAddress address, std::uint64_t bytes)
{
    ReleaseJudgement judgement;
    const auto add = [&](Verdict verdict, unsigned cpu, const std::vector<Holder>& holders) {
        if (!holders.empty()) judgement.push_back({verdict, cpu, holders, holders.size(), {}, {}});
    };
    for (unsigned cpu = 0; cpu != processors_.size(); ++cpu) {
        Processor& processor = processors_[cpu];
        if (!processor.mode.cr0.paging()) continue;
        std::vector<Holder> in_use;
        std::vector<Holder> usable_ones;
        std::vector<Holder> parked;
        const x86::PagingMode& mode = processor.mode;
        if (overlaps(mode.cr3.root(), x86::small_page_bytes, address, bytes)) {
            in_use.push_back({Holder::Role::root, mode.pcid(), {}});
        }
        if (reaches_as_table(mode, walk_start(mode), address, bytes)) {
            in_use.push_back({Holder::Role::table, mode.pcid(), {}});
        }
        for (auto& [pcid, space] : processor.left) {
            if (!space.returnable) continue;
            if (reaches_as_table(space.mode, walk_start(space.mode), address, bytes)) {
                in_use.push_back({Holder::Role::table, pcid, {}});
            }
            if (!overlaps(space.mode.cr3.root(), x86::small_page_bytes, address, bytes)) continue;
            parked.push_back({Holder::Role::root, pcid, {}});
            space.returnable = false;
        }
        find_stale(processor, address, bytes, usable_ones, parked);
        add(Verdict::released_in_use, cpu, in_use);
        add(Verdict::released_while_reachable, cpu, usable_ones);
        if (!usable_ones.empty()) continue; // not only a parked PCID
        add(Verdict::released_while_parked, cpu, parked);
        std::set<std::uint16_t> pcids;
        for (const Holder& holder : parked)
            pcids.insert(holder.pcid);
        for (const std::uint16_t pcid : pcids)
            processor.pending.push_back({now_, address, bytes, pcid});
    }
    ++now_;
    return judgement;
}

void Explorer::find_stale(const Processor& processor, PhysicalAddress first, std::uint64_t bytes,
                          std::vector<Holder>& usable_ones, std::vector<Holder>& parked_ones) const
{
    for (const TlbEntry& entry : processor.translations) {
        const bool now = usable(processor, entry.tag);
        const x86::PagingMode mode = now ? processor.mode : justifying_mode(processor, entry.tag.pcid);
        if (!stale_into(mode, entry, first, bytes)) continue;
        (now ? usable_ones : parked_ones).push_back({Holder::Role::translation, entry.tag.pcid, entry.tag.base});
    }
    for (const StructureEntry& entry : processor.structures) {
        if (!stale_into(justifying_mode(processor, entry.pcid), entry, first, bytes)) continue;
        auto& list = entry.pcid == processor.mode.pcid() ? usable_ones : parked_ones;
        list.push_back({Holder::Role::structure, entry.pcid, entry.region});
    }
}

/// Its root as it was loaded last, and memory as it is now.
x86::PagingMode Explorer::justifying_mode(const Processor& processor, std::uint16_t pcid)
{
    const auto left = processor.left.find(pcid);
    return pcid == processor.mode.pcid() || left == processor.left.end() ? processor.mode : left->second.mode;
}

/// True if a walk finds a table in the range, the root excepted.
bool Explorer::reaches_as_table(const x86::PagingMode& mode, const WalkPosition& position, PhysicalAddress first,
                                std::uint64_t bytes) const
{
    if (position.table.value() >= configuration_.memory_bytes) return false;
    const auto end = memory_.lower_bound(position.table + x86::small_page_bytes);
    for (auto at = memory_.lower_bound(position.table); at != end; ++at) {
        const WalkStep step = walk_step(position, Entry{at->second.value}, mode);
        if (step.kind != WalkStep::Kind::descend) continue;
        if (overlaps(step.next.table, x86::small_page_bytes, first, bytes)) return true;
        if (reaches_as_table(mode, step.next, first, bytes)) return true;
    }
    return false;
}

/// Releases that the PCID which is loaded now could lead to while it was parked.
void Explorer::judge_pending(Processor& processor, RootJudgement& judgement) const
{
    if (!processor.mode.cr0.paging()) return;
    for (const Pending& pending : processor.pending) {
        if (pending.pcid != processor.mode.pcid()) continue;
        std::vector<Holder> usable_ones;
        std::vector<Holder> parked;
        find_stale(processor, pending.first, pending.bytes, usable_ones, parked);
        const bool as_root = overlaps(processor.mode.cr3.root(), x86::small_page_bytes, pending.first, pending.bytes);
        if (!usable_ones.empty() || as_root) judgement.escalations.push_back(pending.release);
    }
    std::erase_if(processor.pending, [&](const Pending& one) { return one.pcid == processor.mode.pcid(); });
}

/// True if some page of the entry lies in the range and the tables do not map it at that address, or allow less there.
bool Explorer::stale_into(const x86::PagingMode& mode, const TlbEntry& entry, PhysicalAddress first,
                          std::uint64_t bytes) const
{
    const Translation& cached = entry.translation;
    if (!overlaps(cached.page, page_bytes(cached.size), first, bytes)) return false;
    for (std::uint64_t offset = 0; offset != page_bytes(cached.size); offset += x86::small_page_bytes) {
        if (!overlaps(cached.page + offset, x86::small_page_bytes, first, bytes)) continue;
        const LinearAddress linear = entry.tag.base + offset;
        const auto leaf = current_leaf(mode, linear);
        if (!leaf || leaf->physical(linear) != cached.physical(linear)) return true;
        if ((leaf->rights & cached.rights) != cached.rights) return true;
    }
    return false;
}

/// True if the next table lies in the range and the tables do not lead there.
bool Explorer::stale_into(const x86::PagingMode& mode, const StructureEntry& entry, PhysicalAddress first,
                          std::uint64_t bytes) const
{
    if (!overlaps(entry.next.table, x86::small_page_bytes, first, bytes)) return false;
    for (WalkPosition position = walk_start(mode);;) {
        const PhysicalAddress slot = position.entry_address(entry.region);
        const WalkStep step = walk_step(position, entry_at(slot), mode);
        if (step.kind != WalkStep::Kind::descend) return true;
        if (position.level == entry.level) return step.next.table != entry.next.table;
        position = step.next;
    }
}

} // namespace drywalk::oracle::test
