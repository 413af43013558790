// SPDX-License-Identifier: MIT
// Many random programs on the simulated processor, up to the first that does not do what it means.
#pragma once

#include "kernel_model/program/observation.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace drywalk::reference {

struct Campaign {
    std::uint64_t first = 0; ///< seed
    std::uint64_t count = 0;
    std::uint64_t judged_every = 10; ///< each that many is run again under the judge
};

struct CampaignResult {
    std::uint64_t programs = 0;
    std::uint64_t judged = 0;
    std::uint64_t operations = 0;
    std::array<std::uint64_t, kernel::observation_kind_count> observations{}; ///< compared, by kind
    std::uint64_t published = 0;                                              ///< states with new pages
    std::array<std::uint64_t, kernel::counter_count> counters{};              ///< the kernel's, added up
    std::string failure; ///< the first one, minimised, with everything to reproduce it; empty if there is none
};

/// `progress` is called after each program.
[[nodiscard]] CampaignResult run_campaign(const Campaign& campaign,
                                          const std::function<void(const CampaignResult&)>& progress = {});

} // namespace drywalk::reference
