// SPDX-License-Identifier: MIT
// Programs: the bytes read back as the kernel reads them.
#include "kernel_model/program/layout.hpp"
#include "sim/scenario/memory_need.hpp"
#include "tests/scenario/fixture.hpp"
#include "tests/support/parsed_program.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::scenario::test {
namespace {

using kernel::BodyRecord;
using kernel::Discipline;
using kernel::OperationKind;
using kernel::OperationRecord;
using kernel::UserAction;
using kernel::UserItem;
using Parts = drywalk::test::ParsedProgram;
using nlohmann::json;
namespace layout = kernel::layout;

[[nodiscard]] Parts compiled(const json& document)
{
    return Parts(compile_program(load_json(document), Discipline::global_no_flush));
}

[[nodiscard]] std::vector<std::uint32_t> called_instances(const Parts& parts)
{
    std::vector<std::uint32_t> called;
    for (const OperationRecord& operation : parts.operations) {
        if (operation.kind == OperationKind::call) called.push_back(operation.operand);
    }
    return called;
}

[[nodiscard]] std::vector<std::uint64_t> pages_of(const Parts& parts, std::uint32_t body, UserAction action)
{
    std::vector<std::uint64_t> pages;
    for (std::uint32_t item = 0; item < parts.bodies[body].item_count; ++item) {
        const UserItem& one = parts.items[parts.bodies[body].first_item + item];
        if (one.action == action) pages.push_back((one.address - layout::default_template.value()) / 4096);
    }
    return pages;
}

TEST(Compile, TheHeaderSaysWhatTheScenarioSays)
{
    json document = small_scenario();
    document["partial_pages"] = 2;
    const std::vector<std::byte> block = compile_program(load_json(document), Discipline::global_invlpg_partial);
    const Parts parts{block};
    EXPECT_EQ(parts.header.magic, kernel::ProgramHeader::expected_magic);
    EXPECT_EQ(parts.header.program_bytes, block.size());
    EXPECT_EQ(program_offsets(parts.header).end, block.size());
    EXPECT_EQ(parts.header.memory_end, 32U << 20);
    EXPECT_EQ(parts.header.template_base, layout::default_template.value());
    EXPECT_EQ(parts.header.stack_base, layout::default_stack.value());
    EXPECT_EQ(parts.header.working_set_base, layout::default_working_set.value());
    EXPECT_EQ(parts.header.discipline, Discipline::global_invlpg_partial);
    EXPECT_EQ(parts.header.partial_pages, 2U);
    ASSERT_EQ(parts.images.size(), 2U);
    EXPECT_EQ(parts.images[0].code_pages, 3U);
    EXPECT_EQ(parts.images[0].data_pages, 1U);
    EXPECT_EQ(parts.images[0].page_size, 0U);
    ASSERT_EQ(parts.instances.size(), 2U);
    EXPECT_EQ(parts.instances[0].working_set_pages, 2U);
    EXPECT_EQ(parts.instances[1].image, 1U);
}

TEST(Compile, EachPairIsCallRunHaltAndBodiesAreShared)
{
    const Parts parts = compiled(small_scenario());
    ASSERT_EQ(parts.operations.size(), 30U);
    ASSERT_EQ(parts.bodies.size(), 2U) << "one of each Instance";
    for (std::size_t pair = 0; pair < 10; ++pair) {
        const auto instance = static_cast<std::uint32_t>(pair % 2);
        EXPECT_EQ(parts.operations[3 * pair].kind, OperationKind::call);
        EXPECT_EQ(parts.operations[3 * pair].operand, instance);
        EXPECT_EQ(parts.operations[3 * pair + 1].kind, OperationKind::run);
        EXPECT_EQ(parts.operations[3 * pair + 1].operand, instance);
        EXPECT_EQ(parts.operations[3 * pair + 2].kind, OperationKind::halt);
    }
}

TEST(Compile, ABodyTouchesTheTemplateThenTheWorkingSet)
{
    json document = small_scenario();
    document["workload"]["pairs"]["touches"] = {{"template_stores", "all"}, {"beyond_template", 1}};
    document["instances"][1]["working_set_pages"] = 1;
    document["workload"]["pairs"]["touches"]["working_set_stores"] = 1;
    const Parts parts = compiled(document);
    const std::uint64_t base = layout::default_template.value();
    const std::uint64_t own = layout::default_working_set.value();
    struct Expected {
        UserAction action;
        std::uint64_t address;
    };
    const Expected expected[] = {
        {UserAction::load, base + 8},      {UserAction::load, base + 0x1008},  {UserAction::load, base + 0x2008},
        {UserAction::load, base + 0x3008}, {UserAction::call, base},           {UserAction::call, base + 0x1000},
        {UserAction::call, base + 0x2000}, {UserAction::store, base + 0x3010}, {UserAction::load, base + 0x4008},
        {UserAction::load, own + 8},       {UserAction::load, own + 0x1008},   {UserAction::store, own + 0x10}};
    ASSERT_EQ(parts.bodies[0].item_count, std::size(expected));
    for (std::size_t item = 0; item < std::size(expected); ++item) {
        EXPECT_EQ(parts.items[item].action, expected[item].action) << item;
        EXPECT_EQ(parts.items[item].address, expected[item].address) << item;
    }
}

TEST(Compile, TheHeaderSaysWhereThingsArePlaced)
{
    json document = small_scenario();
    document["pcids"] = 3;
    const Parts first = compiled(document);
    EXPECT_EQ(first.header.pcid_count, 3U);
    EXPECT_EQ(first.header.lines, kernel::LinePlacement::first);
    EXPECT_EQ(first.header.frames, kernel::FramePlacement::in_order);
    document.erase("placement");
    const Parts spread = compiled(document);
    EXPECT_EQ(spread.header.lines, kernel::LinePlacement::spread);
    EXPECT_EQ(spread.header.frames, kernel::FramePlacement::scattered);
    ASSERT_EQ(spread.items.size(), first.items.size());
    for (std::size_t item = 0; item < spread.items.size(); ++item) {
        const std::uint64_t line = kernel::line_offset(kernel::LinePlacement::spread, first.items[item].address / 4096);
        EXPECT_EQ(spread.items[item].address, first.items[item].address + line);
    }
}

TEST(Compile, AnExchangeNamesItsInstanceAndItsPages)
{
    const Parts parts = compiled(stepped_scenario(R"([{"exchange": {"instance": "a", "working_set_pages": [1, 0]}}])"));
    const kernel::Exchange exchange = kernel::exchange_of(parts.operations.at(0).operand);
    EXPECT_EQ(parts.operations.at(0).kind, kernel::OperationKind::exchange);
    EXPECT_EQ(exchange.instance, 0U);
    EXPECT_EQ(exchange.first, 1U);
    EXPECT_EQ(exchange.second, 0U);
}

TEST(Compile, FewerTouchesThanPagesAreSpreadOverAll)
{
    json document = small_scenario();
    for (json& image : document["images"])
        image["template"] = {{"code_pages", 60}, {"data_pages", 40}};
    document["workload"]["pairs"]["touches"] = {{"template_loads", 5}, {"template_calls", 4}};
    const Parts parts = compiled(document);
    EXPECT_EQ(pages_of(parts, 1, UserAction::load), (std::vector<std::uint64_t>{0, 20, 40, 60, 80}));
    EXPECT_EQ(pages_of(parts, 1, UserAction::call), (std::vector<std::uint64_t>{0, 15, 30, 45})) << "code pages only";
}

TEST(Compile, ALargeLeafHas512Pages)
{
    json document = small_scenario();
    document["images"][1]["template"] = {{"code_pages", 1}, {"data_pages", 1}, {"page_size", "2M"}};
    document["workload"]["pairs"]["touches"] = {{"template_loads", 4}, {"template_calls", 2}};
    const Parts parts = compiled(document);
    EXPECT_EQ(parts.images[1].page_size, 1U);
    EXPECT_EQ(pages_of(parts, 1, UserAction::load), (std::vector<std::uint64_t>{0, 256, 512, 768}));
    EXPECT_EQ(pages_of(parts, 1, UserAction::call), (std::vector<std::uint64_t>{0, 256}));
}

TEST(Compile, ALongBodyBecomesSeveralRuns)
{
    json document = small_scenario();
    document["instances"][0]["working_set_pages"] = 2500;
    const Parts parts = compiled(document);
    ASSERT_EQ(parts.bodies.size(), 4U) << "3 for a: 2507 items; 1 for b";
    EXPECT_EQ(parts.bodies[0].item_count, 1024U);
    EXPECT_EQ(parts.bodies[1].first_item, 1024U);
    EXPECT_EQ(parts.bodies[2].item_count, 2507U - 2048U);
    EXPECT_EQ(parts.bodies[3].first_item, 2507U);
    EXPECT_EQ(parts.operations[3].operand, 2U) << "CALL, RUN 0, RUN 1, RUN 2, HALT";
    EXPECT_EQ(parts.operations[4].kind, OperationKind::halt);
    EXPECT_EQ(parts.operations[6].operand, 3U);
}

/// In how many pairs after the first another Instance is called than in the pair before.
[[nodiscard]] std::size_t switches(std::uint32_t percent)
{
    json document = small_scenario();
    document["workload"]["pairs"]["count"] = 101;
    document["workload"]["pairs"]["switch_percent"] = percent;
    const std::vector<std::uint32_t> called = called_instances(compiled(document));
    std::size_t count = 0;
    for (std::size_t pair = 1; pair < called.size(); ++pair)
        count += called[pair] != called[pair - 1] ? 1U : 0U;
    return count;
}

TEST(Compile, SwitchesAreAsManyAsAskedFor)
{
    for (std::uint32_t percent = 0; percent <= 100; ++percent)
        EXPECT_EQ(switches(percent), percent);
}

TEST(Compile, SwitchesAreEvenlySpread)
{
    json document = small_scenario();
    document["workload"]["pairs"] = {{"count", 9}, {"switch_percent", 25}};
    EXPECT_EQ(called_instances(compiled(document)), (std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1, 1, 0}));
}

