// SPDX-License-Identifier: MIT
// Which PCID an Instance runs with, and whether bit 63 of CR3 is set: every step written out.
#include "kernel_model/core/pcid_pool.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace drywalk::kernel {
namespace {

using x86::PhysicalAddress;

constexpr std::uint64_t keep = x86::Cr3::no_flush;

class PcidPoolTest : public testing::Test {
protected:
    /// What each entry into `instances` loads beside the root, which is 0 here.
    static std::vector<std::uint64_t> enter(PcidPool& pool, const std::vector<std::uint32_t>& instances)
    {
        std::vector<std::uint64_t> loaded;
        for (const std::uint32_t instance : instances)
            loaded.push_back(pool.cr3_for_entry(instance, PhysicalAddress{}).value);
        return loaded;
    }
    using Loaded = std::vector<std::uint64_t>;

    test::FakeMachine machine{std::uint64_t{4096}};
    hal::MachineInUse in_use{machine};
};

TEST_F(PcidPoolTest, TrackedFlushesAtTheFirstEntryAlone)
{
    PcidPool pool{Discipline::pcid_tracked, 2, true};
    EXPECT_EQ(enter(pool, {7, 7, 3, 7, 3}), (Loaded{1, keep | 1, 2, keep | 1, keep | 2}));
}

TEST_F(PcidPoolTest, TrackedFlushesAPcidThatAnotherInstanceHadMeanwhile)
{
    PcidPool pool{Discipline::pcid_tracked, 2, true};
    EXPECT_EQ(enter(pool, {0, 1, 2, 1, 0, 2}), (Loaded{1, 2, 1, keep | 2, 2, keep | 1}));
}

TEST_F(PcidPoolTest, TrackedFlushesOnceAfterAChangeOfTheTables)
{
    PcidPool pool{Discipline::pcid_tracked, 2, true};
    (void)enter(pool, {0, 1});
    pool.note_changed(0);
    EXPECT_EQ(enter(pool, {1, 0, 0}), (Loaded{keep | 2, 1, keep | 1}));
}

TEST_F(PcidPoolTest, AChangeWithoutAPcidCostsNoneItsEntries)
{
    PcidPool pool{Discipline::pcid_tracked, 1, true};
    (void)enter(pool, {0});
    pool.note_changed(1);
    EXPECT_EQ(enter(pool, {0, 1}), (Loaded{keep | 1, 1}));
}

TEST_F(PcidPoolTest, FlushNeverSetsBit63)
{
    PcidPool pool{Discipline::pcid_flush, 2, true};
    EXPECT_EQ(enter(pool, {0, 0, 1, 2, 0}), (Loaded{1, 1, 2, 1, 2}));
    EXPECT_EQ(pool.kernel_cr3(PhysicalAddress{0x1000}).value, 0x1000U);
}

TEST_F(PcidPoolTest, NoFlushAlwaysSetsBit63)
{
    PcidPool pool{Discipline::pcid_no_flush, 2, true};
    pool.note_changed(0);
    EXPECT_EQ(enter(pool, {0, 1, 2, 0}), (Loaded{keep | 1, keep | 2, keep | 1, keep | 2}));
    EXPECT_EQ(pool.kernel_cr3(PhysicalAddress{0x1000}).value, keep | 0x1000U);
}

TEST_F(PcidPoolTest, WithoutPcidsCr3IsTheRoot)
{
    for (const auto& [discipline, supported] : {std::pair{Discipline::pcid_tracked, false},
                                                {Discipline::pcid_no_flush, false},
                                                {Discipline::not_global, true},
                                                {Discipline::global_no_flush, true}}) {
        PcidPool pool{discipline, 2, supported};
        EXPECT_FALSE(pool.enabled());
        EXPECT_EQ(pool.kernel_cr3(PhysicalAddress{0x1000}).value, 0x1000U);
        for (int turn = 0; turn < 2; ++turn)
            EXPECT_EQ(pool.cr3_for_entry(0, PhysicalAddress{0x5000}).value, 0x5000U);
    }
}

TEST_F(PcidPoolTest, HasRoomForAllInstances)
{
    PcidPool pool{Discipline::pcid_tracked, max_instances, true};
    for (std::uint32_t instance = 0; instance < max_instances; ++instance)
        EXPECT_EQ(enter(pool, {instance, instance}), (Loaded{instance + 1, keep | (instance + 1)}));
}

} // namespace
} // namespace drywalk::kernel
