// SPDX-License-Identifier: MIT
// The reference model on programs whose outcome is worked out by hand, and the comparison on reports that are wrong.
#include "tests/kernel_model/capability/reference_model.hpp"

#include "tests/kernel_model/capability/comparison.hpp"
#include "tests/support/program_builder.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace drywalk::reference {
namespace {

using namespace kernel;
using enum OperationKind;
using test::ProgramBuilder;

constexpr std::uint64_t base = layout::memory_region.value();
constexpr std::uint64_t page = 4096;
constexpr std::uint32_t data_slot = 7;

UserItem load(std::uint64_t address) { return {address, 0, UserAction::load, 0}; }
UserItem store(std::uint64_t address, std::uint32_t value) { return {address, value, UserAction::store, 0}; }
UserItem call_code(std::uint64_t address) { return {address, 0, UserAction::call, 0}; }
UserItem sum(std::uint64_t address, std::uint16_t words, std::uint32_t stride = 1)
{
    return {address, stride, UserAction::sum, words};
}
UserItem fill(std::uint64_t address, std::uint16_t words, std::uint32_t value, std::uint32_t stride = 1)
{
    return {address, value << 16 | stride, UserAction::fill, words};
}

/// One Image: 4 persistent pages at `base`, 2 pinned ones 1 MiB above, 1 ephemeral one 2 MiB above. Instances hold
/// nothing unless a test says so.
struct Small : ProgramBuilder {
    static constexpr std::uint64_t pinned = base + layout::mib;
    static constexpr std::uint64_t ephemeral = base + 2 * layout::mib;

