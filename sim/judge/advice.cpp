// SPDX-License-Identifier: MIT
#include "sim/judge/advice.hpp"

#include "sim/input/complaint.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace drywalk::judge {

namespace {

using oracle::Holder;
using oracle::Remedy;
using oracle::Verdict;
using x86::InvpcidType;

constexpr std::size_t most_named = 6;   ///< addresses or processors that are named one by one
constexpr std::size_t most_clauses = 4; ///< different instructions in one line

/// "a, b and c"; of more than most_named the first three, and how many more there are.
[[nodiscard]] std::string listed(const std::vector<std::string>& names)
{
    const bool all = names.size() <= most_named;
    const std::size_t shown = all ? names.size() : 3;
    std::string text;
    for (std::size_t index = 0; index < shown; ++index) {
        const bool last = all && index + 1 == shown;
        text += index == 0 ? "" : last ? " and " : ", ";
        text += names[index];
    }
    if (!all) text += fmt::format(" and {} more", names.size() - shown);
    return text;
}

template <typename Cpus>
[[nodiscard]] std::string processors(const Cpus& cpus)
{
    std::vector<std::string> names;
    for (const unsigned cpu : cpus)
        names.push_back(std::to_string(cpu));
    return fmt::format("{} {}", names.size() == 1 ? "cpu" : "cpus", listed(names));
}

/// An instruction without address and processor.
[[nodiscard]] std::string operation_text(const Remedy& remedy)
{
    switch (remedy.instruction) {
    case Remedy::Instruction::none: return {};
    case Remedy::Instruction::invlpg: return "invlpg";
    case Remedy::Instruction::mov_cr3: return fmt::format("mov_cr3 {:#x}", remedy.value);
    case Remedy::Instruction::invpcid: break;
    }
    std::string text = fmt::format("invpcid type {}", static_cast<unsigned>(remedy.type));
    if (remedy.type <= InvpcidType::single_context) text += fmt::format(" pcid {:#x}", remedy.pcid);
    return text;
}

[[nodiscard]] std::string address_text(const Remedy& remedy)
{
    if (remedy.instruction == Remedy::Instruction::invlpg) return fmt::format("{:#x}", page_of(remedy));
    const bool named = remedy.instruction == Remedy::Instruction::invpcid && remedy.type == InvpcidType::address;
    return named ? fmt::format("va {:#x}", page_of(remedy)) : "";
}

/// One instruction for several addresses on several processors: all of them on each.
struct Clause {
    std::string operation;
    std::vector<std::string> addresses;
    std::set<unsigned> cpus;
};

[[nodiscard]] std::vector<Clause> clauses_of(std::span<const Missing> missing)
{
    struct Address {
        std::string operation;
        std::string address;
        std::set<unsigned> cpus;
    };
    std::vector<Address> addresses;
    std::map<std::pair<std::string, std::string>, std::size_t> known;
    for (const Missing& one : missing) {
        const std::pair key{operation_text(one.remedy), address_text(one.remedy)};
        const auto [at, is_new] = known.try_emplace(key, addresses.size());
        if (is_new) addresses.push_back({key.first, key.second, {}});
        addresses[at->second].cpus.insert(one.remedy.cpu);
    }
    std::vector<Clause> clauses;
    std::map<std::pair<std::string, std::set<unsigned>>, std::size_t> alike;
    for (const Address& one : addresses) {
        const auto [at, is_new] = alike.try_emplace({one.operation, one.cpus}, clauses.size());
        if (is_new) clauses.push_back({one.operation, {}, one.cpus});
        if (!one.address.empty()) clauses[at->second].addresses.push_back(one.address);
    }
    return clauses;
}

[[nodiscard]] std::string clause_text(const Clause& clause, unsigned cpus)
{
    std::string text = clause.operation;
    if (!clause.addresses.empty()) text += " " + listed(clause.addresses);
    if (cpus > 1) text += " on " + processors(clause.cpus);
    return text;
}

/// Another instruction that removes exactly the same. [intel/vol3] 4.10.4.1
[[nodiscard]] std::string equal_alternative(const Remedy& remedy)
{
    if (remedy.instruction != Remedy::Instruction::invpcid) return {};
    if (remedy.type == InvpcidType::single_context) {
        return fmt::format("mov_cr3 that loads pcid {:#x} with bit 63 clear", remedy.pcid);
    }
    if (remedy.type == InvpcidType::all_with_global) return "a change of CR4.PGE";
    return {};
}

/// What does as much as all of `missing`, which can stand at one place. Empty if it is not worth a word.
[[nodiscard]] std::string alternative_text(std::span<const Missing> missing, std::size_t clauses)
{
    if (missing.size() > most_named)
        return " (or one flush of everything there: invpcid type 2, or a change of CR4.PGE)";
    const std::string equal = clauses == 1 ? equal_alternative(missing.front().remedy) : "";
    return equal.empty() ? "" : fmt::format(" (or {})", equal);
}

/// "mm/vm.c:34 (event 38, store pa=... value=... on cpu 0)"
[[nodiscard]] std::string place_text(const TraceVerdict& verdict, const EventText& event)
{
    const std::string cpu = verdict.cpus > 1 ? fmt::format(" on cpu {}", event.cpu) : "";
    if (!event.src.empty()) {
        const std::string what = event.what.empty() ? "" : ", " + event.what;
        return fmt::format("{} (event {}{}{})", one_line(event.src), event.index, what, cpu);
    }
    const std::string line = verdict.lines ? fmt::format("line {}, ", event.index + 2) : "";
    return fmt::format("event {} ({}{}{})", event.index, line, event.what, cpu);
}

[[nodiscard]] std::string place_text(const TraceVerdict& verdict, std::uint64_t index)
{
    const auto found = verdict.cited.find(index);
    return found == verdict.cited.end() ? fmt::format("event {}", index) : place_text(verdict, found->second);
}

/// "event 41 (mm/vm.c:52)"
[[nodiscard]] std::string short_text(const EventText& event)
{
    if (event.src.empty()) return fmt::format("event {}", event.index);
    return fmt::format("event {} ({})", event.index, one_line(event.src));
}

// Where no single instruction is enough
// ------------------------------------------------------------------------------------------------

/// Processors whose holders have the role.
[[nodiscard]] std::set<unsigned> processors_with(std::span<const Finding* const> findings, Holder::Role role)
{
    std::set<unsigned> cpus;
    for (const Finding* finding : findings) {
        if (std::ranges::find(finding->holders, role, &Holder::role) != finding->holders.end()) {
            cpus.insert(finding->cpu);
        }
    }
    return cpus;
}

[[nodiscard]] std::string release_in_use(std::span<const Finding* const> findings)
{
    const std::set<unsigned> as_root = processors_with(findings, Holder::Role::root);
    std::set<unsigned> as_table = processors_with(findings, Holder::Role::table);
    std::erase_if(as_table,
                  [&](unsigned cpu) { return as_root.contains(cpu); }); // what leaves the root leaves its tables
    const bool one = std::ranges::all_of(
        findings, [&](const Finding* finding) { return finding->event.index == findings.front()->event.index; });
    std::string text;
    if (!as_root.empty()) {
        text = fmt::format("{} still {} {} loaded as root: load another root there first, or free {} later",
                           processors(as_root), as_root.size() == 1 ? "has" : "have", one ? "it" : "one of these pages",
                           one ? "it" : "them");
    }
    if (!as_table.empty()) {
        text += fmt::format("{}the tables of {} still lead to {}: clear the entry that leads there and invalidate, or "
                            "load another root there, before {} freed",
                            text.empty() ? "" : "; ", processors(as_table), one ? "it" : "them",
                            one ? "it is" : "they are");
    }
    if (!text.empty()) return text;
    return "a processor still walks it as a page table: clear what leads to it, then invalidate, then free it";
}

[[nodiscard]] std::string without_instruction(std::span<const Finding* const> findings)
{
    const Finding& first = *findings.front();
    switch (first.verdict) {
    case Verdict::released_in_use: return release_in_use(findings);
    case Verdict::released_while_reachable:
        return "no single instruction before it is enough: clear every entry that leads to it, then invalidate on each "
               "processor that may hold it, or free it later";
    case Verdict::released_while_parked:
        return "no single instruction before it is enough: flush each PCID that may hold it, or free it later";
    case Verdict::pcid_recycled: return "clear bit 63 of this value, so that what is cached for the PCID goes";
    default: break;
    }
    return "no single instruction before it is enough: several entries became stale at different times, and each needs "
           "its own invalidation after its own change";
}

// The advice
// ------------------------------------------------------------------------------------------------

class Advice {
public:
    Advice(const TraceVerdict& verdict, std::span<const Finding* const> findings, std::span<const Missing> missing)
        : verdict_{verdict}, findings_{findings}, missing_{missing}
    {
    }

