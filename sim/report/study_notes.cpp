// SPDX-License-Identifier: MIT
#include "sim/report/study_notes.hpp"

#include "sim/scenario/pair_rate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace drywalk::report {

namespace {

/// Those of `study` that have nothing to tag address spaces with.
std::vector<std::string> without_pcids(const study::Study& study)
{
    std::vector<std::string> names;
    if (study.machine.profile.features.pcids) return names;
    for (const study::Row& row : study.rows) {
        if (uses_pcids(row.discipline)) names.emplace_back(scenario::discipline_name(row.discipline));
    }
    return names;
}

} // namespace

std::vector<std::string> study_notes(const study::Study& study)
{
    std::vector<std::string> notes = scenario::pair_rate_notes(study.scenario);
    if (const std::vector<std::string> names = without_pcids(study); !names.empty()) {
        notes.push_back(fmt::format("{} has no PCIDs: each MOV CR3 under {} removes what is not global.",
                                    study.machine.name, fmt::join(names, ", ")));
    }
    return notes;
}

} // namespace drywalk::report
