// SPDX-License-Identifier: MIT
#include "sim/judge/explain.hpp"

#include "sim/judge/judged_event.hpp"
#include "sim/trace/fields.hpp"

#include <algorithm>

namespace drywalk::judge {

using oracle::AddressHistory;
using oracle::Holder;
using oracle::Witness;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Removal;

Explainer::Explainer(const trace::Header& header, TraceVerdict& verdict, Limits limits)
    : limits_{limits}, vendor_{header.vendor}, oracle_{header}, of_cpu_(header.cpus), loaded_(header.cpus)
{
    std::map<std::pair<unsigned, std::uint64_t>, Subject*> known;
    for (auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (Finding& finding : *findings)
            ask(finding, known);
    }
    for (unsigned cpu = 0; cpu != header.cpus; ++cpu)
        loaded_[cpu][header.mode.pcid()] = {header.mode.cr3.root(), 0};
}

void Explainer::ask(Finding& finding, std::map<std::pair<unsigned, std::uint64_t>, Subject*>& known)
{
    if (!finding.witness) return;
    finding.approximate = true;
    const bool of_release = finding.released && !finding.holders.empty();
    const std::uint64_t va = of_release ? finding.holders.front().linear.value() : finding.va;
    const auto canonical = LinearAddress::try_canonical(va, x86::widest_linear_bits);
    if (!canonical) return;
    const auto [at, is_new] = known.try_emplace({finding.cpu, canonical->page().value()}, nullptr);
    if (is_new && subjects_.size() < limits_.pages) {
        at->second = subjects_.emplace_back(std::make_unique<Subject>()).get();
        at->second->history = std::make_unique<AddressHistory>(
            *canonical, oracle_.mode(finding.cpu), vendor_,
            [this](PhysicalAddress address) { return Entry{oracle_.memory_at(address)}; });
        of_cpu_[finding.cpu].push_back(at->second);
        settle(*at->second);
    }
    if (at->second != nullptr) asked_.emplace(finding.event.index, Asked{&finding, at->second});
}

void Explainer::follow(const Event& event)
{
    const auto [first, last] = asked_.equal_range(now_);
    for (auto at = first; at != last; ++at)
        answer(at->second, event);
    happen(event);
    ++now_;
    if (steps_ > limits_.steps) give_up_half();
}

// Questions ----------------------------------------------------------------------------------------------------------

void Explainer::answer(const Asked& asked, const Event& event)
{
    Subject& subject = *asked.subject;
    if (!subject.history) return;
    Finding& finding = *asked.finding;
    const auto exact = witness_of(finding, subject, event);
    settle(subject);
    if (!exact) return;
    finding.witness = exact;
    finding.approximate = false;
}

std::optional<Witness> Explainer::witness_of(const Finding& finding, const Subject& subject, const Event& event) const
{
    if (finding.released) return holder_of(finding, subject);
    if (!trace::is_access(event.kind)) return std::nullopt;
    return subject.history->decides(finding.verdict, *accessed_address(event, oracle_.mode(event.cpu)),
                                    access_of(event));
}

std::optional<Witness> Explainer::holder_of(const Finding& finding, const Subject& subject) const
{
    const PhysicalAddress first{finding.released->pa};
    const std::uint64_t bytes = finding.released->bytes;
    const Holder& holder = finding.holders.front();
    std::optional<std::uint64_t> since;
    switch (holder.role) {
    case Holder::Role::translation:
    case Holder::Role::structure:
        if (finding.witness->used) return subject.history->holds(*finding.witness->used, holder.pcid);
        return subject.history->walks(holder.pcid, first, bytes);
    case Holder::Role::table: since = subject.history->linked(first, bytes); break;
    case Holder::Role::root: {
        const auto loaded = loaded_[finding.cpu].find(holder.pcid);
        if (loaded != loaded_[finding.cpu].end()) since = loaded->second.event;
        break;
    }
    }
    if (!since) return std::nullopt;
    Witness witness = *finding.witness;
    witness.established_by = witness.broken_by = *since;
    return witness;
}

// Events -------------------------------------------------------------------------------------------------------------

void Explainer::happen(const Event& event)
{
    const auto canonical = LinearAddress::try_canonical(event.va, oracle_.mode(event.cpu).linear_width());
    switch (event.kind) {
    case EventKind::store: store(event); break;
    case EventKind::page:
    case EventKind::fill: store_page(event); break;
    case EventKind::wrpkru:
    case EventKind::wrmsr_pkrs:
    case EventKind::mov_cr0:
    case EventKind::mov_cr3:
    case EventKind::mov_cr4:
    case EventKind::wrmsr_efer: write_register(event); break;
    case EventKind::invlpg:
        if (canonical) invalidate(event.cpu, invlpg_removes(*canonical, oracle_.mode(event.cpu), vendor_));
        oracle_.invlpg(event.cpu, event.va);
        break;
    case EventKind::invpcid: {
        // A non-canonical address with type 0 raises #GP and invalidates nothing. [intel/vol2] INVPCID
        const auto type = static_cast<x86::InvpcidType>(event.type);
        const bool faults = type == x86::InvpcidType::address && !canonical;
        if (!faults) invalidate(event.cpu, invpcid_removes(type, event.pcid, canonical.value_or(LinearAddress{})));
        oracle_.invpcid(event.cpu, type, event.pcid, event.va);
        break;
    }
    case EventKind::read:
    case EventKind::write:
    case EventKind::fetch: access(event); break;
    case EventKind::page_fault:
        if (canonical) invalidate(event.cpu, page_fault_removes(*canonical, oracle_.mode(event.cpu)));
        oracle_.page_fault(event.cpu, event.va);
        break;
    case EventKind::invlpgb: oracle_.invlpgb(event.cpu, trace::operands_of(event)); break;
    case EventKind::tlbsync:
        oracle_.tlbsync(event.cpu);
        give_up(); // histories do not know what was doomed
        break;
    case EventKind::release:
    case EventKind::mark: oracle_.mark(); break;
    }
}

void Explainer::store(const Event& event)
{
    const PhysicalAddress slot{event.pa};
    oracle_.store(event.cpu, slot, event.value);
    tell(slot, Entry{event.value});
}

void Explainer::store_page(const Event& event)
{
    const auto words = words_of(event);
    const PhysicalAddress page{event.pa};
    oracle_.store_page(event.cpu, page, words);
    for (std::size_t index = 0; index < words.size(); ++index)
        tell(page + index * x86::entry_bytes, Entry{words[index]});
}

void Explainer::tell(PhysicalAddress slot, Entry value)
{
    const auto found = readers_.find(slot.value());
    if (found == readers_.end()) return;
    const std::vector<Subject*> readers = found->second; // walks add to it
    for (Subject* const subject : readers) {
        if (!subject->history) continue;
        subject->history->store(now_, slot, value);
        settle(*subject);
    }
}

/// Only what the tables say happens: A and D are set, or a page fault that every behaviour raises is delivered.
void Explainer::access(const Event& event)
{
    const auto linear = accessed_address(event, oracle_.mode(event.cpu));
    const x86::Access access = access_of(event);
    if (!linear) return oracle_.mark();
    if (oracle_.passes(event.cpu, event.va, access)) return;
    const auto slot = event.kind == EventKind::write ? leaf_slot(oracle_, event.cpu, *linear) : std::nullopt;
    const bool was_dirty = slot && Entry{oracle_.memory_at(*slot)}.dirty();
    const oracle::Judgement judgement = oracle_.access(event.cpu, event.va, access);
    if (judgement.verdict == oracle::Verdict::architectural_fault) {
        return invalidate(event.cpu, page_fault_removes(*linear, oracle_.mode(event.cpu)));
    }
    if (!slot || was_dirty || !Entry{oracle_.memory_at(*slot)}.dirty()) return;
    const auto found = readers_.find(slot->value());
    if (found == readers_.end()) return;
    const std::vector<Subject*> readers = found->second;
    for (Subject* const subject : readers) {
        if (!subject->history) continue;
        subject->history->set_dirty(now_);
        settle(*subject);
    }
}

void Explainer::write_register(const Event& event)
{
    const x86::PagingMode before = oracle_.mode(event.cpu);
    Removal removal;
    switch (event.kind) {
    case EventKind::mov_cr0:
        removal = mov_cr0_removes({event.value}, before, vendor_);
        oracle_.mov_cr0(event.cpu, {event.value});
        break;
    case EventKind::mov_cr3:
        removal = mov_cr3_removes(event.value, before);
        static_cast<void>(oracle_.mov_cr3(event.cpu, event.value));
        break;
    case EventKind::mov_cr4:
        removal = mov_cr4_removes({event.value}, before, vendor_);
        oracle_.mov_cr4(event.cpu, {event.value});
        break;
    case EventKind::wrpkru: oracle_.wrpkru(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::wrmsr_pkrs: oracle_.wrmsr_pkrs(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    default:
        removal = x86::wrmsr_efer_removes();
        oracle_.wrmsr_efer(event.cpu, {event.value});
        break;
    }
    const x86::PagingMode& mode = oracle_.mode(event.cpu);
    const bool turns_on = !before.cr0.paging() && mode.cr0.paging();
    if (event.kind == EventKind::mov_cr3 || turns_on || before.pcid() != mode.pcid()) {
        loaded_[event.cpu][mode.pcid()] = {mode.cr3.root(), now_};
    }
    load(event, removal);
}

void Explainer::load(const Event& event, const Removal& removal)
{
    for (Subject* const subject : of_cpu_[event.cpu]) {
        subject->history->load(now_, oracle_.mode(event.cpu), removal);
        settle(*subject);
    }
}

void Explainer::invalidate(unsigned cpu, const Removal& removal)
{
    for (Subject* const subject : of_cpu_[cpu]) {
        subject->history->invalidate(now_, removal);
        settle(*subject);
    }
}

// Bounds -------------------------------------------------------------------------------------------------------------

/// Follows which slots the page's walks read, and what that has cost.
void Explainer::settle(Subject& subject)
{
    for (const std::uint64_t slot : subject.history->new_slots())
        readers_[slot].push_back(&subject);
    steps_ += subject.history->steps() - subject.counted;
    subject.counted = subject.history->steps();
}

void Explainer::give_up()
{
    for (const auto& subject : subjects_)
        subject->history.reset();
    for (auto& subjects : of_cpu_)
        subjects.clear();
}

/// The pages of later findings go, so that the first ones are told exactly.
void Explainer::give_up_half()
{
    steps_ = 0;
    const std::size_t kept = subjects_.size() / 2;
    std::size_t alive = 0;
    for (const auto& subject : subjects_)
        alive += subject->history ? 1U : 0U;
    std::size_t keep = std::min(kept, alive / 2);
    for (const auto& subject : subjects_) {
        if (!subject->history) continue;
        if (keep != 0)
            --keep;
        else
            subject->history.reset();
    }
    for (auto& subjects : of_cpu_)
        std::erase_if(subjects, [](const Subject* subject) { return !subject->history; });
}

} // namespace drywalk::judge
