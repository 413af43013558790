// SPDX-License-Identifier: MIT
// Scenarios of the capability kernel: what a good one becomes, and what is said about each kind of bad one.
#include "sim/scenario/memory_need.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

namespace drywalk::scenario::test {
namespace {

using kernel::Discipline;
using nlohmann::json;

TEST(LoadCapabilities, FillsInTheDefaults)
{
    const Scenario scenario = load_json(capability_scenario());
    EXPECT_TRUE(has_capabilities(scenario));
    EXPECT_EQ(scenario.disciplines, std::vector{Discipline::not_global});
    EXPECT_EQ(scenario.policies.copy_on_write, 1U);
    EXPECT_EQ(scenario.policies.state_cache_pages, 1024U);
    EXPECT_EQ(scenario.memory_bytes % (2 << 20), 0U);
    EXPECT_GE(scenario.memory_bytes, memory_need(scenario) + (64 << 20));
    EXPECT_EQ(scenario.caps[1].seed, 7U);
    EXPECT_EQ(pages_of(scenario.caps[0].bytes), 2U);
    EXPECT_EQ(scenario.workload.recursion->slot, 255U);
    EXPECT_EQ(scenario.workload.recursion->repeat, 1U);
}

TEST(LoadCapabilities, TheStateCacheGrowsWithWhatItHasToHold)
{
    json document = capability_scenario();
    document["caps"][0] = {{"name", "data"}, {"pages", 700}};
    document["images"][0]["memory"][1]["pages"] = 700;
    document["images"][0]["memory"][2]["start"] = "0x60000000";
    const Scenario scenario = load_json(document);
    EXPECT_EQ(scenario.policies.state_cache_pages, 4608U) << "2 * (700 + 16 + 2 * 700), in units of 512";
}

TEST(LoadCapabilities, ADeepRecursionGetsMemoryForItsFrames)
{
    json document = capability_scenario();
    document["workload"] = {{"sub_vm_recurse", {{"depth", 100}, {"instance", "a"}}}};
    const std::uint64_t shared = load_json(document).memory_bytes;
    document["kernel"]["rung"] = "template_tables";
    const std::uint64_t private_copies = load_json(document).memory_bytes;
    EXPECT_GE(private_copies - shared, 2U * 101 * 25 * 4096 - (2 << 20)) << "25 pages a frame, two RPCs";
    document["workload"]["sub_vm_recurse"]["depth"] = 9999;
    EXPECT_EQ(load_json(document).memory_bytes, 2U << 30) << "no more than there can be";
}

TEST(LoadCapabilities, PoliciesFollowFromEachOther)
{
    const auto policies = [](const json& kernel) {
        json document = capability_scenario();
        document["kernel"] = kernel;
        return load_json(document).policies;
    };
    EXPECT_EQ(policies({{"storage", "packed"}}).mapping, kernel::MemoryMapping::overlay);
    EXPECT_EQ(policies({{"storage", "packed"}}).copy_on_write, 0U);
    EXPECT_EQ(policies({{"mapping", "overlay"}}).copy_on_write, 0U);
    EXPECT_EQ(policies({{"rung", "overlays"}}).storage, kernel::CapStorage::packed);
    EXPECT_EQ(policies({{"rung", "direct_lazy"}, {"space_switch", "pcid_tracked"}}).space_switch,
              kernel::SpaceSwitch::pcid_tracked);
    EXPECT_EQ(policies({{"rung", "direct_lazy"}}).copy_on_write, 0U);
    EXPECT_EQ(policies({{"rung", "direct_lazy"}, {"copy_on_write", true}}).copy_on_write, 1U);
    EXPECT_EQ(policies({{"cow_invlpg", false}, {"rearm", "invlpg"}}).cow_invlpg, 0U);
}

TEST(LoadCapabilities, OnlyTheLastRungHasDisciplines)
{
    const auto disciplines = [](const json& kernel, bool named) {
        json document = capability_scenario();
        document["kernel"] = kernel;
        if (named) document["disciplines"] = {"global_pge_toggle", "not_global"};
        return load_json(document).disciplines.size();
    };
    EXPECT_EQ(disciplines({{"rung", "global_templates"}}, false), kernel::discipline_count_without_pcids);
    EXPECT_EQ(disciplines({{"rung", "global_templates"}}, true), 2U);
    EXPECT_EQ(disciplines({{"rung", "copy_on_write"}}, true), 1U);
    EXPECT_EQ(disciplines(json::object(), true), 2U);
    EXPECT_EQ(disciplines(json::object(), false), 1U);
}

TEST(LoadCapabilities, ReadsExpectedCountersAndVerdicts)
{
    json document = capability_scenario();
    document["expect"] = {{"not_global", {{"copy_on_writes", 3}, {"released_while_reachable", {{"min", 1}}}}}};
    const Expectation expected = load_json(document).expectations.at(0);
    EXPECT_EQ(expected.counters[static_cast<std::size_t>(kernel::Counter::copy_on_writes)]->maximum, 3U);
    EXPECT_EQ(expected.verdicts[static_cast<unsigned>(oracle::Verdict::released_while_reachable)]->minimum, 1U);
    EXPECT_FALSE(expected.verdicts[static_cast<unsigned>(oracle::Verdict::stale_translation)]);
}

void expect_complaint(const std::string& message, const std::string& fragment)
{
    EXPECT_NE(message.find(fragment), std::string::npos) << "said: " << message << "\nnot:  " << fragment;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

/// What is said about the capability scenario with `value` at `pointer`.
[[nodiscard]] std::string complaint_at(const std::string& pointer, const json& value)
{
    json document = capability_scenario();
    document[json::json_pointer{pointer}] = value;
    return complaint_about(document);
}

TEST(BadCapabilities, PoliciesThatContradictEachOther)
{
    const auto kernel = [](const json& policies) { return complaint_at("/kernel", policies); };
    expect_complaint(
        kernel({{"storage", "packed"}, {"mapping", "lazy"}}),
        "/kernel/mapping: lazy cannot map pages of packed storage (legal: overlay, or storage page_aligned)");
    expect_complaint(kernel({{"rung", "overlays"}, {"mapping", "eager"}}), "/kernel/mapping: eager cannot map");
    expect_complaint(kernel({{"mapping", "overlay"}, {"copy_on_write", true}}),
                     "/kernel/copy_on_write: true has nothing to copy");
    expect_complaint(kernel({{"rung", "copy_on_write"}, {"mapping", "overlay"}}), "/kernel/copy_on_write: ");
    expect_complaint(kernel({{"runtime_limit", 0}}), "/kernel/runtime_limit: 0 is out of range (legal: 1 to 4095)");
    expect_complaint(kernel({{"runtime_limit", 4096}}), "out of range");
    expect_complaint(kernel({{"state_cache_pages", 700}}),
                     "/kernel/state_cache_pages: 700 is no multiple of 512 (legal next: 1024)");
    expect_complaint(kernel({{"rung", "fast"}}), "/kernel/rung: \"fast\" is unknown (legal: overlays, aligned_caps,");
    expect_complaint(kernel({{"pcid", true}}), "/kernel: unknown key \"pcid\" (legal: arena, copy_on_write,");
    json document = capability_scenario();
    document["kernel"] = {{"arena", "template_pointers"}};
    EXPECT_EQ(complaint_about(document), "");
    document["layout"] = {{"stack", "0x10080408000"}};
    expect_complaint(complaint_about(document), "/kernel/arena: template_pointers shares one PML4 entry");
}

TEST(BadCapabilities, ArenasThatNoRuntimeCanHave)
{
    const auto arena = [](const char* name, const json& leaves) {
        json document = capability_scenario();
        document["kernel"]["arena"] = name;
        document["images"][1]["template"] = leaves;
        return complaint_about(document);
    };
    EXPECT_EQ(arena("copied", {{"code_pages", 128}}), "");
    expect_complaint(arena("copied", {{"code_pages", 100}, {"data_pages", 29}}),
                     "/images/1/template: 129 leaves are too many to be copied for each runtime (legal: at most 128");
    expect_complaint(arena("copied", {{"code_pages", 1}, {"page_size", "2M"}}), "leaves of 2 MiB cannot be copied");
    expect_complaint(arena("shared", {{"code_pages", 10'000}}), "10000 leaves need too many tables");
    EXPECT_EQ(arena("shared", {{"code_pages", 2}, {"page_size", "2M"}}), "");
    EXPECT_EQ(arena("template_directory", {{"code_pages", 10'000}}), "");
}

TEST(BadCapabilities, EachKernelHasItsOwnParts)
{
    json document = capability_scenario();
    document.erase("kernel");
    expect_complaint(complaint_about(document), "/workload/sub_vm_recurse: is of the capability kernel (legal without");
    document["workload"] = {{"pairs", {{"count", 1}}}};
    expect_complaint(complaint_about(document), "/caps: is of the capability kernel (legal with a key \"kernel\"");
    document["caps"] = json::array();
    document["images"][0]["pinned_slots"] = json::array();
    document["instances"][1]["slots"] = json::array();
    expect_complaint(complaint_about(document), "/images/0/memory: is of the capability kernel");
    document["images"][0]["memory"] = json::array();
    expect_complaint(complaint_about(document), "/images/0/endpoints: is of the capability kernel");
    expect_complaint(complaint_at("/workload", {{"steps", json::array({{{"call", "a"}}})}}),
                     "/workload/steps: is of the templates kernel");
    expect_complaint(complaint_at("/instances/0/working_set_pages", 1), "/instances/0/working_set_pages: is of the");
    expect_complaint(complaint_at("/images/1/template/data_writable", true), "never changes (legal: false");
    expect_complaint(complaint_at("/sweep", {{"switch_percents", {1}}}), "/sweep: template_pages and switch_percents");
}

TEST(BadCapabilities, MemoryThatCannotBe)
{
    const auto start = [](const char* address) { return complaint_at("/images/0/memory/2/start", address); };
    expect_complaint(start("0x50000800"), "/images/0/memory/2/start: 0x50000800 is unaligned");
    expect_complaint(start("0x3ffff000"), "/images/0/memory/2: 1 pages from 0x3ffff000 leave the region of memory "
                                          "mappings (legal: 0x40000000 to 0xffffffff)");
    expect_complaint(start("0x100000000"), "leave the region");
    EXPECT_EQ(start("0xfffff000"), "");
    expect_complaint(
        start("0x40107000"),
        "/images/0/memory/2: 0x40107000 to 0x40107fff overlaps /images/0/memory/1 (0x40100000 to 0x40107fff)");
    expect_complaint(complaint_at("/images/0/memory/2/slot", 1), "/images/0/memory/2: key \"slot\" has no meaning");
    expect_complaint(complaint_at("/images/0/memory/2/kind", "pinned"), "/images/0/memory/2: key \"slot\" is missing");
    expect_complaint(complaint_at("/images/0/memory/0/slot", 256), "/images/0/memory/0/slot: 256 is out of range");
    json document = capability_scenario();
    document["images"][0]["memory"][2] = {{"start", "0x60000000"}, {"pages", 131'072}, {"kind", "ephemeral"}};
    expect_complaint(complaint_about(document), "/images/0/memory: 512 MiB in all (legal: at most 512)");
    document["images"][0]["memory"][2]["pages"] = 131'072 - 24;
    document["kernel"]["state_cache_pages"] = 1024;
    EXPECT_EQ(complaint_about(document), "");
    expect_complaint(complaint_at("/layout", {{"template", "0x80000000"}}),
                     "overlaps the memory mappings' region (0x40000000 to 0xffffffff)");
    expect_complaint(complaint_at("/layout", {{"stack", "0x8000007000"}}), "/layout/stack: the stack");
    expect_complaint(complaint_at("/memory_bytes", 8 << 20), "/memory_bytes: out of memory: needs ");
}

TEST(BadCapabilities, SlotsThatCannotBe)
{
    expect_complaint(complaint_at("/caps/0/pages", 1), "/caps/0: needs exactly one of the keys bytes, pages");
    expect_complaint(complaint_at("/caps/1/name", "data"), "/caps/1/name: \"data\" is the name of /caps/0 too");
    expect_complaint(complaint_at("/images/0/pinned_slots/0/cap", "x"),
                     "/images/0/pinned_slots/0/cap: unknown DataCap \"x\" (known: data, table)");
    expect_complaint(complaint_at("/instances/1/slots/0/cap", "x"), "/instances/1/slots/0/cap: unknown DataCap");
    expect_complaint(complaint_at("/instances/1/slots/1/instance", "a2"),
                     "/instances/1/slots/1/instance: unknown Instance \"a2\" (known: b)");
    expect_complaint(complaint_at("/instances/1/slots/1/slot", 5),
                     "/instances/1/slots/1: slot 5 is filled by /instances/1/slots/0 too");
    expect_complaint(complaint_at("/instances/1/slots/0/cap", "table"),
                     "/instances/1/slots/0: DataCap \"table\" has 16 pages, but Image \"A\" maps slot 5 at 0x40100000 "
                     "with 8 (legal: at most as many)");
    expect_complaint(complaint_at("/images/0/memory/0/pages", 15), "/images/0/pinned_slots/0: DataCap \"table\"");
    expect_complaint(complaint_at("/images/0/memory/1/slot", 6), "/instances/1/slots/1: an Instance in slot 6");
    json document = capability_scenario();
    document["caps"][0] = {{"name", "data"}, {"pages", 513}};
    document["instances"][1]["slots"].erase(0);
    document["kernel"]["state_cache_pages"] = 512;
    document["kernel"]["arena"] = "shared";
    expect_complaint(complaint_about(document), "/caps/0: 513 pages do not fit into the state cache of 512");
}

TEST(BadCapabilities, WrongOperations)
{
    const auto operations = [](const std::string& text) { return complaint_about(operated_scenario(text)); };
    const auto item = [&](const std::string& text) {
        return operations(R"([{"call": {"slot": 1}}, {"run": [)" + text + "]}]");
    };
    expect_complaint(operations(R"([{"halt": {}}])"), "/workload/operations/0/halt: no frame is open here");
    expect_complaint(operations(R"([{"run": [{"load": "0x8040200008"}]}])"), "/workload/operations/0/run: no frame");
    expect_complaint(operations(R"([{"call": {"slot": 3}}])"),
                     "/workload/operations/0/call/slot: no Instance lies in slot 3 of the current frame");
    expect_complaint(operations(R"([{"put": {"slot": 1, "cap": "data"}}, {"call": {"slot": 1}}])"),
                     "/workload/operations/1/call/slot: no Instance lies in slot 1");
    expect_complaint(operations(R"([{"call": {"slot": 0, "endpoint": 1}}])"),
                     "/workload/operations/0/call/endpoint: Image \"B\" has no endpoint 1 (legal: 0 to 0)");
    expect_complaint(operations(R"([{"call": {"slot": 1}}, {"call": {"slot": 6, "endpoint": 1}}])"),
                     "/workload/operations/1/call/endpoint: Image \"B\"");
    expect_complaint(operations(R"([{"derive": {"slot": 1, "image": "C"}}])"),
                     "/workload/operations/0/derive/image: unknown Image \"C\" (known: A, B)");
    expect_complaint(operations(R"([{"put": {"slot": 300, "cap": "data"}}])"), "slot: 300 is out of range");
    expect_complaint(operations(R"([{"call": {"slot": 0}, "halt": {}}])"), "needs exactly one of the keys call, run");
    expect_complaint(item(R"({"load": {"memory": 3}})"), "run/0/load/memory: Image \"A\" has 3 memory mappings");
    expect_complaint(item(R"({"load": {"page": 3}})"), "run/0/load: ");
    expect_complaint(item(R"({"sum": {"memory": 0}})"), "key \"sum\" needs key \"count\" beside it");
    expect_complaint(item(R"({"load": {"memory": 0}, "count": 2})"), "run/0/count: has no meaning here");
    expect_complaint(item(R"({"sum": {"memory": 0}, "count": 2, "value": 1})"), "run/0/value: has no meaning here");
    expect_complaint(item(R"({"fill": {"memory": 1}, "count": 2, "value": 65536})"), "65536 is too large");
    expect_complaint(item(R"({"fill": {"template_page": 1}, "count": 2, "value": 1})"), "where words are marks");
    expect_complaint(item(R"({"load": "0x40000001"})"), "is unaligned");
    expect_complaint(item(R"({"sum": "0x7ffffffff000", "count": 2, "stride": 512})"), "leads beyond the lower half");
    EXPECT_EQ(item(R"({"load": "0x40000000"})"), "");
}

TEST(BadCapabilities, WhichImageRunsHasToBeKnown)
{
    const auto operations = [](const std::string& text) { return complaint_about(operated_scenario(text)); };
    EXPECT_EQ(operations(R"([{"call": {"slot": 1}}, {"derive": {"slot": 9, "image": "A"}}, {"call": {"slot": 9}},
        {"run": [{"load": {"memory": 2}}]}, {"halt": {}}, {"halt": {}}, {"call": {"slot": 1}},
        {"run": [{"load": {"memory": 2}}]}])"),
              "")
        << "an Instance keeps its Image";
    expect_complaint(operations(R"([{"call": {"slot": 1}}, {"derive": {"slot": 9, "image": "A"}}, {"halt": {}},
        {"call": {"slot": 1}}, {"call": {"slot": 9}}, {"run": [{"load": {"memory": 2}}]}])"),
                     "/workload/operations/5/run/0/load: which Image runs here is not known");
    EXPECT_EQ(operations(R"([{"call": {"slot": 1}}, {"call": {"slot": 6}}, {"halt": {}}, {"halt": {}},
        {"call": {"slot": 1}}, {"call": {"slot": 6}}])"),
              "");
}

TEST(BadCapabilities, WrongWorkloads)
{
    const auto workload = [](const char* name, const json& parameters) {
        return complaint_at("/workload", {{name, parameters}});
    };
    expect_complaint(workload("sub_vm_recurse", {{"depth", 1}, {"instance", "x"}}),
                     "/workload/sub_vm_recurse/instance: unknown Instance \"x\"");
    expect_complaint(workload("sub_vm_recurse", {{"depth", 10'000}}),
                     "depth: 10000 is out of range (legal: 0 to 9999)");
    expect_complaint(workload("sub_vm_recurse", {{"depth", 9999}, {"repeat", 1000}}),
                     "/workload/sub_vm_recurse/repeat: 59997000 items and operations in all");
    expect_complaint(workload("sub_vm_recurse", {{"depth", 1}, {"instance", "a"}, {"slot", 5}}),
                     "/workload/sub_vm_recurse/slot: slot 5 is for children");
    expect_complaint(workload("sub_vm_recurse", {{"depth", 1}, {"touches", {{"template_calls", 3}}}}),
                     "/workload/sub_vm_recurse/touches/template_calls: 3 pages, but Instance \"b\" has 2");
    expect_complaint(workload("sub_vm_data_recurse", {{"depth", 1}}), "Image \"B\" has nothing to sum");
    expect_complaint(workload("persistent_service", {{"requests", 1}, {"dirty_percent", 1}}),
                     "/workload/persistent_service: Image \"B\" has nothing to keep");
    expect_complaint(workload("persistent_service", {{"instance", "a"}, {"requests", 1}, {"dirty_percent", 0}}),
                     "no page is touched");
    expect_complaint(
        workload("pt_cache_call", {{"calls", 1}, {"touches", {{"template_loads", 0}, {"template_calls", 0}}}}),
        "/workload/pt_cache_call/touches: Instance \"b\" would touch nothing");
    expect_complaint(workload("ping_pong", {{"pairs", 1}, {"instances", {"a", "a2"}}}),
                     "/workload/ping_pong: both Instances have the same Image");
    expect_complaint(workload("ping_pong", {{"pairs", 1}, {"instances", {"a"}}}),
                     "instances: 1 elements (legal: 2 to 2)");
    json document = capability_scenario();
    document["images"][0]["memory"][1]["slot"] = 2;
    expect_complaint(
        complaint_about(document),
        "/workload/sub_vm_recurse: Instance \"a\" maps slot 2, leaves it empty and so inherits an Instance");
}

TEST(SweepKnobs, EveryCombinationIsAScenarioOfItsOwn)
{
    json document = capability_scenario();
    document["sweep"] = {{"knobs",
                          {{{"pointer", "/kernel/rung"}, {"values", {"overlays", "global_templates"}}},
                           {{"pointer", "/workload/sub_vm_recurse/depth"}, {"values", {1, 10, 100}}}}}};
    document["expect"] = {{"not_global", {{"violations", 0}}}};
    const Scenario scenario = load_json(document);
    const std::vector<Variant> variants = expand(scenario);
    ASSERT_EQ(variants.size(), 7U);
    EXPECT_TRUE(variants[0].is_scenario());
    EXPECT_EQ(variants[0].scenario.workload.recursion->depth, 2U);
    EXPECT_EQ(variants[0].scenario.expectations.size(), 1U);
    EXPECT_EQ(variants[2].scenario.workload.recursion->depth, 10U);
    EXPECT_EQ(variants[2].scenario.policies.storage, kernel::CapStorage::packed);
    EXPECT_TRUE(variants[2].scenario.expectations.empty());
    EXPECT_EQ(variants[2].knobs[1].knob, "/workload/sub_vm_recurse/depth");
    EXPECT_EQ(variants[2].knobs[1].value, "10");
    EXPECT_EQ(variants[4].scenario.rung, "global_templates");
    EXPECT_EQ(variants[4].knobs[0].value, "global_templates");
    EXPECT_EQ(variants[4].scenario.disciplines.size(), kernel::discipline_count_without_pcids);
}

TEST(SweepKnobs, SeveralPointersChangeTogether)
{
    json document = capability_scenario();
    document["sweep"] = {
        {"knobs", {{{"pointers", {"/images/0/memory/0/pages", "/caps/1/pages"}}, {"values", {17, 18}}}}}};
    const std::vector<Variant> variants = expand(load_json(document));
    ASSERT_EQ(variants.size(), 3U);
    EXPECT_EQ(variants[2].scenario.images[0].memory[0].pages, 18U);
    EXPECT_EQ(variants[2].scenario.caps[1].bytes, 18U * 4096);
}

TEST(SweepKnobs, TheTemplatesKernelHasThemToo)
{
    json document = small_scenario();
    document["sweep"] = {{"knobs", {{{"pointer", "/images/0/template/code_pages"}, {"values", {4, 5}}}}}};
    EXPECT_EQ(expand(load_json(document)).size(), 3U);
}

TEST(SweepKnobs, ValuesThatLeadOutAreBlamedOnTheSweep)
{
    const auto knob = [](const json& knobs) { return complaint_at("/sweep", {{"knobs", knobs}}); };
    expect_complaint(knob({{{"pointer", "/kernel/runtime_limit"}, {"values", {5, 5000}}}}),
                     "s.json: /sweep/knobs/0/values/1: with this value, /kernel/runtime_limit: 5000 is out of range");
    expect_complaint(knob({{{"pointer", "/kernel/rung"}, {"values", {"direct_lazy"}}},
                           {{"pointer", "/kernel/storage"}, {"values", {"page_aligned", "packed"}}}}),
                     "/sweep/knobs/0/values/0 and /sweep/knobs/1/values/1: with this value, /kernel/mapping: lazy");
    expect_complaint(knob({{{"pointer", "/seed"}, {"values", {1}}}}),
                     "/sweep/knobs/0: \"/seed\" is not for sweeps (legal: below /kernel, /caps, /images,");
    expect_complaint(knob({{{"pointer", "/images/7/endpoints"}, {"values", {1}}}}), "leads nowhere in this scenario");
    expect_complaint(knob({{{"pointer", "/kernel/~x"}, {"values", {1}}}}), "is no JSON pointer");
    expect_complaint(knob({{{"pointer", "/kernel/speed"}, {"values", {1}}}}), "/kernel: unknown key \"speed\"");
    expect_complaint(knob({{{"pointer", "/memory_bytes"}, {"pointers", {"/memory_bytes"}}, {"values", {1}}}}),
                     "/sweep/knobs/0: needs exactly one of the keys pointer, pointers");
    const json pages = {{"pointer", "/images/0/template/code_pages"}, {"values", {4, 5}}};
    const json whole = {{"pointer", "/images/0/template"}, {"values", {{{"code_pages", 6}}}}};
    expect_complaint(knob({pages, pages}), "/sweep/knobs/1: \"/images/0/template/code_pages\" and"
                                           " \"/images/0/template/code_pages\" change the same");
    expect_complaint(knob({pages, whole}),
                     "/sweep/knobs/1: \"/images/0/template/code_pages\" and \"/images/0/template\" change the same");
    expect_complaint(knob({whole, pages}), "change the same (legal: pointers of which none is inside another)");
    expect_complaint(knob({{{"pointers", {"/pcids", "/pcids"}}, {"values", {1}}}}), "/sweep/knobs/0: ");
    json many = {{{"pointer", "/caps/0/seed"}, {"values", json::array()}}};
    for (int value = 0; value < 40; ++value)
        many[0]["values"].push_back(value);
    many.push_back(many[0]);
    expect_complaint(knob(many), "/sweep/knobs: more than 1000 combinations");
}

} // namespace
} // namespace drywalk::scenario::test
