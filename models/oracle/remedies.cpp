// SPDX-License-Identifier: MIT
#include "models/oracle/remedies.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::InvpcidType;
using x86::LinearAddress;

void Reachable::add(const x86::EntryTag& tag, LinearAddress linear, EventIndex broken_by)
{
    add(Region{tag.base.value(), page_shift(tag.size)}, linear);
    if (!tag.global) return add_local(tag.pcid, broken_by);
    any_global_ = true;
    last_broken_ = std::max(last_broken_, broken_by);
}

void Reachable::add(const WalkSource& structure)
{
    add(Region{structure.region.value(), index_shift(structure.start.level) + 9}, structure.region);
    add_local(structure.pcid, structure.broken_by);
}

void Reachable::add_below(const WalkSource& structure, LinearAddress region, x86::Level level)
{
    add(structure);
    add(Region{region.value(), index_shift(level) + 9}, region);
}

void Reachable::join(const Reachable& others)
{
    for (std::size_t index = 0; index < others.region_count_ && index < most_compared; ++index)
        add(others.regions_[index], LinearAddress::truncate(others.regions_[index].first, x86::widest_linear_bits));
    if (others.region_count_ > most_compared) region_count_ += others.region_count_;
    if (others.any_local_) add_local(others.pcid_, others.last_broken_);
    several_pcids_ = several_pcids_ || others.several_pcids_;
    any_global_ = any_global_ || others.any_global_;
    last_broken_ = std::max(last_broken_, others.last_broken_);
}

void Reachable::add_unseen(EventIndex broken_by)
{
    any_global_ = true;
    last_broken_ = std::max(last_broken_, broken_by);
}

void Reachable::add_local(std::uint16_t pcid, EventIndex broken_by)
{
    several_pcids_ = several_pcids_ || (any_local_ && pcid != pcid_);
    any_local_ = true;
    pcid_ = pcid;
    last_broken_ = std::max(last_broken_, broken_by);
}

void Reachable::add(Region region, LinearAddress linear)
{
    if (region_count_ < most_compared) regions_[region_count_] = region;
    ++region_count_;
    if (region.shift >= smallest_) return;
    smallest_ = region.shift;
    address_ = linear;
}

std::optional<std::uint16_t> Reachable::pcid() const
{
    if (several_pcids_) return std::nullopt;
    return pcid_;
}

std::optional<LinearAddress> Reachable::common_address() const
{
    if (region_count_ == 0 || region_count_ > most_compared) return std::nullopt;
    const auto covers = [&](const Region& region) {
        return address_.value() >> region.shift == region.first >> region.shift;
    };
    const auto* const end = regions_.data() + region_count_;
    if (!std::all_of(regions_.data(), end, covers)) return std::nullopt;
    return address_;
}

Remedy invlpg(LinearAddress linear, EventIndex after)
{
    Remedy remedy;
    remedy.instruction = Remedy::Instruction::invlpg;
    remedy.linear = linear;
    remedy.after = after;
    return remedy;
}

Remedy invpcid(InvpcidType type, std::uint16_t pcid, LinearAddress linear, EventIndex after)
{
    Remedy remedy;
    remedy.instruction = Remedy::Instruction::invpcid;
    remedy.type = type;
    remedy.pcid = pcid;
    remedy.linear = linear;
    remedy.after = after;
    return remedy;
}

/// INVLPG reaches global entries under any PCID, all others only while theirs is loaded. INVPCID reaches any PCID, but
/// only type 2 removes global entries. [intel/vol3] 4.10.4.1
Remedy remedy_for(const Reachable& entries, std::uint16_t current_pcid, EventIndex since)
{
    const EventIndex broken = entries.last_broken();
    const auto pcid = entries.pcid();
    const bool of_current = pcid == current_pcid;
    if (const auto linear = entries.common_address()) {
        if (!entries.any_local()) return invlpg(*linear, broken);
        if (of_current && since <= broken) return invlpg(*linear, broken);
        if (pcid && !entries.any_global()) return invpcid(InvpcidType::address, *pcid, *linear, broken);
        if (of_current) return invlpg(*linear, since);
    }
    if (entries.any_global()) return invpcid(InvpcidType::all_with_global, 0, {}, broken);
    if (!pcid) return invpcid(InvpcidType::all_but_global, 0, {}, broken);
    return invpcid(InvpcidType::single_context, *pcid, {}, broken);
}

} // namespace drywalk::oracle