    [[nodiscard]] std::string write() const
    {
        const Finding& first = *findings_.front();
        if (missing_.empty()) {
            return fmt::format("{}: {}", place_text(verdict_, first.event), without_instruction(findings_));
        }
        if (first.verdict == Verdict::pcid_recycled) return recycled(first) + rest();
        const std::size_t count = count_at_one_place(missing_);
        const std::span<const Missing> together = missing_.first(count);
        const std::vector<Clause> clauses = clauses_of(together);
        return sentence(together,
                        instructions_text(together, verdict_.cpus) + alternative_text(together, clauses.size())) +
               more(count) + rest();
    }

private:
    [[nodiscard]] std::string sentence(std::span<const Missing> together, const std::string& instructions) const
    {
        std::optional<std::uint64_t> after;
        for (const Missing& one : together)
            after = std::max(after, one.remedy.after);
        const Finding& before = finding_at(together.front().before);
        if (after) {
            return fmt::format("{} must be followed by {} before {}", place_text(verdict_, *after), instructions,
                               short_text(before.event));
        }
        const std::optional<std::uint64_t> cause = cause_of(before);
        if (!cause || source_missing(*cause)) {
            return fmt::format("{} must be preceded by {}, at any place before", place_text(verdict_, before.event),
                               instructions);
        }
        return fmt::format("{} needs {} beside it, at any place before {}", place_text(verdict_, *cause), instructions,
                           short_text(before.event));
    }

