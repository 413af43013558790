// SPDX-License-Identifier: MIT
// Making a disagreement small: leave out runs of operations and of initial entries, long ones first. All candidates of
// a round go through one boot.

#include "tests/differential/campaign.hpp"

#include <algorithm>

namespace drywalk::differential {

namespace {

/// What may be left out: operations, then slots of the start that are not 0.
[[nodiscard]] std::size_t part_count(const Program& program)
{
    return program.operations.size() +
           static_cast<std::size_t>(std::ranges::count_if(program.slots, [](std::uint64_t raw) { return raw != 0; }));
}

[[nodiscard]] Program without(const Program& program, std::size_t first, std::size_t count)
{
    Program smaller = program;
    smaller.operations.clear();
    std::size_t part = 0;
    const auto kept = [&] {
        const bool keep = part < first || part >= first + count;
        ++part;
        return keep;
    };
    for (const Operation& operation : program.operations) {
        if (kept()) smaller.operations.push_back(operation);
    }
    for (std::uint64_t& raw : smaller.slots) {
        if (raw != 0 && !kept()) raw = 0;
    }
    return smaller;
}

[[nodiscard]] std::vector<Program> candidates(const Program& program)
{
    std::vector<Program> programs;
    const std::size_t parts = part_count(program);
    for (std::size_t length = std::max<std::size_t>(parts / 2, 1); length > 0; length /= 2) {
        for (std::size_t first = 0; first < parts; first += length)
            programs.push_back(without(program, first, length));
    }
    return programs;
}

/// Both sums and the slots are known for what is returned.
[[nodiscard]] std::optional<Minimised> smallest_that_disagrees(const std::vector<Program>& programs, Boot boot,
                                                               const Standard& standard)
{
    boot.report_slots = true;
    const MachineAnswers machine = run_programs(boot, programs);
    std::optional<Minimised> best;
    for (std::size_t at = 0; at < machine.answers.size(); ++at) {
        if (best && part_count(best->program) <= part_count(programs[at])) continue;
        if (judge(programs[at], machine.answers[at], standard).disagreement.empty()) continue;
        best = {programs[at], machine.answers[at]};
    }
    return best;
}

} // namespace

Minimised minimise(const Program& program, const Boot& boot, const Standard& standard)
{
    constexpr int most_rounds = 60;
    auto best = smallest_that_disagrees({program}, boot, standard);
    if (!best) return {program, {std::vector<Outcome>(program.operations.size()), 0, 0, std::nullopt}};
    for (int round = 0; round < most_rounds; ++round) {
        auto smaller = smallest_that_disagrees(candidates(best->program), boot, standard);
        if (!smaller) break;
        best = std::move(smaller);
    }
    return *best;
}

} // namespace drywalk::differential
