// SPDX-License-Identifier: MIT
// differential_long: as many random programs as one likes, on one machine.

#include "sim/machine/machine.hpp"
#include "tests/differential/campaign.hpp"

#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <iostream>

namespace drywalk::differential {
namespace {

constexpr const char* usage = "usage: differential_long [--machine bochs|qemu] [--count N] [--seed S] [--first N]\n"
                              "                         [--per-boot N]\n";

[[nodiscard]] std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One option and its value. False: neither is known.
[[nodiscard]] bool take(Campaign& campaign, std::string_view option, std::string_view value)
{
    if (option == "--machine") {
        if (value != "bochs" && value != "qemu") return false;
        campaign.boot.target = value == "bochs" ? Target::bochs : Target::qemu;
        return true;
    }
    const auto parsed = number(value);
    if (!parsed) return false;
    if (option == "--count") return campaign.count = *parsed, true;
    if (option == "--seed") return campaign.seed = *parsed, true;
    if (option == "--first") return campaign.first = *parsed, true;
    if (option == "--per-boot" && *parsed != 0) return campaign.programs_per_boot = *parsed, true;
    return false;
}

void show(const CampaignResult& result)
{
    const Counts& counts = result.counts;
    fmt::print("programs                          {}\n"
               "operations                        {}\n"
               "accesses                          {}\n"
               "page faults                       {}\n"
               "accesses that may go wrong        {}\n"
               "stale outcomes seen               {}\n"
               "  reads                           {}\n"
               "  writes                          {}\n"
               "  fetches                         {}\n"
               "  spurious faults                 {}\n"
               "in the oracle's set               {}\n"
               "only as no fault invalidates      {}\n"
               "only as invlpg spares code        {}\n"
               "reserved-bit faults without P     {}\n"
               "programs that disagree            {}\n"
               "boots                             {}\n"
               "seconds                           {:.0f}\n",
               counts.programs, counts.operations, counts.accesses, counts.faults, counts.may_go_wrong, counts.stale(),
               counts.stale_reads, counts.stale_writes, counts.stale_fetches, counts.spurious_faults, counts.permitted,
               counts.fault_invalidated_nothing, counts.code_spared, counts.reserved_not_present, result.disagreements,
               result.boots, result.seconds);
    std::cout << result.problem << (result.problem.empty() ? "" : "\n") << result.first_disagreement;
}

int run(int argument_count, char** arguments)
{
    Campaign campaign;
    campaign.count = 100'000;
    campaign.boot.payload = DRYWALK_DIFFERENTIAL_PAYLOAD;
    for (int at = 1; at < argument_count; at += 2) {
        if (at + 1 == argument_count || !take(campaign, arguments[at], arguments[at + 1])) {
            std::cerr << usage;
            return 2;
        }
    }
    campaign.standard =
        standard_for(campaign.boot.target, machine::load_machine(DRYWALK_MACHINES, "bochs_2_7").profile);
    const auto result = run_campaign(campaign, [&](const CampaignResult& so_far) {
        fmt::print(stderr, "\r{} of {} programs, {} disagree, {:.0f} s ", so_far.counts.programs, campaign.count,
                   so_far.disagreements, so_far.seconds);
    });
    fmt::print(stderr, "\n");
    show(result);
    return result.agrees() ? 0 : 1;
}

} // namespace
} // namespace drywalk::differential

int main(int argument_count, char** arguments) { return drywalk::differential::run(argument_count, arguments); }
