// SPDX-License-Identifier: MIT
#include "sim/judge/missing.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace drywalk::judge {

namespace {

using oracle::Remedy;

/// What the instruction is, its place left out.
using Identity = std::tuple<Remedy::Instruction, unsigned, x86::InvpcidType, std::uint16_t, std::uint64_t>;

[[nodiscard]] bool names_address(const Remedy& remedy)
{
    return remedy.instruction == Remedy::Instruction::invlpg ||
           (remedy.instruction == Remedy::Instruction::invpcid && remedy.type == x86::InvpcidType::address);
}

[[nodiscard]] Identity identity_of(const Remedy& remedy)
{
    const bool invpcid = remedy.instruction == Remedy::Instruction::invpcid;
    const bool has_pcid = invpcid && remedy.type <= x86::InvpcidType::single_context;
    const std::uint64_t operand = names_address(remedy) ? page_of(remedy) : invpcid ? 0 : remedy.value;
    return {remedy.instruction, remedy.cpu, invpcid ? remedy.type : x86::InvpcidType::address,
            has_pcid ? remedy.pcid : std::uint16_t{0}, operand};
}

/// True if a place after `after` and before `before` exists.
[[nodiscard]] bool has_place(const std::optional<std::uint64_t>& after, std::uint64_t before)
{
    return !after || *after < before;
}

} // namespace

std::uint64_t page_of(const Remedy& remedy) { return remedy.linear.page().value(); }

std::vector<Missing> missing_of(std::span<const Finding* const> findings)
{
    std::vector<const Finding*> ordered{findings.begin(), findings.end()};
    std::ranges::stable_sort(ordered, {}, [](const Finding* finding) { return finding->event.index; });
    std::vector<Missing> missing;
    std::map<Identity, std::size_t> last;
    for (const Finding* finding : ordered) {
        const Remedy& remedy = finding->remedy;
        if (remedy.instruction == Remedy::Instruction::none) continue;
        const auto [at, is_new] = last.try_emplace(identity_of(remedy), missing.size());
        if (!is_new && has_place(remedy.after, missing[at->second].before)) {
            Missing& known = missing[at->second];
            known.remedy.after = std::max(known.remedy.after, remedy.after);
            ++known.cures;
            continue;
        }
        at->second = missing.size();
        missing.push_back({remedy, finding->event.index, 1});
    }
    return missing;
}

std::size_t count_at_one_place(std::span<const Missing> missing)
{
    std::size_t count = 0;
    std::optional<std::uint64_t> after;
    for (const Missing& one : missing) { // the first one has the least `before`
        after = std::max(after, one.remedy.after);
        if (!has_place(after, missing.front().before)) break;
        ++count;
    }
    return count;
}

} // namespace drywalk::judge
