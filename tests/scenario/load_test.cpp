// SPDX-License-Identifier: MIT
// Scenarios: what a good one becomes, and what is said about each kind of bad one.
#include "kernel_model/program/layout.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::scenario::test {
namespace {

using kernel::Discipline;
using nlohmann::json;

TEST(Load, FillsInTheDefaults)
{
    json document = small_scenario();
    document.erase("instances");
    document.erase("placement");
    const Scenario scenario = load_json(document);
    EXPECT_EQ(scenario.name, "s");
    EXPECT_EQ(scenario.seed, 1U);
    EXPECT_EQ(scenario.memory_bytes, 32U << 20);
    EXPECT_EQ(scenario.disciplines.size(), kernel::discipline_count_without_pcids);
    EXPECT_EQ(scenario.pcids, 6U);
    EXPECT_EQ(scenario.placement.lines, kernel::LinePlacement::spread);
    EXPECT_EQ(scenario.placement.frames, kernel::FramePlacement::scattered);
    EXPECT_EQ(scenario.layout.template_base, kernel::layout::default_template);
    ASSERT_EQ(scenario.instances.size(), 2U) << "one of each Image";
    EXPECT_EQ(scenario.instances[1].name, "B");
    EXPECT_EQ(scenario.instances[1].image, 1U);
    ASSERT_TRUE(scenario.workload.pairs);
    EXPECT_EQ(scenario.workload.pairs->order, (std::vector<std::uint32_t>{0, 1}));
    EXPECT_EQ(scenario.workload.pairs->switch_percent, 100U);
    EXPECT_EQ(scenario.workload.pairs->touches.template_loads, all_pages);
    EXPECT_EQ(scenario.workload.pairs->touches.template_stores, 0U);
}

TEST(Load, ReadsEveryField)
{
    json document = small_scenario();
    document["seed"] = 7;
    document["memory_bytes"] = 64 << 20;
    document["disciplines"] = {"global_pge_toggle", "not_global"};
    document["partial_pages"] = 3;
    document["pcids"] = 2;
    document["layout"] = {{"template", "0x10000000000"}, {"stack", "0x10080000000"}, {"working_set", "0x100C0000000"}};
    document["images"][1]["template"] = {{"code_pages", 1}, {"page_size", "2M"}, {"data_writable", true}};
    document["workload"]["pairs"] = {{"count", 5}, {"order", {"b", "a", "a"}}, {"switch_percent", 30}};
    document["workload"]["pairs"]["touches"] = {{"template_loads", 2}, {"template_calls", 0}, {"beyond_template", 9}};
    document["sweep"] = {{"switch_percents", {0, 50}}};
    document["expect"] = {{"not_global", {{"stale_loads", 0}, {"cycles", {{"min", 5}}}}}};

    const Scenario scenario = load_json(document);
    EXPECT_EQ(scenario.seed, 7U);
    EXPECT_EQ(scenario.memory_bytes, 64U << 20);
    EXPECT_EQ(scenario.disciplines, (std::vector{Discipline::global_pge_toggle, Discipline::not_global}));
    EXPECT_EQ(scenario.partial_pages, 3U);
    EXPECT_EQ(scenario.pcids, 2U);
    EXPECT_EQ(scenario.placement.lines, kernel::LinePlacement::first);
    EXPECT_EQ(scenario.placement.frames, kernel::FramePlacement::in_order);
    EXPECT_EQ(scenario.layout.working_set_base.value(), 0x100'c000'0000U);
    EXPECT_EQ(scenario.images[1].page_size, x86::PageSize::size_2m);
    EXPECT_TRUE(scenario.images[1].data_writable);
    EXPECT_EQ(scenario.workload.pairs->order, (std::vector<std::uint32_t>{1, 0, 0}));
    EXPECT_EQ(scenario.workload.pairs->touches.template_loads, 2U);
    EXPECT_EQ(scenario.workload.pairs->touches.beyond_template, 9U);
    EXPECT_EQ(scenario.sweep.switch_percents, (std::vector<std::uint32_t>{0, 50}));
    ASSERT_EQ(scenario.expectations.size(), 1U);
    EXPECT_EQ(scenario.expectations[0].stale_loads->maximum, 0U);
    EXPECT_EQ(scenario.expectations[0].cycles->minimum, 5U);
    EXPECT_EQ(scenario.expectations[0].cycles->maximum, ~std::uint64_t{0});
    EXPECT_FALSE(scenario.expectations[0].invlpgs);
}

TEST(Load, ReadsSteps)
{
    const Scenario scenario = load_json(stepped_scenario(R"([
        {"call": "b"},
        {"run": [{"load": "0x8040200008"}, {"call": {"template_page": 2}}, {"load": {"template_page": 1}},
                 {"store": {"working_set_page": 1}, "value": 5}, {"load": {"template_page": 3, "offset": 16}}]},
        {"halt": true}])"));
    const std::vector<Step>& steps = scenario.workload.steps;
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_FALSE(scenario.workload.pairs);
    EXPECT_EQ(steps[0].instance, 1U);
    EXPECT_EQ(steps[2].kind, kernel::OperationKind::halt);
    const std::vector<kernel::UserItem>& items = steps[1].items;
    ASSERT_EQ(items.size(), 5U);
    EXPECT_EQ(items[0].address, 0x80'4020'0008U);
    EXPECT_EQ(items[1].address, 0x80'4020'2000U);
    EXPECT_EQ(items[1].action, kernel::UserAction::call);
    EXPECT_EQ(items[2].address, 0x80'4020'1008U);
    EXPECT_EQ(items[3].address, 0x80'c040'a010U);
    EXPECT_EQ(items[3].value, 5U);
    EXPECT_EQ(items[4].address, 0x80'4020'3010U);
}

TEST(Load, ReadsAnExchange)
{
    json document =
        stepped_scenario(R"([{"exchange": {"instance": "a", "working_set_pages": [0, 1]}}, {"call": "a"}])");
    const Scenario scenario = load_json(document);
    const Step& step = scenario.workload.steps.at(0);
    EXPECT_EQ(step.kind, kernel::OperationKind::exchange);
    EXPECT_EQ(step.exchange.instance, 0U);
    EXPECT_EQ(step.exchange.first, 0U);
    EXPECT_EQ(step.exchange.second, 1U);
}

/// Where a step does not say the offset, it is that of the page's line, and the code lies there alone.
TEST(Load, PlacesAnActionInTheLineOfItsPage)
{
    json document = stepped_scenario(R"([{"call": "a"}, {"run": [
        {"load": {"template_page": 1}}, {"call": {"template_page": 2}},
        {"store": {"working_set_page": 1}, "value": 5}, {"load": {"template_page": 3, "offset": 16}}]}])");
    document.erase("placement");
    const auto line = [](std::uint64_t page) {
        return page * 4096 + kernel::line_offset(kernel::LinePlacement::spread, page);
    };
    const std::vector<kernel::UserItem> items = load_json(document).workload.steps.at(1).items;
    EXPECT_EQ(items.at(0).address, line(0x80'4020'1) + 8);
    EXPECT_EQ(items.at(1).address, line(0x80'4020'2));
    EXPECT_EQ(items.at(2).address, line(0x80'c040'a) + 16);
    EXPECT_EQ(items.at(3).address, 0x80'4020'3010U);
}

