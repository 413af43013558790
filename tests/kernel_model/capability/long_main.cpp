// SPDX-License-Identifier: MIT
// capability_property_long: as many random programs as one likes, on the simulated processor.

#include "tests/kernel_model/capability/campaign.hpp"

#include <charconv>
#include <fmt/format.h>
#include <iostream>
#include <string_view>

namespace drywalk::reference {
namespace {

constexpr const char* usage = "usage: capability_property_long [--seed S] [--count N] [--judged-every N]\n";

/// One option and its value. False: they are not known.
[[nodiscard]] bool take(Campaign& campaign, std::string_view option, std::string_view value)
{
    std::uint64_t parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc{} || end != value.data() + value.size()) return false;
    if (option == "--seed") return campaign.first = parsed, true;
    if (option == "--count") return campaign.count = parsed, true;
    if (option == "--judged-every" && parsed != 0) return campaign.judged_every = parsed, true;
    return false;
}

void show(const CampaignResult& result)
{
    fmt::print("programs {}, of them judged {}, operations {}, states published {}\n", result.programs, result.judged,
               result.operations, result.published);
    for (std::size_t kind = 0; kind < result.observations.size(); ++kind)
        fmt::print("observations of kind {:>2} {:>10}\n", kind, result.observations[kind]);
    for (std::size_t counter = 0; counter < result.counters.size(); ++counter)
        fmt::print("counter {:>2} {:>23}\n", counter, result.counters[counter]);
    std::cout << result.failure;
}

int run(int argument_count, char** arguments)
{
    Campaign campaign;
    campaign.count = 10'000;
    for (int at = 1; at < argument_count; at += 2) {
        if (at + 1 == argument_count || !take(campaign, arguments[at], arguments[at + 1])) {
            std::cerr << usage;
            return 2;
        }
    }
    const CampaignResult result = run_campaign(campaign);
    show(result);
    return result.failure.empty() ? 0 : 1;
}

} // namespace
} // namespace drywalk::reference

int main(int argument_count, char** arguments) { return drywalk::reference::run(argument_count, arguments); }
