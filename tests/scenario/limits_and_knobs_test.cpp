// SPDX-License-Identifier: MIT
// How much a scenario may ask for, mistakes that are told together, and machines as knobs of a sweep.
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

namespace drywalk::scenario::test {
namespace {

using nlohmann::json;

/// `message` must be one line that contains `fragment`.
void expect_complaint(const std::string& message, const std::string& fragment)
{
    EXPECT_NE(message.find(fragment), std::string::npos) << "said: " << message << "\nnot:  " << fragment;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(BadScenario, ProgramsTooLarge)
{
    json document = small_scenario();
    document["memory_bytes"] = 64 << 20;
    document["instances"][0]["working_set_pages"] = 8192;
    document["workload"]["pairs"]["count"] = 32'700;
    EXPECT_EQ(complaint_about(document), "");
    document["workload"]["pairs"]["count"] = 32'800;
    expect_complaint(complaint_about(document), "/workload/pairs/count: 268927200 accesses in all, each word of sum and"
                                                " fill counted (legal: up to 268435456)");
    document["memory_bytes"] = 128 << 20;
    document["instances"][0]["working_set_pages"] = 16384;
    document["workload"]["pairs"]["count"] = 1'000'000;
    expect_complaint(complaint_about(document), "/workload/pairs/count: 19016398 items and operations in all (legal: up"
                                                " to 16777216)");
}

TEST(BadScenario, TheWordsOfSumsCount)
{
    const auto summing = [](std::size_t runs) {
        const json item = {{"sum", {{"memory", 0}}}, {"count", 8192}};
        json operations = json::array({{{"call", {{"slot", 1}}}}});
        for (std::size_t run = 0; run < runs; ++run)
            operations.push_back({{"run", json(1024, item)}});
        operations.push_back({{"halt", json::object()}});
        return operations.dump();
    };
    EXPECT_EQ(complaint_about(operated_scenario(summing(32))), "");
    expect_complaint(complaint_about(operated_scenario(summing(33))),
                     "/workload/operations: 276824064 accesses in all, each word of sum and fill counted (legal: up to"
                     " 268435456)");
}

TEST(BadScenario, SeveralMistakesAreToldTogether)
{
    json document = small_scenario();
    document["summary"] = 5;
    document["images"][0]["colour"] = "red";
    document["workload"]["pairs"]["switch_percent"] = 101;
    const std::string shape = complaint_about(document);
    EXPECT_NE(shape.find("/images/0: unknown key \"colour\""), std::string::npos) << shape;
    EXPECT_NE(shape.find("/summary: 5 where string is legal"), std::string::npos) << shape;
    EXPECT_NE(shape.find("/workload/pairs/switch_percent: 101 is out of range"), std::string::npos) << shape;
    EXPECT_LT(shape.find("colour"), shape.find("101")) << "the graver first";

    document = small_scenario();
    document["machine"] = "pdp11";
    document["disciplines"] = {"not_global", "not_global"};
    document["workload"]["pairs"]["touches"] = {{"template_loads", 99}};
    document["expect"] = {{"global_no_flush", {{"cycles", {{"min", 2}, {"max", 1}}}}}};
    const std::string content = complaint_about(document);
    EXPECT_NE(content.find("/machine: unknown machine \"pdp11\""), std::string::npos) << content;
    EXPECT_NE(content.find("/disciplines/1: "), std::string::npos) << content;
    EXPECT_NE(content.find("template_loads: 99 pages"), std::string::npos) << content;
    EXPECT_NE(content.find("/expect/global_no_flush: the scenario does not run"), std::string::npos) << content;
    EXPECT_NE(content.find("/expect/global_no_flush/cycles: min 2 is above max 1"), std::string::npos) << content;
}

TEST(BadScenario, NoLegalValueIsNamedThatIsNone)
{
    const std::string message = complaint_with("/layout", {{"template", "0xfffffffffffff000"}});
    EXPECT_NE(message.find("/layout/template: 0xfffffffffffff000 lies in the kernel half (legal: "), std::string::npos);
    EXPECT_EQ(message.find("leaves"), std::string::npos) << message;
}

TEST(BadScenario, AMachineOverrideIsBlamedOnTheScenario)
{
    expect_complaint(complaint_with("/machine_overrides", {{"/costs/invlpg", -1}}),
                     "s.json: /machine_overrides/~1costs~1invlpg: -1 is out of range (legal: ");
    expect_complaint(complaint_with("/machine_overrides", {{"", json::object()}}),
                     "s.json: /machine_overrides/: \"\" is no number, name or flag of this profile (legal: a pointer");
    expect_complaint(complaint_with("/machine_overrides", {{"/costs/invlpg/source", "me"}}), "(legal: /costs/invlpg)");
    EXPECT_EQ(complaint_with("/machine_overrides", {{"/tlb/l1_data/0/geometry", {1, 4}}}), "");
}

TEST(Load, PageSizesAreReadInBothSpellings)
{
    for (const char* size : {"2m", "2M"}) {
        json document = small_scenario();
        document["images"][0]["template"] = {{"code_pages", 1}, {"page_size", size}};
        document["nested"] = {{"host_page_size", size}};
        const Scenario scenario = load_json(document);
        EXPECT_EQ(scenario.images[0].page_size, x86::PageSize::size_2m);
        EXPECT_EQ(scenario.nested_page_size, x86::PageSize::size_2m);
    }
}

TEST(Load, AShortSummaryWillDo) { EXPECT_EQ(complaint_with("/summary", "x"), ""); }

TEST(Load, AMachineOfTheUsersLiesBesideTheScenario)
{
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path() / "mine");
    (void)directory.write("mine/my.json", R"({"extends": "zen4", "title": "Another Zen 4"})");
    json document = small_scenario();
    for (const char* name : {"./my.json", "my.json"}) {
        document["machine"] = name;
        const Scenario scenario = load_scenario(directory.write("mine/s.json", document.dump()), data);
        EXPECT_EQ(scenario.machine, (directory.path() / "mine/my.json").string());
    }
    document["machine"] = "./other.json";
    EXPECT_THROW((void)load_scenario(directory.write("mine/s.json", document.dump()), data), InputError);
}

TEST(Sweep, MachinesOverridesAndHostsAreKnobs)
{
    json document = small_scenario();
    document["sweep"] = {{"knobs",
                          {{{"pointer", "/machine"}, {"values", {"tiny_by_hand", "zen4"}}},
                           {{"pointer", "/machine_overrides/~1costs~1invlpg"}, {"values", {150, nullptr}}},
                           {{"pointer", "/nested"}, {"values", {nullptr, {{"host_page_size", "2m"}}}}}}}};
    const Scenario scenario = load_json(document);
    ASSERT_EQ(scenario.sweep.points.size(), 8U);
    const Scenario& first = scenario.sweep.points.front().scenario;
    EXPECT_EQ(first.machine, "tiny_by_hand");
    ASSERT_EQ(first.machine_overrides.size(), 1U);
    EXPECT_EQ(first.machine_overrides[0].value, "150");
    EXPECT_EQ(first.nested_page_size, std::nullopt);
    const Scenario& last = scenario.sweep.points.back().scenario;
    EXPECT_EQ(last.machine, "zen4");
    EXPECT_TRUE(last.machine_overrides.empty());
    EXPECT_EQ(last.nested_page_size, x86::PageSize::size_2m);
}

TEST(BadSweep, PointersAndValuesThatFitNothingAreBlamedOnTheKnob)
{
    const auto knobs = [](const json& all) { return complaint_with("/sweep", {{"knobs", all}}); };
    expect_complaint(knobs({{{"pointer", "/images/99999999999999999999/name"}, {"values", {"x"}}}}),
                     "s.json: /sweep/knobs/0: \"/images/99999999999999999999/name\" leads nowhere in this scenario");
    expect_complaint(knobs({{{"pointer", "/images/00/name"}, {"values", {"x"}}}}), "leads nowhere in this scenario");
    expect_complaint(knobs({{{"pointer", "/machine"}, {"values", {"zen4", "pdp11"}}}}),
                     "/sweep/knobs/0/values/1: with this value, /machine: unknown machine \"pdp11\"");
    expect_complaint(
        knobs({{{"pointer", "/machine_overrides/~1costs~1invlpg"}, {"values", {-1}}}}),
        "/sweep/knobs/0/values/0: with this value, /machine_overrides/~1costs~1invlpg: -1 is out of range");
    expect_complaint(
        knobs({{{"pointer", "/images/0"}, {"values", {nullptr}}}}),
        "/sweep/knobs/0/values/0: with this value, /: null leaves keys out, and this is an element of a list");
}

} // namespace
} // namespace drywalk::scenario::test