TEST(Compile, TheOrderIsTakenInTurn)
{
    json document = small_scenario();
    document["workload"]["pairs"] = {{"count", 7}, {"order", {"b", "a", "a"}}};
    EXPECT_EQ(called_instances(compiled(document)), (std::vector<std::uint32_t>{1, 0, 0, 1, 0, 0, 1}));
}

TEST(Compile, StoresLeaveMarksAloneAndTellWhoMadeThem)
{
    json document = small_scenario();
    for (json& image : document["images"])
        image["template"] = {{"code_pages", 1}, {"data_pages", 8}, {"data_writable", true}};
    document["workload"]["pairs"]["touches"] = {{"template_stores", "all"}};
    const Parts parts = compiled(document);
    EXPECT_EQ(parts.images[0].data_writable, 1U);
    std::set<std::uint32_t> values;
    for (const UserItem& item : parts.items) {
        if (item.action != UserAction::store) continue;
        EXPECT_EQ(item.address % 4096, 16U);
        values.insert(item.value);
    }
    EXPECT_EQ(values.size(), 16U);
}

TEST(Compile, StepsComeAsTheyAreWritten)
{
    const Parts parts = compiled(stepped_scenario(R"([
        {"call": "b"}, {"run": [{"load": {"template_page": 0}}]}, {"call": "a"},
        {"run": [{"call": {"template_page": 1}}, {"store": {"working_set_page": 0}, "value": 4294967295}]},
        {"halt": true}, {"halt": true}])"));
    ASSERT_EQ(parts.operations.size(), 6U);
    EXPECT_EQ(parts.operations[0].operand, 1U);
    EXPECT_EQ(parts.operations[1].operand, 0U);
    EXPECT_EQ(parts.operations[3].operand, 1U);
    ASSERT_EQ(parts.bodies.size(), 2U);
    EXPECT_EQ(parts.bodies[1].first_item, 1U);
    EXPECT_EQ(parts.bodies[1].item_count, 2U);
    EXPECT_EQ(parts.items[2].value, 0xffff'ffffU);
}

TEST(Compile, IsDeterministic)
{
    const Scenario scenario = load_scenario(data.scenarios / "cross_image_stale_global.json", data);
    EXPECT_EQ(compile_program(scenario, Discipline::not_global), compile_program(scenario, Discipline::not_global));
}

TEST(Sweep, TheScenarioItselfComesFirstThenEveryCombination)
{
    json document = small_scenario();
    document["workload"]["pairs"]["touches"] = {{"template_loads", 2}, {"template_calls", 0}};
    document["sweep"] = {{"template_pages", {1, 8}}, {"switch_percents", {0, 50, 100}}};
    const std::vector<Variant> variants = expand(load_json(document));
    ASSERT_EQ(variants.size(), 7U);
    EXPECT_FALSE(variants[0].template_pages || variants[0].switch_percent);
    EXPECT_EQ(variants[0].scenario.images[0].code_pages, 3U);
    EXPECT_EQ(variants[5].template_pages, 8U);
    EXPECT_EQ(variants[5].switch_percent, 50U);
    EXPECT_EQ(variants[5].scenario.images[1].code_pages, 8U);
    EXPECT_EQ(variants[5].scenario.workload.pairs->switch_percent, 50U);
    EXPECT_EQ(variants[5].scenario.workload.pairs->touches.template_loads, all_pages) << "touches follow";
    EXPECT_EQ(variants[5].scenario.workload.pairs->touches.template_calls, 0U);
}

TEST(Sweep, AKnobThatIsNotSweptKeepsItsValue)
{
    json document = small_scenario();
    document["sweep"] = {{"switch_percents", {0}}};
    const std::vector<Variant> variants = expand(load_json(document));
    ASSERT_EQ(variants.size(), 2U);
    EXPECT_FALSE(variants[1].template_pages);
    EXPECT_EQ(variants[1].scenario.images[0].code_pages, 3U);
    EXPECT_EQ(expand(load_json(small_scenario())).size(), 1U);
}

TEST(MemoryNeed, CountsTheFramesThatTheKernelTakes)
{
    // Kernel: root, 3 tables of its image, 2 of the direct map of 32 MiB                       6
    // Images A and B: directory, page table, 4 leaves                                 2 *  6 = 12
    // Instance a: root, stack; tables: 3 for the stub and the mailbox (first 512 GiB), and in
    //   the second 512 GiB one PDPT, directory and page table for the stack, the same for the
    //   working set; 2 pages of working set                                        2 + 3 + 5 + 2 = 12
    // Instance b: the same without a working set                                       2 + 3 + 3 =  8
    EXPECT_EQ(frame_pool_need(load_json(small_scenario())), 38 * 4096U);
    EXPECT_EQ(memory_need(load_json(small_scenario())), 6U << 20);
}

TEST(MemoryNeed, ALargeLeafNeedsNoPageTable)
{
    json document = small_scenario();
    document["images"][0]["template"] = {{"code_pages", 1}, {"page_size", "2M"}};
    document["images"][1]["template"] = {{"code_pages", 1}, {"page_size", "2M"}};
    // As above, but 2 * (directory + 2 MiB) for the Images: 38 - 12 + 2 frames and 4 MiB.
    EXPECT_EQ(frame_pool_need(load_json(document)), (4U << 20) + 28 * 4096U);
}

} // namespace
} // namespace drywalk::scenario::test
