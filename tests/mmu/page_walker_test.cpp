// SPDX-License-Identifier: MIT
// The walker: which entries it reads, from where, what it charges, and what it writes back.
#include "models/mmu/page_walker.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace drywalk::mmu {
namespace {

using namespace test;
using machine::ServedBy;
using memory::Service;
using x86::PageFaultCode;

/// Writes down what was asked for; answers from DRAM the first time, from L2 after that.
class RecordingPort final : public memory::Port {
public:
    RecordingPort() : Port{{}} {}

    std::vector<PhysicalAddress> asked;

private:
    Service miss(PhysicalAddress address) override
    {
        const bool again = std::ranges::find(asked, address) != asked.end();
        asked.push_back(address);
        return again ? Service{ServedBy::l2, 10} : Service{ServedBy::dram, 100};
    }
};

/// A walker beside the bench's tables.
struct WalkerBench {
    explicit WalkerBench(const machine::PagingStructureCacheProfile& caches = {})
        : walker{{.caches = caches, .memory = bench.memory, .port = port, .ledger = ledger, .tables = tables}}
    {
    }

    Walked walk(LinearAddress address, Access access) { return walker.walk(address, access, bench.mmu.mode()); }

    Bench bench{plain_profile()};
    RecordingPort port;
    machine::MmuLedger ledger;
    TableWatch watch{Bench::memory_bytes};
    WatchedTables tables{watch};
    PageWalker walker;
};

const LinearAddress here = linear(0x40'1234'5000);

std::vector<PhysicalAddress> slots(Bench& bench, LinearAddress address, Level last)
{
    std::vector<PhysicalAddress> result;
    for (Level level = x86::root_level;; level = below(level)) {
        result.push_back(bench.slot(bench.root, address, level));
        if (level == last) return result;
    }
}

TEST(PageWalker, ReadsOneEntryALevelFromTheRootDown)
{
    for (const auto& [size, page] : {std::pair{PageSize::size_4k, 0x7000U}, {PageSize::size_2m, 0x80'0000U}}) {
        WalkerBench bench;
        bench.bench.map(bench.bench.root, here.page(size), page, open_page, size);
        const Walked walked = bench.walk(here, user_read);
        ASSERT_TRUE(walked.translation);
        EXPECT_EQ(walked.translation->page, PhysicalAddress{page});
        EXPECT_EQ(walked.translation->size, size);
        EXPECT_TRUE(walked.from_root);
        EXPECT_EQ(bench.port.asked, slots(bench.bench, here, leaf_level(size)));
    }
}

TEST(PageWalker, ChargesEachReferenceByLevelAndByTheCacheThatHadIt)
{
    WalkerBench bench;
    bench.bench.map(bench.bench.root, here, 0x7000);
    bench.bench.map(bench.bench.root, here + 0x1000, 0x8000);
    EXPECT_EQ(bench.walk(here, user_read).cycles, 400U);
    EXPECT_EQ(bench.walk(here + 0x1000, user_read).cycles, 130U); // only the PTE is new
    for (const Level level : {Level::pml4e, Level::pdpte, Level::pde}) {
        EXPECT_EQ((bench.ledger[machine::WalkReference{level, ServedBy::dram}]), (machine::LedgerLine{100, 1}));
        EXPECT_EQ((bench.ledger[machine::WalkReference{level, ServedBy::l2}]), (machine::LedgerLine{10, 1}));
    }
    EXPECT_EQ((bench.ledger[machine::WalkReference{Level::pte, ServedBy::dram}]), (machine::LedgerLine{200, 2}));
    EXPECT_EQ(bench.ledger.total_cycles(), 530U);
}

TEST(PageWalker, AStructureCacheHitSkipsTheLevelsAboveIt)
{
    WalkerBench bench{{1, 1, 1}};
    bench.bench.map(bench.bench.root, here, 0x7000);
    bench.bench.map(bench.bench.root, here + 0x1000, 0x8000);
    bench.bench.map(bench.bench.root, here + (2 << 20), 0x9000);
    bench.bench.map(bench.bench.root, here + (1 << 30), 0xa000);
    const auto references = [&](LinearAddress address) {
        bench.port.asked.clear();
        const Walked walked = bench.walk(address, user_read);
        EXPECT_TRUE(walked.translation);
        return std::pair{bench.port.asked.size(), walked.from_root};
    };
    EXPECT_EQ(references(here), (std::pair{std::size_t{4}, true}));
    EXPECT_EQ(references(here + 0x1000), (std::pair{std::size_t{1}, false}));
    EXPECT_EQ(references(here + (2 << 20)), (std::pair{std::size_t{2}, false}));
    EXPECT_EQ(references(here + (1 << 30)), (std::pair{std::size_t{3}, false}));
    bench.walker.clear();
    EXPECT_EQ(references(here), (std::pair{std::size_t{4}, true}));
}

TEST(PageWalker, AStructureCacheHitCarriesTheRightsOfTheSkippedLevels)
{
    WalkerBench bench{{4, 4, 4}};
    bench.bench.map(bench.bench.root, here, 0x7000);
    const PhysicalAddress pde = bench.bench.slot(bench.bench.root, here, Level::pde);
    bench.bench.memory.write(pde, Entry{bench.bench.memory.read(pde)}.without(Entry::writable_bit).raw());
    ASSERT_TRUE(bench.walk(here, user_read).translation);
    const Walked again = bench.walk(here, user_write);
    EXPECT_FALSE(again.from_root);
    EXPECT_FALSE(again.translation);
}

/// A leaf of a large page never becomes a paging-structure entry. [intel/vol3] 4.10.3.1
TEST(PageWalker, ALargeLeafIsNotKeptAsAStructure)
{
    WalkerBench bench{{4, 4, 4}};
    bench.bench.map(bench.bench.root, here.page(PageSize::size_2m), 0x80'0000, open_page, PageSize::size_2m);
    (void)bench.walk(here, user_read);
    bench.port.asked.clear();
    (void)bench.walk(here, user_read);
    EXPECT_EQ(bench.port.asked, (std::vector{bench.bench.slot(bench.bench.root, here, Level::pde)}));
}

TEST(PageWalker, StopsAtTheFirstEntryThatFaultsAndSaysWhy)
{
    for (const Level level : {Level::pml4e, Level::pdpte, Level::pde, Level::pte}) {
        WalkerBench bench;
        bench.bench.map(bench.bench.root, here, 0x7000);
        const PhysicalAddress at = bench.bench.slot(bench.bench.root, here, level);
        const Entry entry{bench.bench.memory.read(at)};
        bench.bench.memory.write(at, entry.without(Entry::present_bit).raw());
        const Walked absent = bench.walk(here, user_write);
        EXPECT_FALSE(absent.translation);
        EXPECT_EQ(absent.fault.value, PageFaultCode::write | PageFaultCode::user);
        EXPECT_EQ(bench.port.asked.size(), x86::four_level_count - level_position(level));
        bench.bench.memory.write(at, entry.with(std::uint64_t{1} << 51).raw());
        const Walked reserved = bench.walk(here, user_read);
        EXPECT_FALSE(reserved.translation);
        EXPECT_EQ(reserved.fault.value, PageFaultCode::present | PageFaultCode::user | PageFaultCode::reserved);
    }
}

TEST(PageWalker, AnEntryOutsideMemoryReadsAsNotPresent)
{
    WalkerBench bench;
    const PhysicalAddress at = bench.bench.slot(bench.bench.root, here, Level::pml4e);
    bench.bench.memory.write(at, Entry::table(PhysicalAddress{Bench::memory_bytes}).raw());
    const Walked walked = bench.walk(here, supervisor_read);
    EXPECT_FALSE(walked.translation);
    EXPECT_EQ(walked.fault.value, 0U);
    EXPECT_EQ(bench.port.asked.size(), 2U);
}

/// The path's entries with A and D cleared.
std::vector<PhysicalAddress> clear_flags(Bench& bench)
{
    const std::vector<PhysicalAddress> path = slots(bench, here, Level::pte);
    for (const PhysicalAddress at : path) {
        bench.memory.write(at, Entry{bench.memory.read(at)}.without(Entry::accessed_bit | Entry::dirty_bit).raw());
    }
    return path;
}

TEST(PageWalker, ARefusedAccessChangesNothing)
{
    WalkerBench bench{{4, 4, 4}};
    bench.bench.map(bench.bench.root, here, 0x7000, {.rights = {.writable = false, .user = true, .executable = true}});
    const std::vector<PhysicalAddress> path = clear_flags(bench.bench);
    const Walked walked = bench.walk(here, user_write);
    EXPECT_FALSE(walked.translation);
    EXPECT_EQ(walked.fault.value, PageFaultCode::present | PageFaultCode::write | PageFaultCode::user);
    for (const PhysicalAddress at : path)
        EXPECT_FALSE(Entry{bench.bench.memory.read(at)}.accessed());
    EXPECT_EQ(bench.ledger[machine::MmuCategory::accessed_dirty_update].count, 0U);
    EXPECT_TRUE(bench.walk(here, user_read).from_root); // no structure was kept
}

TEST(PageWalker, APermittedReadSetsAccessedAllTheWayAndDirtyNowhere)
{
    WalkerBench bench;
    bench.bench.map(bench.bench.root, here, 0x7000);
    const std::vector<PhysicalAddress> path = clear_flags(bench.bench);
    const Walked walked = bench.walk(here, user_read);
    EXPECT_FALSE(walked.translation->dirty);
    for (const PhysicalAddress at : path) {
        EXPECT_TRUE(Entry{bench.bench.memory.read(at)}.accessed());
        EXPECT_FALSE(Entry{bench.bench.memory.read(at)}.dirty());
    }
    EXPECT_EQ(bench.ledger[machine::MmuCategory::accessed_dirty_update],
              (machine::LedgerLine{40, 4})); // each line was just read
    EXPECT_EQ(walked.cycles, 440U);
}

TEST(PageWalker, AWriteSetsDirtyInTheLeafAlone)
{
    WalkerBench bench;
    bench.bench.map(bench.bench.root, here, 0x7000, {.rights = {}, .accessed = true});
    const Walked walked = bench.walk(here, user_write);
    EXPECT_TRUE(walked.translation->dirty);
    const std::vector<PhysicalAddress> path = slots(bench.bench, here, Level::pte);
    for (const PhysicalAddress at : path)
        EXPECT_EQ(Entry{bench.bench.memory.read(at)}.dirty(), at == path.back());
    EXPECT_EQ(bench.ledger[machine::MmuCategory::accessed_dirty_update].count, 1U);
    (void)bench.walk(here, user_write);
    EXPECT_EQ(bench.ledger[machine::MmuCategory::accessed_dirty_update].count, 1U); // set already
}

TEST(PageWalker, UpdatesFlagsWithoutTouchingTheRestOfTheEntry)
{
    WalkerBench bench;
    bench.bench.map(bench.bench.root, here, 0x7000,
                    {.rights = {.writable = true, .user = true, .executable = false}, .global = true});
    const PhysicalAddress at = bench.bench.slot(bench.bench.root, here, Level::pte);
    const std::uint64_t before = bench.bench.memory.read(at) | std::uint64_t{0x5} << 9; // software's own bits
    bench.bench.memory.write(at, before);
    (void)bench.walk(here, user_write);
    EXPECT_EQ(bench.bench.memory.read(at), before | Entry::accessed_bit | Entry::dirty_bit);
}

} // namespace
} // namespace drywalk::mmu