    [[nodiscard]] std::string recycled(const Finding& finding) const
    {
        const std::span<const Missing> first = missing_.first(1);
        const auto& after = first.front().remedy.after;
        return fmt::format("{}: clear bit 63 of this value, or execute {} before it{}",
                           place_text(verdict_, finding.event), instructions_text(first, verdict_.cpus),
                           after ? fmt::format(" and after event {}", *after) : "");
    }

    [[nodiscard]] bool source_missing(std::uint64_t index) const
    {
        const auto found = verdict_.cited.find(index);
        return found == verdict_.cited.end() || found->second.src.empty();
    }

    [[nodiscard]] const Finding& finding_at(std::uint64_t event) const
    {
        const auto found =
            std::ranges::find(findings_, event, [](const Finding* finding) { return finding->event.index; });
        return found == findings_.end() ? *findings_.front() : **found;
    }

    /// What has to stand at other places, because the line was executed again.
    [[nodiscard]] std::string more(std::size_t told) const
    {
        const std::size_t left = missing_.size() - told;
        if (left == 0) return {};
        return fmt::format("; {} the same way at other times, the last before event {}",
                           left == 1 ? "one more invalidation is missing"
                                     : fmt::format("{} more invalidations are missing", left),
                           missing_.back().before);
    }

    /// Findings that are not cured by this.
    [[nodiscard]] std::string rest() const
    {
        std::vector<const Finding*> left;
        for (const Finding* finding : findings_) {
            if (finding->remedy.instruction == Remedy::Instruction::none) left.push_back(finding);
        }
        if (left.empty()) return {};
        return fmt::format("; for {} of the {} findings: {}", left.size(), findings_.size(), without_instruction(left));
    }

    const TraceVerdict& verdict_;
    std::span<const Finding* const> findings_;
    std::span<const Missing> missing_;
};

} // namespace

std::string instructions_text(std::span<const Missing> missing, unsigned cpus)
{
    const std::vector<Clause> clauses = clauses_of(missing);
    std::string text;
    for (std::size_t index = 0; index < std::min(clauses.size(), most_clauses); ++index) {
        text += index == 0 ? "" : index + 1 == clauses.size() ? " and " : ", ";
        text += clause_text(clauses[index], cpus);
    }
    if (clauses.size() > most_clauses) text += fmt::format(" and {} more like these", clauses.size() - most_clauses);
    return text;
}

std::string advice_of(const TraceVerdict& verdict, const Group& group)
{
    return Advice{verdict, group.findings, group.missing}.write();
}

std::string advice_of(const TraceVerdict& verdict, const Finding& finding)
{
    const std::vector<const Finding*> alone{&finding};
    const std::vector<Missing> missing = missing_of(alone);
    return Advice{verdict, alone, missing}.write();
}

std::string message_of(const TraceVerdict& verdict, const Group& group)
{
    std::string text = fmt::format("{}: {}; without it, {} {}", name_of(group.verdict), advice_of(verdict, group),
                                   group.first().event.what, consequence(group.verdict));
    if (group.findings.size() > 1) text += fmt::format(" ({})", extent_of(group));
    return text;
}

} // namespace drywalk::judge