    explicit Small(std::uint32_t instances = 1)
    {
        header.kernel = KernelKind::capabilities;
        image({.code_pages = 2, .data_pages = 1}, {{base, 4, MappingKind::persistent, data_slot},
                                                   {pinned, 2, MappingKind::pinned, 3},
                                                   {ephemeral, 1, MappingKind::ephemeral, 0}});
        for (std::uint32_t index = 0; index < instances; ++index)
            instance({.image = 0});
    }
    /// CALL, RUN, HALT.
    void rpc(std::uint32_t slot, const std::vector<UserItem>& items)
    {
        on_slot(call_slot, slot);
        operation(run, body(items));
        operation(halt);
    }
    void holds(std::uint32_t instance, std::uint32_t slot_index, std::uint32_t cap_index)
    {
        slot({SlotOwner::instance, instance, slot_index, SlotContent::data_cap, cap_index});
    }
};

std::vector<Observation> run_reference(ProgramBuilder& program, std::vector<ObservationKind> kinds)
{
    std::vector<Observation> picked;
    for (const Expectation& each : expected_observations(program.bytes()))
        if (std::ranges::count(kinds, each.observation.kind) != 0) picked.push_back(each.observation);
    return picked;
}

std::vector<std::uint64_t> values(ProgramBuilder& program)
{
    std::vector<std::uint64_t> result;
    for (const Observation& each : run_reference(program, {ObservationKind::value}))
        result.push_back(each.b);
    return result;
}

using Values = std::vector<std::uint64_t>;

TEST(Reference, ReportsOneRpcFromTheCallToTheEnd)
{
    Small program;
    program.rpc(0, {store(base + 8, 5), load(base + 8)});
    const std::vector<Observation> expected{
        {ObservationKind::entered, 0, 0, 1},       {ObservationKind::value, 0, 0, 5},
        {ObservationKind::value, 0, 1, 5},         {ObservationKind::ran, 0, 0, 1},
        {ObservationKind::state, 1, data_slot, 2}, // name 1 is the chain
        {ObservationKind::left, 0, 0, 0}};
    std::vector<Observation> seen;
    for (const Expectation& each : expected_observations(program.bytes()))
        seen.push_back(each.observation);
    EXPECT_EQ(seen, expected);
}

TEST(Reference, KeepsPersistentMemoryAndForgetsEphemeral)
{
    Small program;
    program.rpc(0, {store(base, 11), store(Small::ephemeral, 12), load(Small::ephemeral)});
    program.rpc(0, {load(base), load(Small::ephemeral)});
    EXPECT_EQ(values(program), (Values{11, 12, 12, 11, 0}));
}

TEST(Reference, ShowsTheBytesOfDataCapsAndZeroesBehindThem)
{
    Small program;
    const CapRecord record{4096 + 16, 9};
    program.cap(record);
    program.holds(0, data_slot, 0);
    program.slot({SlotOwner::image, 0, 3, SlotContent::data_cap, 0});
    program.rpc(
        0, {load(base), load(base + 4096 + 8), load(base + 4096 + 16), load(base + 8192), load(Small::pinned + 4096)});
    EXPECT_EQ(values(program), (Values{cap_word(record, 0), cap_word(record, 513), 0, 0, cap_word(record, 512)}));
}

TEST(Reference, SumsAndFillsByStride)
{
    Small program;
    program.rpc(0, {fill(base, 3, 9, 2), load(base), load(base + 8), load(base + 32), sum(base, 5), sum(base, 4, 0)});
    EXPECT_EQ(values(program), (Values{9, 9, 0, 9, 27, 36}));
}

TEST(Reference, CallsTemplateCodeAndReadsMarks)
{
    Small program;
    program.rpc(0, {call_code(program.template_page(1)), program.load(2), load(program.template_page(1))});
    EXPECT_EQ(values(program), (Values{template_mark(0, 1), template_mark(0, 2), template_code(template_mark(0, 1))}));
}

struct FaultCase {
    UserItem item;
    std::uint64_t address;
    std::uint32_t code;
};

TEST(Reference, FaultsWhereRightsOrMappingsEnd)
{
    Small geometry;
    const std::uint64_t code_page = geometry.template_page(0);
    const std::uint64_t data_page = geometry.template_page(2);
    const std::vector<FaultCase> cases{{load(base + 4 * page), base + 4 * page, 4},
                                       {store(base - 8, 1), base - 8, 6},
                                       {call_code(base + 5 * page), base + 5 * page, 0x14},
                                       {call_code(base), base, 0x15},
                                       {store(Small::pinned, 1), Small::pinned, 7},
                                       {store(code_page, 1), code_page, 7},
                                       {call_code(data_page), data_page, 0x15},
                                       {load(data_page + 4096), data_page + 4096, 4},
                                       {sum(base + 4 * page - 16, 3), base + 4 * page, 4},
                                       {fill(base + 8, 600, 1, 64), base + 4 * page + 8, 6}};
    for (const FaultCase& each : cases) {
        Small program;
        program.header.policies.mapping = MemoryMapping::eager;
        program.rpc(0, {load(base), each.item, load(base)});
        EXPECT_EQ(run_reference(program, {ObservationKind::value, ObservationKind::page_fault, ObservationKind::faulted,
                                          ObservationKind::left}),
                  (std::vector<Observation>{{ObservationKind::value, 0, 0, 0},
                                            {ObservationKind::page_fault, each.code, 1, each.address},
                                            {ObservationKind::faulted, 0, 1, 0}}));
    }
}

TEST(Reference, LeavesOpenOnlyWhatAnEarlierFrameMayHaveBroughtIn)
{
    Small program;
    program.header.policies.mapping = MemoryMapping::lazy;
    program.rpc(0, {store(Small::pinned, 1)});                      // nothing can be there
    program.rpc(0, {load(Small::pinned), store(Small::pinned, 1)}); // just touched
    program.rpc(0, {store(Small::pinned + 4096, 1)});               // in the same 2 MiB as what was touched
    program.rpc(0, {load(base), call_code(base + 4096)});           // another page of writable memory
    std::vector<std::pair<std::uint32_t, std::uint32_t>> codes;
    for (const Expectation& each : expected_observations(program.bytes()))
        if (each.observation.kind == ObservationKind::page_fault)
            codes.emplace_back(each.observation.code, each.open_code_bits);
    EXPECT_EQ(codes, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{6, 0}, {7, 0}, {6, 1}, {0x14, 0}}));
}

