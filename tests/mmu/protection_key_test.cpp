// SPDX-License-Identifier: MIT
// Protection keys: the key is cached with the page, the rights of the key count at use.
#include "models/mmu/mmu.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;
using x86::PageFaultCode;
using Source = Tlb::Source;

const LinearAddress here = linear(0x40'1234'5000);

constexpr std::uint32_t access_disable(unsigned key) { return 1U << (2 * key); }
constexpr std::uint32_t write_disable(unsigned key) { return 2U << (2 * key); }
constexpr std::uint64_t key_bits(std::uint64_t key) { return key << Entry::key_shift; }

/// A user page with key 2.
struct KeyBench : Bench {
    explicit KeyBench(const machine::Profile& profile, std::uint64_t cr4 = x86::Cr4::pke,
                      LeafAttributes page = open_page)
        : Bench{profile}
    {
        x86::PagingMode mode = usual_mode(root);
        mode.cr4.value |= cr4;
        mmu.reset(mode);
        map(root, here, 0xa000, page);
        set_key(2);
    }
    void set_key(std::uint64_t key)
    {
        const PhysicalAddress at = slot(root, here, Level::pte);
        store(at, Entry{memory.read(at)}.without(Entry::key_mask).with(key_bits(key)));
    }
};

void expect_key_fault(const Translated& translated, std::uint32_t code)
{
    EXPECT_FALSE(translated.permitted);
    EXPECT_EQ(translated.fault.value, code | PageFaultCode::present | PageFaultCode::protection_key);
}

TEST(ProtectionKeys, RightsCountAtUseWithoutAnyInvalidation)
{
    for (const bool walks_again : {true, false}) {
        KeyBench bench{with({.walks_again_when_denied = walks_again})};
        expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
        bench.mmu.write_pkru(access_disable(2));
        expect_key_fault(bench.access(here, user_read), PageFaultCode::user);
        bench.mmu.write_pkru(access_disable(1));
        EXPECT_TRUE(bench.access(here, user_read).permitted);
        bench.mmu.write_pkru(write_disable(2));
        EXPECT_TRUE(bench.access(here, user_read).permitted);
        expect_key_fault(bench.access(here, user_write), PageFaultCode::user | PageFaultCode::write);
        EXPECT_TRUE(bench.access(here, user_fetch).permitted);
    }
}

TEST(ProtectionKeys, AChangedKeyIsStaleUntilInvlpg)
{
    KeyBench bench{plain_profile()};
    bench.mmu.write_pkru(access_disable(5));
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    bench.set_key(5);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    (void)bench.mmu.invlpg(here);
    expect_key_fault(bench.access(here, user_read), PageFaultCode::user);
}

TEST(ProtectionKeys, WriteDisableHoldsForTheSupervisorOnlyWithWriteProtection)
{
    KeyBench bench{plain_profile()};
    bench.mmu.write_pkru(write_disable(2));
    expect_key_fault(bench.access(here, supervisor_write), PageFaultCode::write);
    (void)bench.mmu.write_cr0({x86::Cr0::pe | x86::Cr0::pg});
    EXPECT_TRUE(bench.access(here, supervisor_write).permitted);
}

TEST(ProtectionKeys, PkrsIsForSupervisorPagesAndPkruForUserPages)
{
    constexpr LeafAttributes supervisor_page{
        .rights = {.writable = true, .user = false, .executable = true}, .accessed = true, .dirty = true};
    KeyBench bench{plain_profile(), x86::Cr4::pke | x86::Cr4::pks, supervisor_page};
    bench.mmu.write_pkru(access_disable(2));
    EXPECT_TRUE(bench.access(here, supervisor_read).permitted);
    bench.mmu.write_pkrs(access_disable(2));
    expect_key_fault(bench.access(here, supervisor_read), 0);
    EXPECT_TRUE(bench.access(here, supervisor_fetch).permitted);
}

TEST(ProtectionKeys, WithoutPkeTheRegisterMeansNothing)
{
    KeyBench bench{plain_profile(), 0};
    bench.mmu.write_pkru(~0U);
    EXPECT_TRUE(bench.access(here, user_write).permitted);
    EXPECT_TRUE(bench.access(here, user_read).permitted);
}

TEST(ProtectionKeys, AnEntryWithoutAKeyIsUsedOnAfterPkeIsSetButDroppedByAmd)
{
    for (const x86::Vendor vendor : {x86::Vendor::intel, x86::Vendor::amd}) {
        machine::Profile profile = plain_profile();
        profile.vendor = vendor;
        KeyBench bench{profile, 0};
        EXPECT_TRUE(bench.access(here, user_read).permitted);
        bench.mmu.write_pkru(access_disable(2));
        (void)bench.mmu.write_cr4({bench.mmu.mode().cr4.value | x86::Cr4::pke});
        EXPECT_EQ(bench.access(here, user_read).permitted, vendor == x86::Vendor::intel);
    }
}

TEST(ProtectionKeys, CountAtUseWhereAnEntryGrantsOnlyWhatFilledIt)
{
    KeyBench bench{with({.grants_only_filling_access = true})};
    EXPECT_TRUE(bench.access(here, user_read).permitted);
    bench.mmu.write_pkru(access_disable(2));
    expect_key_fault(bench.access(here, user_read), PageFaultCode::user);
}

TEST(ProtectionKeys, ADeniedWriteSetsNoDirtyFlag)
{
    constexpr LeafAttributes clean{.rights = {}, .accessed = true};
    KeyBench bench{plain_profile(), x86::Cr4::pke, clean};
    bench.mmu.write_pkru(write_disable(2));
    EXPECT_FALSE(bench.access(here, user_write).permitted);
    EXPECT_FALSE(Entry{bench.memory.read(bench.slot(bench.root, here, Level::pte))}.dirty());
}

} // namespace
} // namespace drywalk::mmu
