// SPDX-License-Identifier: MIT
// The debt of an INVLPG: three ways to settle it, and none to lose it.
#include "kernel_model/core/flush_obligation.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace drywalk::kernel {
namespace {

using test::Command;

const x86::LinearAddress page = x86::LinearAddress::truncate(0x40'0000);

class FlushObligationTest : public testing::Test {
protected:
    test::FakeMachine machine{std::uint64_t{4096}};
    hal::MachineInUse in_use{machine};
};

TEST_F(FlushObligationTest, FlushExecutesOneInvlpgOfItsPage)
{
    FlushObligation{page}.flush();
    EXPECT_EQ(machine.commands, (std::vector<Command>{{Command::Kind::invlpg, page.value()}}));
}

TEST_F(FlushObligationTest, OmitExecutesNothing)
{
    for (const Omission reason : {Omission::was_not_present, Omission::not_reachable, Omission::on_purpose})
        FlushObligation{page}.omit(reason);
    EXPECT_TRUE(machine.commands.empty());
}

TEST_F(FlushObligationTest, AMovedDebtIsOwedOnceByItsNewOwner)
{
    FlushObligation first{page};
    FlushObligation second{std::move(first)};
    std::move(second).flush();
    EXPECT_EQ(machine.commands.size(), 1U);
}

TEST_F(FlushObligationTest, NothingIsOwedByDefault)
{
    const FlushObligation none;
    EXPECT_TRUE(machine.commands.empty());
}

TEST_F(FlushObligationTest, DroppingAnOpenDebtEndsTheMachine)
{
    EXPECT_DEATH({ const FlushObligation dropped{page}; }, "a flush obligation was dropped");
}

TEST_F(FlushObligationTest, DroppingADebtThatWasMovedOnEndsTheMachineToo)
{
    EXPECT_DEATH(
        {
            FlushObligation first{page};
            const FlushObligation second{std::move(first)};
        },
        "a flush obligation was dropped");
}

static_assert(!std::is_copy_constructible_v<FlushObligation> && !std::is_copy_assignable_v<FlushObligation>);
static_assert(!std::is_move_assignable_v<FlushObligation>, "assigning over an open debt would lose it");

} // namespace
} // namespace drywalk::kernel
