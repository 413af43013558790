// SPDX-License-Identifier: MIT
#include "sim/scenario/load.hpp"

namespace drywalk::scenario {

namespace {

using Choice = std::optional<std::uint32_t>;

/// The values of a knob, or none at all once.
[[nodiscard]] std::vector<Choice> values_of(const std::vector<std::uint32_t>& values)
{
    if (values.empty()) return {std::nullopt};
    return {values.begin(), values.end()};
}

void set_template_pages(Scenario& scenario, std::uint32_t pages)
{
    for (Image& image : scenario.images)
        image.code_pages = pages;
    Touches& touches = scenario.workload.pairs->touches;
    for (std::uint32_t* count : {&touches.template_loads, &touches.template_calls, &touches.template_stores}) {
        if (*count != 0) *count = all_pages;
    }
}

[[nodiscard]] Variant variant_of(const Scenario& scenario, Choice template_pages, Choice switch_percent)
{
    Variant variant{scenario, template_pages, switch_percent, {}};
    if (template_pages) set_template_pages(variant.scenario, *template_pages);
    if (switch_percent) variant.scenario.workload.pairs->switch_percent = *switch_percent;
    return variant;
}

} // namespace

std::vector<Variant> expand(const Scenario& scenario)
{
    std::vector<Variant> variants{{scenario, std::nullopt, std::nullopt, {}}};
    const Sweep& sweep = scenario.sweep;
    for (const SweepPoint& point : sweep.points)
        variants.push_back({point.scenario, std::nullopt, std::nullopt, point.values});
    if (sweep.template_pages.empty() && sweep.switch_percents.empty()) return variants;
    for (const Choice pages : values_of(sweep.template_pages)) {
        for (const Choice percent : values_of(sweep.switch_percents))
            variants.push_back(variant_of(scenario, pages, percent));
    }
    return variants;
}

} // namespace drywalk::scenario
