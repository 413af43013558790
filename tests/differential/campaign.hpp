// SPDX-License-Identifier: MIT
// Many random programs on one machine, and what is left of one that disagrees.
#pragma once

#include "tests/differential/judge.hpp"

#include <functional>

namespace drywalk::differential {

struct Campaign {
    Boot boot;
    Standard standard;
    std::uint64_t seed = 1;
    std::uint64_t first = 0; ///< number of the first program
    std::uint64_t count = 1;
    std::uint64_t programs_per_boot = 4000;
};

struct CampaignResult {
    std::string problem; ///< the machine could not be asked; empty otherwise
    Counts counts;
    std::uint64_t disagreements = 0; ///< programs
    std::string first_disagreement;  ///< minimised and explained
    std::uint64_t boots = 0;
    double seconds = 0; ///< all of it

    [[nodiscard]] bool agrees() const { return problem.empty() && disagreements == 0; }
};

/// `progress` is called after each boot.
[[nodiscard]] CampaignResult run_campaign(const Campaign& campaign,
                                          const std::function<void(const CampaignResult&)>& progress = {});

/// The smallest program found by leaving things out of `program` that still disagrees, with the machine's answer.
struct Minimised {
    Program program;
    Answer answer;
};
[[nodiscard]] Minimised minimise(const Program& program, const Boot& boot, const Standard& standard);

} // namespace drywalk::differential
