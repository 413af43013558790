// SPDX-License-Identifier: MIT
// The cap directory: finds what was entered, forgets what was erased, and counts what it looks at.
#include "kernel_model/core/capability/directory.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

namespace drywalk::kernel {
namespace {

class DirectoryTest : public testing::TestWithParam<DirectoryLookup> {
protected:
    DirectoryTest() { EXPECT_EQ(directory.boot(heap), Refusal::none); }

    test::FakeMachine machine{16 * layout::mib};
    hal::MachineInUse in_use{machine};
    Counters counters;
    Heap heap{layout::frame_pool, x86::PhysicalAddress{16 * layout::mib}, counters};
    Directory directory{GetParam(), counters};
};
INSTANTIATE_TEST_SUITE_P(Lookups, DirectoryTest, testing::Values(DirectoryLookup::hashed, DirectoryLookup::linear));

TEST_P(DirectoryTest, FindsWhatWasInsertedAndNothingElse)
{
    // Two that hash to the same slot.
    const std::uint64_t one = 4 * 77;
    const std::uint64_t other = 4 * (77 + Directory::capacity);
    directory.insert(one).value().set_references(1);
    directory.insert(other).value().set_references(2);
    EXPECT_EQ(directory.find(one).references(), 1U);
    EXPECT_EQ(directory.find(other).references(), 2U);
    EXPECT_FALSE(directory.find(4 * 78).exists());
    EXPECT_FALSE(directory.find(4 * 79).exists());
}

TEST_P(DirectoryTest, FindsWhatLiesBehindAnErasedEntry)
{
    const std::uint64_t one = 4 * 77;
    const std::uint64_t other = 4 * (77 + Directory::capacity);
    const DirectoryEntry first = directory.insert(one).value();
    EXPECT_TRUE(directory.insert(other).ok());
    directory.erase(first);
    EXPECT_FALSE(directory.find(one).exists());
    EXPECT_TRUE(directory.find(other).exists());
}

TEST_P(DirectoryTest, IsRefusedWhenFullAndTakesErasedPlacesAgain)
{
    for (std::uint64_t index = 1; index <= Directory::capacity; ++index)
        ASSERT_TRUE(directory.insert(4 * index).ok());
    EXPECT_EQ(directory.insert(4 * (Directory::capacity + 1)).refusal(), Refusal::out_of_memory);
    EXPECT_FALSE(directory.find(4 * (Directory::capacity + 1)).exists());
    directory.erase(directory.find(4 * 1000));
    EXPECT_TRUE(directory.insert(4 * (Directory::capacity + 1)).ok());
    std::uint64_t visited = 0;
    directory.for_each([&](DirectoryEntry) { ++visited; });
    EXPECT_EQ(visited, Directory::capacity);
}

TEST_P(DirectoryTest, TheLinearLookupLooksAtEverythingInFront)
{
    for (std::uint64_t index = 1; index <= 100; ++index)
        ASSERT_TRUE(directory.insert(4 * index).ok());
    const std::uint64_t before = counters[Counter::directory_probes];
    EXPECT_TRUE(directory.find(4 * 100).exists());
    const std::uint64_t probes = counters[Counter::directory_probes] - before;
    EXPECT_EQ(probes, GetParam() == DirectoryLookup::linear ? 100U : 1U);
}

TEST_P(DirectoryTest, ComingAndGoingDoesNotMakeSearchesLonger)
{
    for (std::uint64_t index = 1; index <= 10 * Directory::capacity; ++index)
        directory.erase(directory.insert(4 * index).value());
    const std::uint64_t before = counters[Counter::directory_probes];
    EXPECT_FALSE(directory.find(4).exists());
    EXPECT_EQ(counters[Counter::directory_probes] - before, 1U);
}

} // namespace
} // namespace drywalk::kernel