/// `message` must be one line that contains `fragment`.
void expect_complaint(const std::string& message, const std::string& fragment)
{
    EXPECT_NE(message.find(fragment), std::string::npos) << "said: " << message << "\nnot:  " << fragment;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(BadScenario, WrongShape)
{
    expect_complaint(complaint_with("/machines", 1),
                     "s.json: /: unknown key \"machines\" (legal: $schema, caps, disciplines,");
    expect_complaint(complaint_with("/images/1/template/pages", 1),
                     "s.json: /images/1/template: unknown key \"pages\" (legal: code_pages, data_pages,");
    expect_complaint(complaint_with("/images/0/template/code_pages", "3"),
                     "s.json: /images/0/template/code_pages: \"3\" where integer is legal");
    expect_complaint(complaint_with("/images/0/template/code_pages", 3.5), "3.5 where integer is legal");
    expect_complaint(complaint_with("/images/0/template/code_pages", -1), "-1 is out of range (legal: 0 to 262144)");
    expect_complaint(complaint_with("/images/0/template/page_size", "1G"), "\"1G\" is unknown (legal: 4k, 2m, 4K, 2M)");
    expect_complaint(complaint_with("/images/0/name", "A B"), "/images/0/name: \"A B\" has the wrong form");
    expect_complaint(complaint_with("/images", json::array()), "/images: 0 elements (legal: 1 to 64)");
    expect_complaint(complaint_with("/summary", ""), "/summary: \"\" has 0 characters (legal: 1 to 1000");
    expect_complaint(complaint_with("/disciplines", {"flush"}),
                     "/disciplines/0: \"flush\" is unknown (legal: not_global, global_no_flush,");
    expect_complaint(complaint_with("/workload/steps", json::array({{{"halt", true}}})),
                     "/workload: needs exactly one of the keys pairs, steps");
    expect_complaint(complaint_with("/workload/pairs/touches", {{"template_loads", "most"}}),
                     "/workload/pairs/touches/template_loads: \"most\"");
    expect_complaint(complaint_with("/expect", {{"not_global", json::object()}}), "/expect/not_global: 0 keys");
    expect_complaint(complaint_with("/seed", 18446744073709551615U), "/seed: 18446744073709551615 is out of range");
    expect_complaint(complaint_about(json::array()), "s.json: /: an array where object is legal");
    json without = small_scenario();
    without.erase("machine");
    expect_complaint(complaint_about(without),
                     "s.json: /: key \"machine\" is missing (required: summary, machine, images, workload)");
}

TEST(BadScenario, PcidsOfTheOtherKernel)
{
    json document = capability_scenario();
    document["disciplines"] = {"not_global", "pcid_flush"};
    expect_complaint(complaint_about(document),
                     "/disciplines/1: \"pcid_flush\" is of the templates kernel (legal with a"
                     " key \"kernel\": a space_switch in it)");
    EXPECT_THROW(require_disciplines(load_json(capability_scenario()), {Discipline::pcid_tracked}), InputError);
    require_disciplines(load_json(capability_scenario()), {Discipline::not_global});
    require_disciplines(load_json(small_scenario()), {Discipline::pcid_tracked});
    expect_complaint(complaint_with("/pcids", 0), "/pcids: 0 is out of range (legal: 1 to 256)");
}

TEST(BadScenario, ASwitchRateThatNoPairIsLeftOf)
{
    expect_complaint(complaint_with("/workload/pairs/switch_percent", 5),
                     "/workload/pairs/switch_percent: 5 % of 10 pairs is no Image switch at all (legal: 0, or at least"
                     " 12; or more pairs)");
    expect_complaint(complaint_with("/sweep", {{"switch_percents", {0, 12, 11}}}),
                     "/sweep/switch_percents/2: 11 % of 10 pairs");
    EXPECT_EQ(complaint_with("/workload/pairs/switch_percent", 12), "");
    EXPECT_EQ(complaint_with("/workload/pairs/switch_percent", 0), "");
    json document = small_scenario();
    document["workload"]["pairs"] = {{"count", 10}, {"order", {"a"}}, {"switch_percent", 5}};
    EXPECT_EQ(complaint_about(document), "") << "a single Instance has nothing to switch to";
    json ping_pong = capability_scenario();
    ping_pong["workload"] = {{"ping_pong", {{"pairs", 10}, {"switch_percent", 5}}}};
    expect_complaint(complaint_about(ping_pong), "/workload/ping_pong/switch_percent: 5 % of 10 pairs");
}

TEST(BadScenario, WrongSteps)
{
    const auto complaint = [](const std::string& steps) { return complaint_about(stepped_scenario(steps)); };
    expect_complaint(
        complaint(R"([{"exchange": {"instance": "a", "working_set_pages": [0, 2]}}])"),
        "/workload/steps/0/exchange: no page 2 to exchange in the working set of Instance \"a\" (legal: two"
        " of its first 2 pages, of 2)");
    expect_complaint(complaint(R"([{"exchange": {"instance": "c", "working_set_pages": [0, 1]}}])"),
                     "/workload/steps/0/exchange/instance: unknown Instance \"c\"");
    const auto item = [&](const std::string& text) { return complaint(R"([{"call": "a"}, {"run": [)" + text + "]}]"); };
    expect_complaint(complaint(R"([{"call": "a", "halt": true}])"), "/workload/steps/0: needs exactly one of the keys");
    expect_complaint(complaint(R"([{"call": "c"}])"), "/workload/steps/0/call: unknown Instance \"c\" (known: a, b)");
    expect_complaint(complaint(R"([{"halt": true}])"), "/workload/steps/0: no frame is open here");
    expect_complaint(complaint(R"([{"call": "a"}, {"halt": true}, {"run": [{"load": "0x8040200008"}]}])"),
                     "/workload/steps/2: no frame is open here");
    expect_complaint(item(R"({"load": "0x8040200008", "call": "0x8040200000"})"),
                     "run/0: needs exactly one of the keys");
    expect_complaint(item(R"({"store": "0x8040200010"})"), "run/0: key \"store\" needs key \"value\" beside it");
    expect_complaint(item(R"({"load": "0x8040200008", "value": 1})"), "key \"value\" needs key \"store\" beside it");
    expect_complaint(item(R"({"load": {"offset": 8}})"), "run/0/load: needs exactly one of the keys template_page");
    expect_complaint(item(R"({"load": "8040200008"})"), "run/0/load: \"8040200008\" has the wrong form");
    expect_complaint(item(R"({"load": "0x800000000000"})"), "\"0x800000000000\" is not canonical");
    expect_complaint(item(R"({"load": "0xffff800000000000"})"), "0xffff800000000000 lies in the kernel half");
    expect_complaint(item(R"({"call": "0xffffffff80100000"})"), "lies in the kernel half");
    expect_complaint(item(R"({"load": "0x401000"})"), "0x401000 lies in the first GiB");
    expect_complaint(item(R"({"load": "0x8040200004"})"), "0x8040200004 is unaligned (legal: a multiple of 8)");
    expect_complaint(item(R"({"call": "0x8040200008"})"),
                     "is not where its page has code (legal for a call: offset 0x0 in this page)");
    expect_complaint(item(R"({"store": {"template_page": 0, "offset": 8}, "value": 1})"), "page's marks");
    std::string calls = R"([{"call": "a"})";
    for (std::uint32_t frame = 1; frame < kernel::max_call_depth; ++frame)
        calls += R"(, {"call": "a"})";
    EXPECT_EQ(complaint(calls + "]"), "");
    expect_complaint(complaint(calls + R"(, {"call": "a"}])"),
                     "/workload/steps/64: opens frame 65 (legal: at most 64)");
}

TEST(BadScenario, NamesThatLeadNowhere)
{
    expect_complaint(
        complaint_with("/machine", "pdp11"),
        "s.json: /machine: unknown machine \"pdp11\" (known: bochs_2_7, icelake_sp, qemu_tcg, sapphire_rapids");
    expect_complaint(complaint_with("/machine", "../scenarios/x"), "/machine: ");
    expect_complaint(complaint_with("/instances/1/image", "C"),
                     "/instances/1/image: unknown Image \"C\" (known: A, B)");
    expect_complaint(complaint_with("/workload/pairs/order", {"a", "x"}), "/workload/pairs/order/1: unknown Instance");
    expect_complaint(complaint_with("/images/1/name", "A"), "/images/1/name: \"A\" is the name of /images/0 too");
    expect_complaint(complaint_with("/instances/1/name", "a"),
                     "/instances/1/name: \"a\" is the name of /instances/0 too");
    expect_complaint(complaint_with("/disciplines", {"not_global", "not_global"}),
                     "/disciplines/1: \"not_global\" stands");
    json document = small_scenario();
    document["disciplines"] = {"not_global"};
    document["expect"] = {{"global_no_flush", {{"stale_loads", 0}}}};
    expect_complaint(complaint_about(document), "/expect/global_no_flush: the scenario does not run this discipline");
    document["expect"] = {{"not_global", {{"stale_loads", {{"min", 2}, {"max", 1}}}}}};
    expect_complaint(complaint_about(document), "/expect/not_global/stale_loads: min 2 is above max 1");
}

TEST(BadScenario, PlacesThatCannotBe)
{
    const auto place = [](const char* what, const char* where) {
        return complaint_with(std::string{"/layout"}, {{what, where}});
    };
    expect_complaint(place("template", "0x0000900000000000"),
                     "/layout/template: \"0x0000900000000000\" is not canonical");
    expect_complaint(place("template", "0xffff900000000000"),
                     "/layout/template: 0xffff900000000000 lies in the kernel");
    expect_complaint(place("template", "0x200000"), "/layout/template: 0x200000 lies in the first GiB");
    expect_complaint(place("template", "0x8040200800"),
                     "/layout/template: 0x8040200800 is unaligned (legal: a multiple of"
                     " 0x1000)");
    expect_complaint(place("stack", "0x8080408001"), "/layout/stack: 0x8080408001 is unaligned");
    expect_complaint(place("stack", "0x804ffff000"),
                     "/layout/stack: the stack (0x804ffff000 to 0x804fffffff) overlaps the"
                     " template's 1 GiB region (0x8040000000 to 0x807fffffff)");
    expect_complaint(place("working_set", "0x8040200000"), "/layout/working_set: the working set");
    expect_complaint(place("working_set", "0x8080407000"), "overlaps the stack (0x8080408000 to 0x8080408fff)");
    expect_complaint(place("working_set", "0x7ffffffff000"), "2 pages from 0x7ffffffff000 run into the kernel half");
    expect_complaint(place("working_set", "0x803ffff000"), "overlaps the template's 1 GiB region");
    EXPECT_EQ(place("working_set", "0x803fffe000"), "") << "two pages fit exactly below the region";
    EXPECT_EQ(place("working_set", "0x7fffffffe000"), "") << "two pages fit exactly below the kernel half";
    EXPECT_EQ(place("stack", "0x40000000"), "") << "the first address above the first GiB";
}

TEST(BadScenario, ALargeLeafNeedsALargeAlignment)
{
    json document = small_scenario();
    document["layout"] = {{"template", "0x8040201000"}};
    EXPECT_EQ(complaint_about(document), "");
    document["images"][1]["template"]["page_size"] = "2M";
    expect_complaint(complaint_about(document),
                     "/layout/template: 0x8040201000 is unaligned (legal: a multiple of 0x200000");
}

TEST(BadScenario, TemplatesThatDoNotFit)
{
    expect_complaint(complaint_with("/images/0/template", {{"code_pages", 0}}), "/images/0/template: no pages");
    json document = small_scenario();
    document["memory_bytes"] = std::uint64_t{1} << 31;
    document["images"][0]["template"] = {{"code_pages", 261'632}};
    EXPECT_EQ(complaint_about(document), "") << "fills the region from 0x8040200000 on";
    document["images"][0]["template"]["data_pages"] = 1;
    expect_complaint(complaint_about(document), "/images/0/template: 261633 leaves from 0x8040200000 reach beyond the"
                                                " template's region, the 1 GiB to 0x8080000000 (legal: at most 261632");
}

TEST(BadScenario, OutOfMemory)
{
    json document = small_scenario();
    document["images"][0]["template"]["code_pages"] = 8192;
    expect_complaint(
        complaint_about(document),
        "s.json: /memory_bytes: out of memory: needs 38 MiB, memory_bytes is 32 MiB (legal: at least 39845888)");
    document["memory_bytes"] = 39845888;
    EXPECT_EQ(complaint_about(document), "");
    expect_complaint(complaint_with("/memory_bytes", (8 << 20) + 4096),
                     "/memory_bytes: 8392704 is no multiple of 2 MiB");
}

TEST(BadScenario, TouchesOfPagesThatAreNotThere)
{
    const auto touches = [](const json& value) { return complaint_with("/workload/pairs/touches", value); };
    EXPECT_EQ(touches({{"template_loads", 4}, {"template_calls", 3}, {"template_stores", 1}}), "");
    expect_complaint(touches({{"template_loads", 5}}),
                     "/workload/pairs/touches/template_loads: 5 pages, but Instance \"a\""
                     " has 4 (legal: 0 to 4, or \"all\")");
    expect_complaint(touches({{"template_calls", 4}}), "template_calls: 4 pages, but Instance \"a\" has 3");
    expect_complaint(touches({{"template_stores", 2}}), "template_stores: 2 pages, but Instance \"a\" has 1");
    expect_complaint(touches({{"working_set_loads", 1}}), "working_set_loads: 1 pages, but Instance \"b\" has 0");
    EXPECT_EQ(touches({{"beyond_template", 261'628}}), "");
    expect_complaint(touches({{"beyond_template", 261'629}}),
                     "beyond_template: 261629 pages past the template of Instance");
    expect_complaint(touches({{"template_loads", 0}, {"template_calls", 0}}), "Instance \"b\" would touch nothing");
}

TEST(BadScenario, SweepsThatLeadOut)
{
    json document = small_scenario();
    document["sweep"] = {{"template_pages", {1, 16, 8192}}};
    expect_complaint(complaint_about(document),
                     "s.json: /sweep/template_pages/2: with this value, /memory_bytes: out of memory: needs 70 MiB");
    document = stepped_scenario(R"([{"call": "a"}])");
    document["sweep"] = {{"switch_percents", {1}}};
    expect_complaint(complaint_about(document), "/sweep: a sweep needs the pairs form of the workload");
}

/// The files of scenarios/ that are no scenarios.
const std::set<std::string> other_files{"scenario.schema.json", "machine.schema.json",
                                        "kernel_instruction_counts.json"};

TEST(Load, AllShippedScenariosLoad)
{
    std::size_t tests = 0;
    for (const auto& entry : std::filesystem::directory_iterator{data.scenarios}) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != ".json" || other_files.contains(name)) continue;
        SCOPED_TRACE(name);
        const Scenario scenario = load_scenario(entry.path(), data);
        if (!scenario.expectations.empty()) ++tests;
        for (const Discipline discipline : scenario.disciplines)
            EXPECT_FALSE(compile_program(scenario, discipline).empty());
    }
    EXPECT_GE(tests, 14U) << "scenarios that expect something";
}

} // namespace
} // namespace drywalk::scenario::test
