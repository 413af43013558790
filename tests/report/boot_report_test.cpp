// SPDX-License-Identifier: MIT
// The report about real machines: what each outcome is called, and what no machine is evidence for.
#include "sim/report/boot_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::report {
namespace {

using boot::MachineStatus;
using boot::Target;
using nlohmann::json;
using study::Confirmation;

scenario::Scenario named()
{
    scenario::Scenario scenario;
    scenario.name = "a_scenario";
    scenario.summary = "what it shows";
    return scenario;
}

Confirmation completed(Target target, std::size_t seen, std::size_t not_seen, std::size_t different)
{
    Confirmation result{kernel::Discipline::global_no_flush, target, MachineStatus::completed, "", 1.5, {}};
    boot::Comparison& counts = result.comparison;
    counts.equal = 100;
    counts.predicted_stale_seen = seen;
    counts.predicted_stale_not_seen = not_seen;
    counts.different = different;
    counts.compared = 100 + seen + not_seen + different;
    if (different != 0) {
        counts.first_difference = 7;
        counts.difference = "both sides\n";
    }
    return result;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string text_of(const Confirmation& confirmation) { return boot_text(named(), {confirmation}); }

TEST(BootText, NamesEachOutcome)
{
    EXPECT_TRUE(contains(text_of(completed(Target::bochs, 5, 0, 0)), "equal, hazard confirmed"));
    EXPECT_TRUE(contains(text_of(completed(Target::qemu, 0, 5, 0)), "equal, but for stale uses not seen"));
    const std::string clean = text_of(completed(Target::bochs, 0, 0, 0));
    EXPECT_TRUE(contains(clean, "bochs    equal  "));
    EXPECT_FALSE(contains(clean, "hazard confirmed"));
    const std::string different = text_of(completed(Target::bochs, 5, 0, 1));
    EXPECT_TRUE(contains(different, "DIFFERENT"));
    EXPECT_TRUE(contains(different, "first difference\nboth sides\n"));
    EXPECT_FALSE(contains(different, "confirmed"));
}

TEST(BootText, SaysThatQemuCannotShowStaleGlobals)
{
    EXPECT_TRUE(contains(text_of(completed(Target::qemu, 0, 5, 0)), "cannot show stale global entries"));
    EXPECT_FALSE(contains(text_of(completed(Target::bochs, 5, 0, 0)), "cannot show stale global entries"));
}

TEST(BootText, NeverCallsADisciplineSafe)
{
    for (const Target target : {Target::bochs, Target::qemu, Target::kvm})
        EXPECT_FALSE(contains(text_of(completed(target, 0, 0, 0)), "safe"));
}

TEST(BootText, SaysWhatOfTheScenarioWasNotUsed)
{
    scenario::Scenario scenario = named();
    scenario.machine = "zen4";
    const auto text = [&] { return boot_text(scenario, {completed(Target::bochs, 0, 0, 0)}); };
    EXPECT_TRUE(contains(text(), "\nnot used here: the scenario's machine zen4\n"));
    scenario.machine_overrides = {{"/costs/invlpg", "1"}};
    scenario.nested_page_size = x86::PageSize::size_4k;
    EXPECT_TRUE(contains(text(), "\nnot used here: the scenario's machine zen4, its overrides, its host\n"));
}

TEST(BootText, FitsOnAPage)
{
    std::vector<Confirmation> all;
    for (const Target target : {Target::bochs, Target::qemu})
        for (std::uint32_t index = 0; index < kernel::discipline_count; ++index) {
            all.push_back(completed(target, 14'000, 14'000, 0));
            all.back().discipline = static_cast<kernel::Discipline>(index);
        }
    const std::string text = boot_text(named(), all);
    for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
        EXPECT_LE(text.find('\n', start) - start, 100U) << text.substr(start, text.find('\n', start) - start);
}

TEST(BootText, SaysWhyAMachineDidNotRun)
{
    for (const MachineStatus status :
         {MachineStatus::missing_tool, MachineStatus::unusable, MachineStatus::timed_out, MachineStatus::failed}) {
        Confirmation confirmation = completed(Target::kvm, 0, 0, 0);
        confirmation.status = status;
        confirmation.message = "the reason";
        const std::string text = text_of(confirmation);
        EXPECT_TRUE(contains(text, "global_no_flush on kvm: the reason"));
        EXPECT_FALSE(contains(text, "kvm      equal"));
    }
}

TEST(BootJson, HasTheCountsOfEachRun)
{
    const json document =
        json::parse(boot_json(named(), {completed(Target::bochs, 5, 1, 0), completed(Target::qemu, 0, 6, 2)}));
    EXPECT_EQ(document.at("drywalk_boot"), 1);
    EXPECT_EQ(document.at("scenario"), "a_scenario");
    EXPECT_EQ(document.at("made_by").at("seed"), 1);
    const json& bochs = document.at("runs").at(0);
    EXPECT_EQ(bochs.at("machine"), "bochs");
    EXPECT_EQ(bochs.at("discipline"), "global_no_flush");
    EXPECT_EQ(bochs.at("compared"), 106);
    EXPECT_EQ(bochs.at("equal"), 100);
    EXPECT_EQ(bochs.at("predicted_stale_seen"), 5);
    EXPECT_EQ(bochs.at("predicted_stale_not_seen"), 1);
    EXPECT_EQ(bochs.at("different"), 0);
    EXPECT_EQ(bochs.at("agrees"), true);
    EXPECT_EQ(document.at("runs").at(1).at("different"), 2);
    EXPECT_EQ(document.at("runs").at(1).at("agrees"), false);
}

TEST(BootJson, GivesNoCountsForARunThatDidNotComplete)
{
    Confirmation confirmation = completed(Target::kvm, 0, 0, 0);
    confirmation.status = MachineStatus::unusable;
    confirmation.message = "no such device";
    const json run = json::parse(boot_json(named(), {confirmation})).at("runs").at(0);
    EXPECT_EQ(run.at("status"), "unusable");
    EXPECT_EQ(run.at("message"), "no such device");
    EXPECT_FALSE(run.contains("agrees"));
    EXPECT_FALSE(run.contains("equal"));
}

} // namespace
} // namespace drywalk::report
