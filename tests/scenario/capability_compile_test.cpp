// SPDX-License-Identifier: MIT
// Programs of the capability kernel: the bytes read back as the kernel reads them.
#include "kernel_model/program/layout.hpp"
#include "sim/scenario/memory_need.hpp"
#include "sim/scenario/policy_names.hpp"
#include "tests/scenario/fixture.hpp"
#include "tests/support/parsed_program.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace drywalk::scenario::test {
namespace {

using kernel::Discipline;
using kernel::MappingKind;
using kernel::OperationKind;
using kernel::OperationRecord;
using kernel::SlotContent;
using kernel::SlotOwner;
using kernel::UserAction;
using kernel::UserItem;
using Parts = drywalk::test::ParsedProgram;
using nlohmann::json;
namespace layout = kernel::layout;

[[nodiscard]] Parts compiled(const json& document)
{
    return Parts(compile_program(load_json(document), Discipline::not_global));
}

[[nodiscard]] Parts compiled_with(const char* workload, const json& parameters)
{
    json document = capability_scenario();
    document["workload"] = {{workload, parameters}};
    return compiled(document);
}

[[nodiscard]] std::size_t count(const Parts& parts, OperationKind kind)
{
    return static_cast<std::size_t>(std::ranges::count(parts.operations, kind, &OperationRecord::kind));
}

[[nodiscard]] std::vector<UserItem> items_of_run(const Parts& parts, std::size_t operation)
{
    EXPECT_EQ(parts.operations[operation].kind, OperationKind::run);
    const kernel::BodyRecord& body = parts.bodies[parts.operations[operation].operand];
    const auto first = parts.items.begin() + body.first_item;
    return {first, first + body.item_count};
}

/// The items of the first frame, over all its RUNs.
[[nodiscard]] std::vector<UserItem> items_of_first_frame(const Parts& parts)
{
    std::vector<UserItem> items;
    for (std::size_t operation = 1; parts.operations[operation].kind == OperationKind::run; ++operation) {
        const std::vector<UserItem> more = items_of_run(parts, operation);
        items.insert(items.end(), more.begin(), more.end());
    }
    return items;
}

TEST(CompileCapabilities, TheHeaderAndTheRecordsSayWhatTheScenarioSays)
{
    json document = capability_scenario();
    document["kernel"] = {{"arena", "shared"}, {"runtime_limit", 5}, {"state_cache_pages", 2048}};
    const std::vector<std::byte> block = compile_program(load_json(document), Discipline::not_global);
    const Parts parts{block};
    EXPECT_EQ(parts.header.program_bytes, block.size());
    EXPECT_EQ(program_offsets(parts.header).end, block.size());
    EXPECT_EQ(parts.header.kernel, kernel::KernelKind::capabilities);
    EXPECT_EQ(parts.header.policies.arena, kernel::Arena::shared);
    EXPECT_EQ(parts.header.policies.runtime_limit, 5U);
    EXPECT_EQ(parts.header.policies.state_cache_pages, 2048U);
    ASSERT_EQ(parts.caps.size(), 2U);
    EXPECT_EQ(parts.caps[0].bytes, 5000U);
    EXPECT_EQ(parts.caps[0].seed, 0U);
    EXPECT_EQ(parts.caps[1].bytes, 65536U);
    EXPECT_EQ(parts.caps[1].seed, 7U);
}

TEST(CompileCapabilities, ImagesHaveTheirMappingsAndEndpoints)
{
    json document = capability_scenario();
    document["images"][1]["memory"] = json::array({{{"start", "0x60000000"}, {"pages", 2}, {"kind", "ephemeral"}}});
    const Parts parts = compiled(document);
    EXPECT_EQ(parts.images[0].endpoint_count, 2U);
    EXPECT_EQ(parts.images[0].first_mapping, 0U);
    EXPECT_EQ(parts.images[0].mapping_count, 3U);
    EXPECT_EQ(parts.images[1].endpoint_count, 1U);
    EXPECT_EQ(parts.images[1].first_mapping, 3U);
    EXPECT_EQ(parts.images[1].mapping_count, 1U);
    ASSERT_EQ(parts.mappings.size(), 4U);
    EXPECT_EQ(parts.mappings[0].kind, MappingKind::pinned);
    EXPECT_EQ(parts.mappings[1].start, 0x4010'0000U);
    EXPECT_EQ(parts.mappings[1].pages, 8U);
    EXPECT_EQ(parts.mappings[1].kind, MappingKind::persistent);
    EXPECT_EQ(parts.mappings[1].slot, 5U);
    EXPECT_EQ(parts.mappings[3].start, 0x6000'0000U);
}

TEST(CompileCapabilities, SlotsOfImagesComeBeforeThoseOfInstances)
{
    const Parts parts = compiled(capability_scenario());
    ASSERT_EQ(parts.slots.size(), 3U);
    EXPECT_EQ(parts.slots[0].owner, SlotOwner::image);
    EXPECT_EQ(parts.slots[0].slot, 3U);
    EXPECT_EQ(parts.slots[0].content_index, 1U);
    EXPECT_EQ(parts.slots[1].owner, SlotOwner::instance);
    EXPECT_EQ(parts.slots[1].owner_index, 1U);
    EXPECT_EQ(parts.slots[1].content, SlotContent::data_cap);
    EXPECT_EQ(parts.slots[2].content, SlotContent::instance);
    EXPECT_EQ(parts.slots[2].content_index, 0U);
    EXPECT_LT(parts.slots[2].content_index, parts.slots[2].owner_index);
}

TEST(CompileCapabilities, OperationsComeAsTheyAreWritten)
{
    const Parts parts = compiled(operated_scenario(R"([
        {"put": {"slot": 9, "cap": "table"}}, {"copy": {"slot": 10, "from": 9}}, {"clear": {"slot": 9}},
        {"call": {"slot": 1, "endpoint": 1}},
        {"run": [{"sum": {"memory": 0}, "count": 512}, {"fill": {"memory": 1, "page": 2, "offset": 8}, "count": 3,
                  "stride": 512, "value": 9}, {"load": {"address": "0x50000008"}}, {"call": {"template_page": 1}}]},
        {"derive": {"slot": 200, "image": "B"}}, {"call": {"slot": 200}}, {"reply": {}}, {"halt": {}}])"));
    const std::vector<std::pair<OperationKind, std::uint32_t>> expected{
        {OperationKind::put, kernel::slot_operand(9, 1)},
        {OperationKind::copy_slot, kernel::slot_operand(10, 9)},
        {OperationKind::clear, 9},
        {OperationKind::call_slot, kernel::slot_operand(1, 1)},
        {OperationKind::run, 0},
        {OperationKind::derive, kernel::slot_operand(200, 1)},
        {OperationKind::call_slot, 200},
        {OperationKind::reply, 0},
        {OperationKind::halt, 0}};
    ASSERT_EQ(parts.operations.size(), expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
        EXPECT_EQ(parts.operations[index].kind, expected[index].first) << index;
        EXPECT_EQ(parts.operations[index].operand, expected[index].second) << index;
    }
    const std::vector<UserItem> items = items_of_run(parts, 4);
    ASSERT_EQ(items.size(), 4U);
    EXPECT_EQ(items[0].action, UserAction::sum);
    EXPECT_EQ(items[0].address, 0x4000'0000U);
    EXPECT_EQ(items[0].count, 512U);
    EXPECT_EQ(items[0].stride(), 8U);
    EXPECT_EQ(items[1].address, 0x4010'2008U);
    EXPECT_EQ(items[1].stride(), 4096U);
    EXPECT_EQ(items[1].fill_value(), 9U);
    EXPECT_EQ(items[2].address, 0x5000'0008U);
    EXPECT_EQ(items[3].address, layout::default_template.value() + 0x1000);
}

TEST(CompileCapabilities, RecursionEntersRing3ThreeTimesALevelAndOnceAtTheEnd)
{
    for (const std::uint32_t depth : {0U, 1U, 10U, 100U}) {
        const Parts parts =
            compiled_with("sub_vm_recurse", {{"depth", depth}, {"instance", "a"}, {"repeat", 2}, {"slot", 77}});
        EXPECT_EQ(count(parts, OperationKind::run), 2 * (3 * depth + 1));
        EXPECT_EQ(count(parts, OperationKind::call_slot), 2 * (depth + 1));
        EXPECT_EQ(count(parts, OperationKind::reply), 2 * (depth + 1));
        EXPECT_EQ(count(parts, OperationKind::derive), 2 * depth);
        EXPECT_EQ(parts.operations[0].operand, 1U) << "the host's slot of the Instance";
    }
}

TEST(CompileCapabilities, AFrameOfTheRecursionRunsDerivesRunsCallsRunsReplies)
{
    const Parts parts = compiled_with("sub_vm_recurse", {{"depth", 1}, {"instance", "a"}});
    std::vector<OperationKind> kinds;
    for (const OperationRecord& operation : parts.operations)
        kinds.push_back(operation.kind);
    using enum OperationKind;
    EXPECT_EQ(kinds, (std::vector{call_slot, run, derive, run, call_slot, run, reply, run, reply}));
    EXPECT_EQ(parts.operations[2].operand, kernel::slot_operand(255, 0)) << "the Instance's own Image";
    EXPECT_EQ(parts.operations[4].operand, 255U);
    EXPECT_EQ(items_of_run(parts, 1).size(), 3U) << "two loads and a call";
}

TEST(CompileCapabilities, TheDataRecursionSumsEveryWordOncePerFrame)
{
    json document = capability_scenario();
    document["images"][0]["memory"][0]["pages"] = 200;
    document["images"][0]["memory"][1]["start"] = "0x41000000";
    document["workload"] = {{"sub_vm_data_recurse", {{"depth", 3}, {"instance", "a"}}}};
    const Parts parts = compiled(document);
    std::uint64_t words = 0;
    std::uint64_t next = 0x4000'0000;
    for (const UserItem& item : items_of_run(parts, 1)) {
        if (item.action != UserAction::sum) continue;
        EXPECT_EQ(item.address, next);
        EXPECT_EQ(item.stride(), 8U);
        next += std::uint64_t{item.count} * 8;
        words += item.count;
    }
    EXPECT_EQ(words, 200U * 512);
    EXPECT_EQ(items_of_run(parts, 3).size(), 3U) << "the entry after the derivation sums nothing";
}

TEST(CompileCapabilities, CallsOfOneInstanceShareTheirBody)
{
    const Parts parts =
        compiled_with("pt_cache_call", {{"calls", 5}, {"instance", "b"}, {"touches", {{"template_loads", 0}}}});
    EXPECT_EQ(parts.operations.size(), 15U);
    EXPECT_EQ(parts.bodies.size(), 1U);
    EXPECT_EQ(parts.items.size(), 1U);
    EXPECT_EQ(count(parts, OperationKind::reply), 5U);
    EXPECT_EQ(parts.operations[3].operand, 0U);
}

/// The pages that items of `action` touch, in order; each one word.
[[nodiscard]] std::vector<std::uint64_t> touched(const std::vector<UserItem>& items, UserAction action)
{
    std::vector<std::uint64_t> pages;
    for (const UserItem& item : items) {
        if (item.action != action) continue;
        for (std::uint64_t word = 0; word < item.count; ++word) {
            const std::uint64_t address = item.address + word * item.stride();
            EXPECT_EQ(address % 4096, 0U);
            pages.push_back((address - 0x4010'0000) / 4096);
        }
    }
    return pages;
}

[[nodiscard]] std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t end, std::uint64_t step)
{
    std::vector<std::uint64_t> result;
    for (std::uint64_t number = first; number < end; number += step)
        result.push_back(number);
    return result;
}

[[nodiscard]] Parts service_of(std::uint32_t pages, std::uint32_t dirty, std::uint32_t read)
{
    json document = capability_scenario();
    document["images"][0]["memory"].erase(2);
    document["images"][0]["memory"][1]["pages"] = pages;
    document["workload"] = {
        {"persistent_service", {{"instance", "a"}, {"requests", 2}, {"dirty_percent", dirty}, {"read_percent", read}}}};
    return compiled(document);
}

TEST(CompileCapabilities, ARequestWritesItsShareOfThePagesAndReadsItsShareOfTheOthers)
{
    const Parts parts = service_of(8, 50, 100);
    EXPECT_EQ(count(parts, OperationKind::halt), 2U);
    const std::vector<UserItem> items = items_of_run(parts, 1);
    EXPECT_EQ(items.size(), 2U) << "equal distances are one item";
    EXPECT_EQ(touched(items, UserAction::fill), numbers(0, 8, 2));
    EXPECT_EQ(touched(items, UserAction::sum), numbers(1, 8, 2));
    EXPECT_NE(items[0].fill_value(), items_of_run(parts, 4)[0].fill_value()) << "each request writes something new";
}

TEST(CompileCapabilities, SharesAreRoundedUpAndNeverTouchAPageTwice)
{
    for (const std::uint32_t pages : {1U, 7U, 100U, 16384U}) {
        for (const std::uint32_t dirty : {0U, 1U, 33U, 67U, 100U}) {
            const std::vector<UserItem> items = items_of_first_frame(service_of(pages + 2, dirty, 34));
            const std::vector<std::uint64_t> written = touched(items, UserAction::fill);
            const std::vector<std::uint64_t> read = touched(items, UserAction::sum);
            EXPECT_EQ(written.size(), ((pages + 2) * dirty + 99) / 100);
            EXPECT_EQ(read.size(), ((pages + 2 - written.size()) * 34 + 99) / 100);
            std::set<std::uint64_t> all(written.begin(), written.end());
            all.insert(read.begin(), read.end());
            EXPECT_EQ(all.size(), written.size() + read.size());
            EXPECT_LT(all.empty() ? 0 : *all.rbegin(), pages + 2);
        }
    }
}

TEST(CompileCapabilities, PingPongTakesTurns)
{
    const Parts parts = compiled_with("ping_pong", {{"pairs", 5}, {"instances", {"a", "b"}}, {"switch_percent", 50}});
    std::vector<std::uint32_t> called;
    for (const OperationRecord& operation : parts.operations) {
        if (operation.kind == OperationKind::call_slot) called.push_back(operation.operand);
    }
    EXPECT_EQ(called, (std::vector<std::uint32_t>{1, 1, 0, 0, 1}));
    EXPECT_EQ(items_of_run(parts, 1).size(), 7U) << "4 loads, 3 calls";
}

TEST(CompileCapabilities, RungsChangeOnePolicyEach)
{
    const auto differences = [](const kernel::Policies& a, const kernel::Policies& b) {
        return (a.storage != b.storage) + (a.arena != b.arena) + (a.mapping != b.mapping) +
               (a.copy_on_write != b.copy_on_write) + (a.keep_runtimes != b.keep_runtimes);
    };
    for (std::size_t rung = 1; rung + 1 < rung_names.size(); ++rung) {
        EXPECT_EQ(differences(policies_of_rung(rung_names[rung - 1]), policies_of_rung(rung_names[rung])), 1)
            << rung_names[rung];
    }
    const kernel::Policies last = policies_of_rung(global_rung);
    EXPECT_EQ(differences(policies_of_rung("copy_on_write"), last), 0);
    EXPECT_EQ(differences(kernel::Policies{}, last), 0) << "the default is the top of the ladder";
    EXPECT_EQ(last.runtime_limit, 256U);
    EXPECT_EQ(last.space_switch, kernel::SpaceSwitch::cr3);
}

} // namespace
} // namespace drywalk::scenario::test
