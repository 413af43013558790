// SPDX-License-Identifier: MIT
// Each discipline's exact order of MOV CR3, INVLPG and MOV CR4, written out.
#include "kernel_model/core/image_switch.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::kernel {
namespace {

using Commands = std::vector<test::Command>;
using Kind = test::Command::Kind;
using x86::Level;
using x86::PhysicalAddress;

constexpr std::uint64_t kernel_root = 0x1000;
constexpr std::uint64_t a_root = 0xa000;
constexpr std::uint64_t b_root = 0xb000;
constexpr std::uint64_t base = 0x80'4020'0000;

test::Command cr3(std::uint64_t root) { return {Kind::cr3, root}; }
test::Command invlpg(std::uint64_t page) { return {Kind::invlpg, base + page * 4096}; }

class ImageSwitchTest : public testing::Test {
protected:
    ImageSwitchTest() { machine.write_cr4({x86::Cr4::pae | x86::Cr4::pge}); }

    /// What the machine sees while ring 3 is visited once in `space`.
    Commands visit(ImageSwitch& images, std::uint64_t root, const Template& pages)
    {
        machine.commands.clear();
        images.enter({root}, pages);
        machine.commands.push_back({Kind::user, root});
        images.leave();
        return machine.commands;
    }
    static ImageSwitch under(Discipline discipline, std::uint32_t partial_pages = 0)
    {
        return {discipline, partial_pages, {kernel_root}};
    }

    test::FakeMachine machine{std::uint64_t{4096}};
    hal::MachineInUse in_use{machine};
    /// A has three leaves, B has two, at the same place.
    Template a{{PhysicalAddress{0x2000}, Level::pde}, x86::LinearAddress::truncate(base), x86::PageSize::size_4k, 3, 1};
    Template b{{PhysicalAddress{0x3000}, Level::pde}, x86::LinearAddress::truncate(base), x86::PageSize::size_4k, 2, 2};
    const test::Command user_a{Kind::user, a_root};
    const test::Command user_b{Kind::user, b_root};
};

TEST_F(ImageSwitchTest, WithoutInvalidationThereAreOnlyTheTwoMovCr3)
{
    for (const Discipline discipline : {Discipline::not_global, Discipline::global_no_flush, Discipline::pcid_flush,
                                        Discipline::pcid_tracked, Discipline::pcid_no_flush}) {
        ImageSwitch images = under(discipline);
        EXPECT_EQ(visit(images, a_root, a), (Commands{cr3(a_root), user_a, cr3(kernel_root)}));
        EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
        EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
    }
}

TEST_F(ImageSwitchTest, OutgoingUnderKernelCr3DropsThePreviousTemplateBeforeTheNextIsLoaded)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_kernel_cr3);
    EXPECT_EQ(visit(images, a_root, a), (Commands{cr3(a_root), user_a, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b),
              (Commands{invlpg(0), invlpg(1), invlpg(2), cr3(b_root), user_b, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, a_root, a), (Commands{invlpg(0), invlpg(1), cr3(a_root), user_a, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, OutgoingUnderOldCr3DropsItWhileItIsStillReachable)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_old_cr3);
    EXPECT_EQ(visit(images, a_root, a), (Commands{cr3(a_root), user_a})); // stays on A's tables
    EXPECT_EQ(visit(images, b_root, b),
              (Commands{invlpg(0), invlpg(1), invlpg(2), cr3(kernel_root), cr3(b_root), user_b}));
    EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(kernel_root), cr3(b_root), user_b}));
}

