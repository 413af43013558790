// SPDX-License-Identifier: MIT
// The frames that a scenario is said to need are those that the kernel takes.
#include "sim/scenario/memory_need.hpp"

#include "sim/machine/machine.hpp"
#include "sim/platform/plain_platform.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

namespace drywalk::scenario::test {
namespace {

using nlohmann::json;

/// Bytes of the frame pool in use when the last Instance exists, as the kernel reports it.
[[nodiscard]] std::uint64_t taken_by_kernel(const Scenario& scenario)
{
    const machine::Machine machine = machine::load_machine(data.scenarios / "machines", "tiny_by_hand");
    const std::vector<std::byte> program = compile_program(scenario, kernel::Discipline::not_global);
    platform::CpuOptions options;
    options.record_observations = true;
    const platform::RunResult result = platform::run_plain(machine.profile, {}, program, options);
    EXPECT_EQ(result.refusal, kernel::Refusal::none);
    std::uint64_t bytes = 0;
    for (const auto& recorded : result.observations) {
        if (recorded.observation.kind == kernel::ObservationKind::instance) bytes = recorded.observation.b;
    }
    return bytes;
}

void expect_equal_need(const json& document)
{
    const Scenario scenario = load_json(document);
    EXPECT_EQ(frame_pool_need(scenario), taken_by_kernel(scenario)) << document.dump();
}

TEST(MemoryNeedAgainstKernel, SmallLeaves) { expect_equal_need(small_scenario()); }

TEST(MemoryNeedAgainstKernel, LargeLeaves)
{
    json document = small_scenario();
    document["images"][0]["template"] = {{"code_pages", 1}, {"data_pages", 2}, {"page_size", "2M"}};
    document["workload"]["pairs"]["touches"] = {{"template_loads", 2}, {"template_calls", 1}};
    expect_equal_need(document);
}

TEST(MemoryNeedAgainstKernel, RangesThatCrossTables)
{
    json document = small_scenario();
    document["images"][0]["template"] = {{"code_pages", 3}};
    document["layout"] = {{"template", "0x80003ff000"}, {"stack", "0x40000000"}, {"working_set", "0x7fffffe000"}};
    document["instances"][1]["working_set_pages"] = 1;
    document["instances"][0]["working_set_pages"] = 2;
    document["workload"]["pairs"]["touches"] = {{"working_set_loads", 0}};
    expect_equal_need(document);
    document["layout"]["working_set"] = "0xfffffff000";
    expect_equal_need(document);
}

TEST(MemoryNeedAgainstKernel, AFullPool)
{
    json document = small_scenario();
    document["memory_bytes"] = 8 << 20;
    document["images"][0]["template"] = {{"code_pages", 600}, {"data_pages", 1}};
    document["images"][1]["template"] = {{"code_pages", 1}};
    document["instances"][0]["working_set_pages"] = 393;
    document["workload"]["pairs"]["touches"] = {{"template_loads", 1}, {"working_set_loads", 0}};
    document["workload"]["pairs"]["touches"]["template_calls"] = 1;
    EXPECT_EQ(frame_pool_need(load_json(document)), 4U << 20) << "the pool to its last frame";
    expect_equal_need(document);
}

TEST(MemoryNeedAgainstKernel, Capabilities)
{
    json document = capability_scenario();
    expect_equal_need(document);
    document["kernel"] = {{"arena", "template_pointers"}, {"state_cache_pages", 5120}};
    document["caps"].push_back({{"name", "long"}, {"pages", 700}});
    expect_equal_need(document);
    document["layout"] = {{"stack", "0x8000008000"}};
    expect_equal_need(document);
    document["kernel"] = {{"rung", "overlays"}};
    document["caps"].push_back({{"name", "packed into one frame more"}, {"pages", 256}});
    document["caps"].back()["name"] = "packed";
    expect_equal_need(document);
}

TEST(MemoryNeedAgainstKernel, TheLeastMemoryIsEnoughForACall)
{
    json document = capability_scenario();
    document["workload"] = {{"pt_cache_call", {{"calls", 3}, {"instance", "b"}}}};
    document["memory_bytes"] = memory_need(load_json(document));
    const Scenario scenario = load_json(document);
    const machine::Machine machine = machine::load_machine(data.scenarios / "machines", "tiny_by_hand");
    const std::vector<std::byte> program = compile_program(scenario, kernel::Discipline::not_global);
    const platform::RunResult result = platform::run_plain(machine.profile, {}, program, {});
    EXPECT_EQ(result.refusal, kernel::Refusal::none);
    EXPECT_EQ(result.counts.calls_refused, 0U);
    EXPECT_EQ(result.host_returns.size(), 3U);
}

} // namespace
} // namespace drywalk::scenario::test