TEST(Reference, DiscardsAFaultingFrameAndGoesOnBehindItsHalt)
{
    Small program{2};
    program.rpc(0, {store(base, 1)});
    program.on_slot(call_slot, 0);
    program.operation(run, program.body({store(base, 2), load(0x5000)}));
    program.rpc(1, {load(base)}); // inside what is skipped
    program.operation(halt);
    program.rpc(0, {load(base)});
    EXPECT_EQ(values(program), (Values{1, 2, 1}));
}

TEST(Reference, LosesTheSlotsOfADiscardedFrame)
{
    Small program{2};
    program.on_slot(call_slot, 0);
    program.rpc(1, {store(base, 3)}); // a new version of Instance 1, in the frame's slot only
    program.operation(run, program.body({load(0x5000)}));
    program.operation(halt);
    program.rpc(1, {load(base)});
    EXPECT_EQ(values(program), (Values{3, 0}));
}

TEST(Reference, PrefersExplicitReplacementToWhatWasWritten)
{
    Small program;
    const CapRecord record{8, 1};
    program.cap(record);
    program.on_slot(call_slot, 0);
    program.on_slot(put, data_slot, 0);
    program.operation(run, program.body({store(base, 4), load(base)})); // what was mapped at the CALL stays
    program.operation(reply);
    program.rpc(0, {load(base)});
    EXPECT_EQ(values(program), (Values{4, 4, cap_word(record, 0)}));
    EXPECT_EQ(run_reference(program, {ObservationKind::state}).front(),
              (Observation{ObservationKind::state, 0, data_slot, 1})); // name 1 is the DataCap
}

TEST(Reference, CountsPublishedPagesAsThePolicySays)
{
    for (const std::uint32_t copy_on_write : {0U, 1U}) {
        Small program;
        program.header.policies.copy_on_write = copy_on_write;
        program.rpc(0, {store(base, 0), store(base + 8192, 6)});
        program.rpc(0, {store(base + 8192, 6), store(base + 3 * page, 0)});
        const auto states = run_reference(program, {ObservationKind::state});
        EXPECT_EQ(states[0].code, 1U + copy_on_write);
        EXPECT_EQ(states[1].code, 2 * copy_on_write);
        EXPECT_EQ(states[0].b, states[1].b) << "the same content";
    }
}

/// The DataCap grows to the highest page that changed, and its length becomes whole pages only if something changed.
TEST(Reference, GivesTheDataCapAtTheEndItsLength)
{
    Small program{2};
    program.cap({100, 1});
    program.holds(0, data_slot, 0);
    program.rpc(0, {store(base, static_cast<std::uint32_t>(cap_word({100, 1}, 0)))}); // changes the high half
    program.rpc(1, {load(base), store(base + 4096, 0)});
    const auto states = run_reference(program, {ObservationKind::cap, ObservationKind::state});
    EXPECT_NE(states[1].b, states[0].b);
    EXPECT_EQ(states[2].b, 0U) << "zeroes over nothing are nothing";
}

TEST(Reference, LetsEmptySlotsInheritTheCallersAndKeepsThem)
{
    Small program{2};
    const CapRecord record{8, 5};
    program.cap(record);
    program.on_slot(call_slot, 0);
    program.on_slot(put, data_slot, 0);
    program.rpc(1, {load(base)}); // finds frame 0's slot, as its own is empty
    program.on_slot(clear, data_slot);
    program.rpc(1, {load(base)}); // its own now
    program.operation(halt);
    EXPECT_EQ(values(program), (Values{cap_word(record, 0), cap_word(record, 0)}));
}

TEST(Reference, NamesInstancesByTheirDescent)
{
    Small program{2};
    program.on_slot(derive, 10, 0);    // the host's child, as Instances 0 and 1 are
    program.on_slot(copy_slot, 11, 1); // Instance 1
    program.on_slot(call_slot, 0);
    program.on_slot(derive, 10, 0); // Instance 0's child
    program.operation(halt);
    const auto set = run_reference(program, {ObservationKind::slot_set});
    EXPECT_EQ(set[0].b, set[1].b);
    EXPECT_NE(set[0].b, set[2].b);
}

