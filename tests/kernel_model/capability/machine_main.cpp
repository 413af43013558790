// SPDX-License-Identifier: MIT
// capability_machine_campaign: as many random programs as one likes on one machine, one boot each.

#include "tests/kernel_model/capability/machine_campaign.hpp"

#include <charconv>
#include <fmt/format.h>
#include <iostream>
#include <string_view>

namespace drywalk::reference {
namespace {

constexpr const char* usage = "usage: capability_machine_campaign [--machine bochs|qemu] [--seed S] [--count N]\n";

/// One option and its value. False: they are not known.
[[nodiscard]] bool take(MachineCampaign& campaign, std::string_view option, std::string_view value)
{
    if (option == "--machine") {
        campaign.target = value == "bochs" ? boot::Target::bochs : boot::Target::qemu;
        return value == "bochs" || value == "qemu";
    }
    std::uint64_t parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc{} || end != value.data() + value.size()) return false;
    if (option == "--seed") return campaign.first = parsed, true;
    if (option == "--count") return campaign.count = parsed, true;
    return false;
}

int run(int argument_count, char** arguments)
{
    MachineCampaign campaign{.kernel = DRYWALK_KERNEL_ELF, .count = 500};
    for (int at = 1; at < argument_count; at += 2) {
        if (at + 1 == argument_count || !take(campaign, arguments[at], arguments[at + 1])) {
            std::cerr << usage;
            return 2;
        }
    }
    if (const auto missing = missing_for(campaign.target)) {
        std::cerr << *missing << '\n';
        return 2;
    }
    const auto result = run_campaign(campaign, [&](const MachineCampaignResult& so_far) {
        fmt::print(stderr, "\r{} of {} programs, {} failed ", so_far.programs, campaign.count, so_far.failures);
    });
    fmt::print("\n{}: programs {}, operations {}, observations compared {}, failed {}, seconds {:.0f}\n",
               target_name(campaign.target), result.programs, result.operations, result.observations, result.failures,
               result.seconds);
    std::cout << result.first_failure;
    return result.failures == 0 ? 0 : 1;
}

} // namespace
} // namespace drywalk::reference

int main(int argument_count, char** arguments) { return drywalk::reference::run(argument_count, arguments); }
