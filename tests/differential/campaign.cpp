// SPDX-License-Identifier: MIT
// Many random programs on one machine.

#include "tests/differential/campaign.hpp"

#include "tests/differential/generator.hpp"

#include <chrono>
#include <fmt/format.h>

namespace drywalk::differential {

namespace {

using Clock = std::chrono::steady_clock;

[[nodiscard]] std::string explained(const Campaign& campaign, std::uint64_t number, const Program& program,
                                    const std::string& disagreement)
{
    const Minimised small = minimise(program, campaign.boot, campaign.standard);
    return fmt::format("program {} of seed {}: {}\nminimised, {}\n{}", number, campaign.seed, disagreement,
                       judge(small.program, small.answer, campaign.standard).disagreement,
                       explain(small.program, small.answer, campaign.standard));
}

void run_boot(const Campaign& campaign, std::uint64_t first, std::uint64_t count, CampaignResult& result)
{
    std::vector<Program> programs;
    for (std::uint64_t number = first; number < first + count; ++number)
        programs.push_back(generate(campaign.seed, number, campaign.standard.processor));
    const MachineAnswers machine = run_programs(campaign.boot, programs);
    ++result.boots;
    result.problem = machine.problem;
    for (std::size_t at = 0; at < machine.answers.size(); ++at) {
        const Judged judged = judge(programs[at], machine.answers[at], campaign.standard);
        result.counts += judged.counts;
        if (judged.disagreement.empty()) continue;
        if (++result.disagreements > 1) continue;
        result.first_disagreement = explained(campaign, first + at, programs[at], judged.disagreement);
    }
}

} // namespace

CampaignResult run_campaign(const Campaign& campaign, const std::function<void(const CampaignResult&)>& progress)
{
    CampaignResult result;
    const auto start = Clock::now();
    for (std::uint64_t done = 0; done < campaign.count && result.problem.empty();) {
        const std::uint64_t count = std::min(campaign.programs_per_boot, campaign.count - done);
        run_boot(campaign, campaign.first + done, count, result);
        done += count;
        result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (progress) progress(result);
    }
    return result;
}

} // namespace drywalk::differential