TEST(Reference, RefusesCallsInTheOrderOfTheChecks)
{
    ProgramBuilder program;
    program.image({.endpoint_count = 2}, {{base, 1, MappingKind::persistent, data_slot}});
    program.instance({.image = 0});
    program.cap({2 * page, 1});
    const auto attempt = [&](std::uint32_t slot, std::uint32_t endpoint) {
        program.on_slot(call_slot, slot, endpoint);
        program.operation(halt);
    };
    attempt(5, 9);
    attempt(0, 2);
    program.on_slot(put, data_slot, 0);
    attempt(0, 1);
    program.on_slot(copy_slot, data_slot, 0);
    attempt(0, 1);
    std::vector<std::uint64_t> faults;
    for (const Observation& each : run_reference(program, {ObservationKind::call_refused}))
        faults.push_back(each.b);
    EXPECT_EQ(faults, (Values{1, 2, 3, 4}));
}

TEST(Reference, EndsAFrameThatNamesWhatIsNotThere)
{
    Small program;
    for (const auto kind : {put, derive, copy_slot}) {
        program.on_slot(call_slot, 0);
        program.on_slot(kind, 1, 256);
        program.operation(halt);
    }
    program.on_slot(put, 1, 256);
    program.rpc(0, {});
    EXPECT_EQ(run_reference(program, {ObservationKind::faulted, ObservationKind::refused, ObservationKind::left}),
              (std::vector<Observation>{{ObservationKind::faulted, 0, 3, 0},
                                        {ObservationKind::faulted, 0, 3, 0},
                                        {ObservationKind::faulted, 0, 3, 0},
                                        {ObservationKind::refused, 0, 9, 1}}));
}

TEST(Reference, KeepsNestedFramesOfOneInstanceApart)
{
    Small program;
    program.on_slot(call_slot, 0);
    const std::uint32_t add = program.body({load(base), store(base, 1), load(base)});
    program.operation(run, add);
    program.on_slot(call_slot, 0); // the version in the frame's slot, inherited from the host
    program.operation(run, add);
    program.operation(halt);
    program.operation(run, add);
    program.operation(halt);
    EXPECT_EQ(values(program), (Values{0, 1, 1, 0, 1, 1, 1, 1, 1}));
}

struct Comparison : testing::Test {
    Comparison()
    {
        Small program{2};
        program.cap({8, 1});
        program.cap({8, 1});
        program.cap({8, 2});
        program.rpc(0, {store(base, 1)});
        program.rpc(1, {store(base, 1), load(0x5000)});
        expected = expected_observations(program.bytes());
        for (const Expectation& each : expected) {
            Observation observation = each.observation;
            if (each.b_is_name && observation.b != 0) observation.b = observation.b * 0x1234'5678;
            reported.push_back(observation);
        }
    }
    std::vector<Expectation> expected;
    std::vector<Observation> reported;
};

TEST_F(Comparison, AgreesUnderAnyAddresses)
{
    reported.push_back({ObservationKind::counter, 1, 0, 5});
    EXPECT_EQ(first_difference(expected, reported), std::nullopt);
}

TEST_F(Comparison, SeesEveryChangeOfEveryObservation)
{
    for (std::size_t at = 0; at < reported.size(); ++at) {
        const Observation right = reported[at];
        reported[at].a += 1;
        EXPECT_TRUE(first_difference(expected, reported)) << at;
        reported[at] = right;
        reported[at].code ^= 4;
        EXPECT_TRUE(first_difference(expected, reported)) << at;
        reported[at] = right;
        reported[at].b ^= 1; // of an address that is seen once any other will do
        EXPECT_NE(first_difference(expected, reported).has_value(),
                  right.kind == ObservationKind::state || (at == 2 && expected[at].b_is_name))
            << at;
        reported[at] = right;
    }
}

TEST_F(Comparison, SeesWhatIsMissingAndWhatIsTooMuch)
{
    const Observation last = reported.back();
    reported.pop_back();
    EXPECT_TRUE(first_difference(expected, reported));
    reported.push_back(last);
    reported.push_back(last);
    EXPECT_TRUE(first_difference(expected, reported));
}

TEST_F(Comparison, SeesOneAddressForTwoContents)
{
    reported[2].b = reported[0].b;
    EXPECT_TRUE(first_difference(expected, reported));
}

} // namespace
} // namespace drywalk::reference
