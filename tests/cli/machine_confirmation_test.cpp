// SPDX-License-Identifier: MIT
// Every scenario for Bochs and every workload of the capability kernel is confirmed by Bochs and QEMU, operation by
// operation. Boots real machines: a missing tool
// is a failure with the tool's own message, not a reason to pass.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::cli {
namespace {

using namespace test;
using nlohmann::json;

json boot(const fs::path& scenario, const std::vector<std::string>& disciplines = {})
{
    const Program program;
    std::vector<std::string> arguments{"boot", scenario.string(), "--on", "bochs", "--on", "qemu", "--format", "json"};
    for (const std::string& discipline : disciplines) {
        arguments.insert(arguments.end(), {"--discipline", discipline});
    }
    const Ran ran = program.run(arguments, std::chrono::seconds{240});
    EXPECT_EQ(ran.status, 0) << ran.err << ran.out;
    return ran.out.empty() ? json{} : json::parse(ran.out);
}

/// All is as predicted; Bochs shows every stale use and QEMU none. Returns how many Bochs showed.
std::uint64_t expect_confirmed(const json& document)
{
    std::uint64_t seen_on_bochs = 0;
    std::size_t runs = 0;
    if (!document.contains("runs")) return 0;
    for (const json& run : document.at("runs")) {
        SCOPED_TRACE(run.at("machine").get<std::string>() + " under " + run.at("discipline").get<std::string>());
        if (run.at("status") != "completed") {
            ADD_FAILURE() << run.dump();
            continue;
        }
        ++runs;
        EXPECT_EQ(run.at("different"), 0);
        EXPECT_GT(run.at("equal"), 0);
        const auto seen = run.at("predicted_stale_seen").get<std::uint64_t>();
        const auto not_seen = run.at("predicted_stale_not_seen").get<std::uint64_t>();
        EXPECT_EQ(run.at("equal").get<std::uint64_t>() + seen + not_seen, run.at("compared"));
        if (run.at("machine") == "bochs") {
            EXPECT_EQ(not_seen, 0U);
            seen_on_bochs += seen;
        } else {
            EXPECT_EQ(seen, 0U);
        }
    }
    EXPECT_GE(runs, 2U);
    return seen_on_bochs;
}

/// A discipline of the templates kernel with PCIDs, or the other kernel's policy.
bool uses_pcids(const json& document)
{
    const auto tagged = [](const json& discipline) { return discipline.get<std::string>().starts_with("pcid_"); };
    return std::ranges::any_of(document.value("disciplines", json::array()), tagged) ||
           document.value("/kernel/space_switch"_json_pointer, "cr3") != "cr3";
}

/// Those whose TLB is Bochs's, those with PCIDs, and the capability kernel's workloads, whatever machine prices them.
std::vector<fs::path> scenarios_to_confirm()
{
    std::vector<fs::path> files;
    for (const fs::path& file : shipped_scenarios()) {
        if (file.stem().string().starts_with("study_")) continue;
        const json document = json::parse(text_of(file));
        if (document.at("machine") == "bochs_2_7" || document.contains("kernel") || uses_pcids(document))
            files.push_back(file);
    }
    return files;
}

class MachineConfirmation : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Scenarios, MachineConfirmation, testing::ValuesIn(scenarios_to_confirm()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST_P(MachineConfirmation, BochsAndQemuAgreeWithThePrediction)
{
    const std::uint64_t seen = expect_confirmed(boot(GetParam()));
    const std::string name = GetParam().stem().string();
    const bool hazard_needs_pcids = uses_pcids(json::parse(text_of(GetParam()))); // neither emulator tags with them
    if (name.starts_with("bad_") && !hazard_needs_pcids) {
        EXPECT_GT(seen, 0U) << "the hazard was not confirmed";
    }
    if (name.starts_with("good_")) {
        EXPECT_EQ(seen, 0U);
    }
}

TEST(FirstScenario, IsConfirmedWithAndWithoutInvalidation)
{
    const fs::path file = scenarios / "cross_image_stale_global.json";
    EXPECT_GT(expect_confirmed(boot(file, {"global_no_flush", "global_invlpg_outgoing_under_kernel_cr3"})), 0U);
}

} // namespace
} // namespace drywalk::cli