TEST_F(ImageSwitchTest, IncomingAfterSwitchDropsTheNextTemplateUnderItsOwnTables)
{
    ImageSwitch images = under(Discipline::global_invlpg_incoming_after_switch);
    EXPECT_EQ(visit(images, a_root, a), (Commands{cr3(a_root), user_a, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), invlpg(0), invlpg(1), user_b, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, PartialDropsTheFirstPagesAndNeverMoreThanThereAre)
{
    ImageSwitch two = under(Discipline::global_invlpg_partial, 2);
    (void)visit(two, a_root, a);
    EXPECT_EQ(visit(two, b_root, b), (Commands{invlpg(0), invlpg(1), cr3(b_root), user_b, cr3(kernel_root)}));
    ImageSwitch none = under(Discipline::global_invlpg_partial, 0);
    (void)visit(none, a_root, a);
    EXPECT_EQ(visit(none, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
    ImageSwitch many = under(Discipline::global_invlpg_partial, 100);
    (void)visit(many, a_root, a);
    EXPECT_EQ(visit(many, b_root, b),
              (Commands{invlpg(0), invlpg(1), invlpg(2), cr3(b_root), user_b, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, PgeToggleClearsAndSetsTheBitUnderTheKernelsTables)
{
    const std::uint64_t on = x86::Cr4::pae | x86::Cr4::pge;
    ImageSwitch images = under(Discipline::global_pge_toggle);
    EXPECT_EQ(visit(images, a_root, a), (Commands{cr3(a_root), user_a, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b),
              (Commands{{Kind::cr4, x86::Cr4::pae}, {Kind::cr4, on}, cr3(b_root), user_b, cr3(kernel_root)}));
    EXPECT_EQ(visit(images, b_root, b), (Commands{cr3(b_root), user_b, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, AnotherInstanceOfTheSameImageIsNoSwitch)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_kernel_cr3);
    (void)visit(images, a_root, a);
    EXPECT_EQ(visit(images, 0xc000, a), (Commands{cr3(0xc000), {Kind::user, 0xc000}, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, LargeLeavesTakeOneInvlpgEach)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_kernel_cr3);
    a.page_size = x86::PageSize::size_2m;
    (void)visit(images, a_root, a);
    EXPECT_EQ(visit(images, b_root, b),
              (Commands{invlpg(0), invlpg(512), invlpg(1024), cr3(b_root), user_b, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, CountsAreThoseOfTheCommandsTheMachineSaw)
{
    for (std::uint32_t index = 0; index < discipline_count; ++index) {
        ImageSwitch images = under(static_cast<Discipline>(index), 1);
        SwitchCounts seen;
        for (const bool next_is_a : {true, false, false, true, true, false}) {
            for (const test::Command& command : visit(images, next_is_a ? a_root : b_root, next_is_a ? a : b)) {
                seen.cr3_writes += command.kind == Kind::cr3 ? 1 : 0;
                seen.cr4_writes += command.kind == Kind::cr4 ? 1 : 0;
                seen.invlpgs += command.kind == Kind::invlpg ? 1 : 0;
            }
        }
        EXPECT_EQ(images.counts().cr3_writes, seen.cr3_writes) << index;
        EXPECT_EQ(images.counts().cr4_writes, seen.cr4_writes) << index;
        EXPECT_EQ(images.counts().invlpgs, seen.invlpgs) << index;
    }
}

TEST_F(ImageSwitchTest, LeavesAreGlobalUnlessMovCr3OrAPcidKeepsThemApart)
{
    const std::set<Discipline> not_global{Discipline::not_global, Discipline::pcid_flush, Discipline::pcid_tracked,
                                          Discipline::pcid_no_flush};
    for (std::uint32_t index = 0; index < discipline_count; ++index) {
        const auto discipline = static_cast<Discipline>(index);
        EXPECT_EQ(under(discipline).leaves_are_global(), !not_global.contains(discipline)) << index;
    }
}

TEST_F(ImageSwitchTest, ATemplateBuiltWhereAnOlderOneLayIsAnotherImage)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_kernel_cr3);
    visit(images, a_root, a);
    Template rebuilt = a;
    rebuilt.token = 7;
    EXPECT_EQ(visit(images, a_root, rebuilt),
              (Commands{invlpg(0), invlpg(1), invlpg(2), cr3(a_root), user_a, cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, ParksOnTheKernelsTablesOnceWhateverTheDiscipline)
{
    ImageSwitch images = under(Discipline::global_invlpg_outgoing_under_old_cr3);
    visit(images, a_root, a);
    machine.commands.clear();
    images.park();
    images.park();
    EXPECT_EQ(machine.commands, (Commands{cr3(kernel_root)}));
}

TEST_F(ImageSwitchTest, PurgesAPcidByLoadingTheKernelsTablesUnderIt)
{
    ImageSwitch images{Discipline::not_global, 0, {kernel_root | x86::Cr3::no_flush}};
    images.purge({a_root | 5});
    EXPECT_EQ(machine.commands.size(), 3U);
    EXPECT_EQ(machine.commands[1], cr3(kernel_root | 5));
    EXPECT_EQ(machine.commands[2], cr3(kernel_root | x86::Cr3::no_flush));
}

} // namespace
} // namespace drywalk::kernel
