// SPDX-License-Identifier: MIT
// One page of one processor, by hand: which events are named.
#include "models/oracle/address_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace drywalk::oracle {
namespace {

using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;

constexpr x86::Access read{x86::AccessKind::read, false, false};
constexpr x86::Access write{x86::AccessKind::write, false, false};

/// The page at 0x5000, below the root at 0x1000: events 0 to 3 store the tables, event 4 loads the root.
class History : public testing::Test {
protected:
    History()
    {
        store(0x1000, 0x2027);
        store(0x2000, 0x3027);
        store(0x3000, 0x4027);
        store(0x4028, 0x50027);
        load_root(0x1000);
    }

    void store(std::uint64_t slot, std::uint64_t value)
    {
        memory_[slot] = value;
        history_.store(now_++, PhysicalAddress{slot}, Entry{value});
    }
    void set_dirty(std::uint64_t slot)
    {
        memory_[slot] |= Entry::dirty_bit;
        history_.set_dirty(now_++);
    }
    void load_root(std::uint64_t value)
    {
        const x86::Removal removal = mov_cr3_removes(value, mode_);
        mode_.cr3 = {value & ~x86::Cr3::no_flush};
        history_.load(now_++, mode_, removal);
    }
    void invlpg(std::uint64_t linear)
    {
        history_.invalidate(now_++, invlpg_removes(LinearAddress::truncate(linear), mode_, x86::Vendor::portable));
    }
    /// "established, broken", or "none".
    [[nodiscard]] std::string decides(Verdict verdict, x86::Access access) const
    {
        return text_of(history_.decides(verdict, LinearAddress::truncate(0x5008), access));
    }
    [[nodiscard]] std::string holds(std::uint64_t page, std::uint16_t pcid = 0) const
    {
        x86::Translation used;
        used.page = PhysicalAddress{page};
        return text_of(history_.holds(used, pcid));
    }
    [[nodiscard]] static std::string text_of(const std::optional<Witness>& witness)
    {
        if (!witness) return "none";
        return std::to_string(witness->established_by) + ", " + std::to_string(witness->broken_by);
    }

    std::map<std::uint64_t, std::uint64_t> memory_;
    x86::PagingMode mode_;
    EventIndex now_ = 0;
    AddressHistory history_{LinearAddress::truncate(0x5000), mode_, x86::Vendor::portable, [this](PhysicalAddress at) {
                                const auto found = memory_.find(at.value());
                                return Entry{found == memory_.end() ? 0 : found->second};
                            }};
};

TEST_F(History, NamesTheLoadOfTheRootAndTheRemap)
{
    store(0x4028, 0x60027);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "4, 5");
    EXPECT_EQ(decides(Verdict::stale_permission, read), "none");
}

TEST_F(History, ForgetsWhatAFlushUndid)
{
    load_root(0x1000);
    store(0x4028, 0x60027);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "5, 6");
    invlpg(0x5fff);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "none");
}

TEST_F(History, IsNotTakenInByAStoreThatChangesNothing)
{
    store(0x2000, 0x3023); // the rights of the leaf are gone with this one
    store(0x4028, 0x50023);
    store(0x4028, 0x60023);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "5, 7");
}

TEST_F(History, TellsTheEntryThatWasBrokenLast)
{
    store(0x4028, 0x60027);
    store(0x4028, 0x70027);
    store(0x4028, 0);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "6, 7");
}

TEST_F(History, BlamesTheUnlinkedTableForWhatIsStoredIntoIt)
{
    store(0x3000, 0);
    store(0x4028, 0x60027);
    EXPECT_EQ(holds(0x60000), "4, 5") << "the PDE";
    EXPECT_EQ(holds(0x50000), "4, 6") << "it can no longer be made";
}

TEST_F(History, TakesTheHighestOfAChain)
{
    store(0x1000, 0);      // leaves a PML4E
    store(0x2000, 0x6027); // which leads elsewhere now, and leaves a PDPTE
    store(0x6000, 0x4027);
    store(0x4028, 0x60027);
    EXPECT_EQ(holds(0x60000), "4, 6") << "nothing makes that PDPTE, and it was broken after the PML4E";
}

TEST_F(History, FollowsTheProcessorsOwnUpdates)
{
    set_dirty(0x4028);
    store(0x4028, 0x50027);
    EXPECT_EQ(decides(Verdict::lost_dirty, write), "5, 6");
    EXPECT_EQ(decides(Verdict::lost_dirty, read), "none");
}

TEST_F(History, NamesTheStoreThatClearedAccessed)
{
    store(0x4028, 0x50007);
    store(0x4028, 0x50207); // a bit of software's; the walker may have set A in between
    EXPECT_EQ(decides(Verdict::lost_accessed, read), "4, 6");
    invlpg(0x5000);
    EXPECT_EQ(decides(Verdict::lost_accessed, read), "none");
}

TEST_F(History, KnowsWhatAParkedPcidHolds)
{
    mode_.cr4.value |= x86::Cr4::pcide;
    history_.load(now_++, mode_, {});
    load_root(0x1001);
    load_root(0x9002);
    store(0x4028, 0);
    EXPECT_EQ(holds(0x50000, 1), "6, 8") << "the tables of another PCID justify what it holds until they change";
    load_root(0x1001 | x86::Cr3::no_flush);
    EXPECT_EQ(decides(Verdict::stale_translation, read), "6, 8");
}

TEST_F(History, FindsTheTableThatIsInReleasedMemory)
{
    EXPECT_EQ(history_.linked(PhysicalAddress{0x4000}, 4096), EventIndex{4});
    EXPECT_EQ(history_.linked(PhysicalAddress{0x50000}, 4096), std::nullopt) << "a page is no table";
    EXPECT_EQ(text_of(history_.walks(0, PhysicalAddress{0x4000}, 4096)), "none") << "the tables lead there";
    store(0x3000, 0x7027);
    EXPECT_EQ(text_of(history_.walks(0, PhysicalAddress{0x4000}, 4096)), "4, 5");
    EXPECT_EQ(history_.linked(PhysicalAddress{0x4000}, 4096), std::nullopt);
    EXPECT_EQ(history_.linked(PhysicalAddress{0x7000}, 4096), EventIndex{5});
}

TEST_F(History, AsksForTheSlotsThatItsWalksRead)
{
    const auto slots = history_.new_slots();
    for (const std::uint64_t slot : {0x1000U, 0x2000U, 0x3000U, 0x4028U})
        EXPECT_EQ(std::count(slots.begin(), slots.end(), slot), 1) << slot;
    store(0x4030, 0x60027);
    EXPECT_TRUE(history_.new_slots().empty());
    const std::uint64_t steps = history_.steps();
    store(0x4038, 0x60027);
    EXPECT_EQ(history_.steps(), steps) << "another slot costs nothing";
}

} // namespace
} // namespace drywalk::oracle
