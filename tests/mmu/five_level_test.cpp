// SPDX-License-Identifier: MIT
// Tables of five levels: one more entry to read, and addresses that 48 bits do not tell apart.
#include "models/mmu/mmu.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;
using Source = Tlb::Source;

/// The same lower 48 bits, below four different PML5Es; the first two are canonical for four levels as well.
const std::array<std::uint64_t, 4> twins{0x40'1234'5000, 0xffff'0040'1234'5000, 0x0001'0040'1234'5000,
                                         0x00ff'0040'1234'5000};

LinearAddress wide(std::uint64_t value) { return LinearAddress::try_canonical(value, x86::widest_linear_bits).value(); }

struct FiveLevels : Bench {
    explicit FiveLevels(const machine::Profile& profile, bool fast_path = true) : Bench{profile, fast_path}
    {
        x86::PagingMode mode = usual_mode(root);
        mode.cr4.value |= x86::Cr4::la57;
        mmu.reset(mode);
        for (std::size_t index = 0; index < twins.size(); ++index)
            map(root, wide(twins[index]), 0xa0'0000 + index * 0x1000);
    }
};

machine::Profile with_structure_caches()
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 16};
    profile.l2_data = {{4, 4, {true, true, true}, machine::Replacement::lru, machine::SetIndex::xor_fold}};
    return profile;
}

TEST(FiveLevels, AWalkReadsFiveEntries)
{
    FiveLevels bench{plain_profile()};
    expect_used(bench.access(wide(twins[2]), user_read), 0xa0'2000, Source::none, false);
    EXPECT_EQ(bench.ledger.walks().count, 5U);
    const machine::WalkReference at_root{Level::pml5e, machine::ServedBy::dram};
    EXPECT_EQ(bench.ledger[at_root].count, 1U);
}

TEST(FiveLevels, AddressesThatDifferAbove48BitsDoNotMeet)
{
    for (const bool fast_path : {true, false}) {
        FiveLevels bench{with_structure_caches(), fast_path};
        for (int round = 0; round < 3; ++round) {
            for (std::size_t index = 0; index < twins.size(); ++index) {
                const Translated translated = bench.access(wide(twins[index]), user_read);
                EXPECT_EQ(translated.physical, PhysicalAddress{0xa0'0000 + index * 0x1000});
                EXPECT_FALSE(translated.stale);
                EXPECT_EQ(translated.source == Source::none, round == 0);
            }
        }
    }
}

TEST(FiveLevels, InvlpgTakesItsOwnPageOnly)
{
    FiveLevels bench{with_structure_caches()};
    for (const std::uint64_t twin : twins)
        (void)bench.access(wide(twin), user_read);
    (void)bench.mmu.invlpg(wide(twins[3]));
    expect_used(bench.access(wide(twins[2]), user_read), 0xa0'2000, Source::l1, false);
    expect_used(bench.access(wide(twins[3]), user_read), 0xa0'3000, Source::none, false);
}

TEST(FiveLevels, APml5eThatIsTakenAwayLeavesItsPageCached)
{
    FiveLevels bench{with_structure_caches()};
    const LinearAddress here = wide(twins[2]);
    (void)bench.access(here, user_read);
    bench.store(bench.slot(bench.root, here, Level::pml5e), Entry{});
    expect_used(bench.access(here, user_read), 0xa0'2000, Source::l1, true);
    (void)bench.mmu.invlpg(here);
    EXPECT_FALSE(bench.access(here, user_read).permitted);
}

/// A walk of another page of the region starts below the PML5E that is gone.
TEST(FiveLevels, APml4eMayBeCachedBelowAPml5eThatIsGone)
{
    FiveLevels bench{with_structure_caches()};
    const LinearAddress here = wide(twins[2]);
    const LinearAddress neighbour = here + 0x1000;
    bench.map(bench.root, neighbour, 0xb0'0000);
    (void)bench.access(here, user_read);
    bench.store(bench.slot(bench.root, here, Level::pml5e), Entry{});
    expect_used(bench.access(neighbour, user_read), 0xb0'0000, Source::none, true);
}

TEST(FiveLevels, ThePageSizeBitIsReservedInAPml5e)
{
    FiveLevels bench{plain_profile()};
    const LinearAddress here = wide(twins[1]);
    const PhysicalAddress slot = bench.slot(bench.root, here, Level::pml5e);
    bench.store(slot, Entry{bench.memory.read(slot)}.with(Entry::page_size_bit));
    const Translated translated = bench.access(here, user_read);
    EXPECT_FALSE(translated.permitted);
    EXPECT_EQ(translated.fault.value,
              x86::PageFaultCode::present | x86::PageFaultCode::user | x86::PageFaultCode::reserved);
}

} // namespace
} // namespace drywalk::mmu
