// SPDX-License-Identifier: MIT
#include "sim/scenario/load.hpp"

namespace drywalk::scenario {

namespace {

using Knob = std::optional<std::uint32_t>;

/// The values of a knob, or none at all once.
[[nodiscard]] std::vector<Knob> values_of(const std::vector<std::uint32_t>& values)
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

[[nodiscard]] Variant variant_of(const Scenario& scenario, Knob template_pages, Knob switch_percent)
{
    Variant variant{scenario, template_pages, switch_percent};
    if (template_pages) set_template_pages(variant.scenario, *template_pages);
    if (switch_percent) variant.scenario.workload.pairs->switch_percent = *switch_percent;
    return variant;
}

} // namespace

std::vector<Variant> expand(const Scenario& scenario)
{
    std::vector<Variant> variants{{scenario, std::nullopt, std::nullopt}};
    const Sweep& sweep = scenario.sweep;
    if (sweep.template_pages.empty() && sweep.switch_percents.empty()) return variants;
    for (const Knob pages : values_of(sweep.template_pages)) {
        for (const Knob percent : values_of(sweep.switch_percents))
            variants.push_back(variant_of(scenario, pages, percent));
    }
    return variants;
}

} // namespace drywalk::scenario
