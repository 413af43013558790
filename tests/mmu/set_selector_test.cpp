// SPDX-License-Identifier: MIT
// Set selection against the definitions, bit by bit.
#include "models/mmu/set_selector.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::mmu {
namespace {

using x86::LinearAddress;

machine::TlbArrayProfile array(std::uint32_t sets, machine::SetIndex index)
{
    return {sets, 1, {true, true, true}, machine::Replacement::lru, index};
}

/// Every form but `bits`, as the profile describes it.
std::uint64_t expected(machine::SetIndex index, std::uint64_t sets, machine::Held what, std::uint64_t page)
{
    if (index == machine::SetIndex::xor_fold) return (page ^ page / sets) % sets;
    if (index == machine::SetIndex::zen4_l2 && what == machine::Held::page_4k)
        return (page & 0x7f) | (page >> 9 & 1) << 7;
    return page % sets;
}

TEST(SetSelector, NamedFormsAreFieldsOfThePageNumber)
{
    std::mt19937_64 random{7};
    for (const machine::SetIndex index :
         {machine::SetIndex::linear, machine::SetIndex::xor_fold, machine::SetIndex::zen4_l2}) {
        for (const std::uint32_t sets : {1U, 2U, 16U, 128U, 256U}) {
            if (index == machine::SetIndex::zen4_l2 && sets != 256) continue;
            for (unsigned what = 0; what < machine::held_count; ++what) {
                const SetSelector selector{array(sets, index), static_cast<machine::Held>(what)};
                for (int sample = 0; sample < 200; ++sample) {
                    const LinearAddress address = LinearAddress::truncate(random());
                    const std::uint64_t page =
                        (address.value() & 0xffff'ffff'ffff) >> machine::held_shift(static_cast<machine::Held>(what));
                    ASSERT_EQ(selector.set_of(address), expected(index, sets, static_cast<machine::Held>(what), page));
                }
            }
        }
    }
}

TEST(SetSelector, BitListsAreXoredForEachBitOfTheSet)
{
    machine::TlbArrayProfile profile = array(8, machine::SetIndex::bits);
    profile.index_bits[0] = {{12, 19, 40}, {20, 13}, {12}};
    const SetSelector selector{profile, machine::Held::page_4k};
    std::mt19937_64 random{8};
    for (int sample = 0; sample < 1'000; ++sample) {
        const LinearAddress address = LinearAddress::truncate(random());
        const auto bit = [&](unsigned number) { return address.value() >> number & 1; };
        const std::uint64_t set = (bit(12) ^ bit(19) ^ bit(40)) | (bit(20) ^ bit(13)) << 1 | bit(12) << 2;
        ASSERT_EQ(selector.set_of(address), set);
    }
}

/// One page is one set, whatever the offset.
TEST(SetSelector, OffsetsInsideAPageDoNotCount)
{
    const SetSelector selector{array(128, machine::SetIndex::xor_fold), machine::Held::page_2m};
    const LinearAddress page = LinearAddress::truncate(0x1234'5660'0000);
    EXPECT_EQ(selector.set_of(page), selector.set_of(page + 0x1f'ffff));
}

} // namespace
} // namespace drywalk::mmu
