// SPDX-License-Identifier: MIT
// Control registers: every named bit stands where the manual has it, and the queries read just that bit.
#include "models/x86/control.hpp"

#include <gtest/gtest.h>

namespace drywalk::x86 {
namespace {

constexpr std::uint64_t bit(unsigned position) { return std::uint64_t{1} << position; }

static_assert(Cr3{0x8000'0000'0012'3abc}.root() == PhysicalAddress{0x12'3000});

TEST(ControlRegisters, BitsStandWhereTheManualHasThem)
{
    EXPECT_EQ(Cr0::pe | Cr0::et | Cr0::wp | Cr0::pg, bit(0) | bit(4) | bit(16) | bit(31));
    EXPECT_EQ(Cr4::pse, bit(4));
    EXPECT_EQ(Cr4::pae, bit(5));
    EXPECT_EQ(Cr4::pge, bit(7));
    EXPECT_EQ(Cr4::pcide, bit(17));
    EXPECT_EQ(Cr4::smep, bit(20));
    EXPECT_EQ(Cr4::smap, bit(21));
    EXPECT_EQ(Cr4::pke, bit(22));
    EXPECT_EQ(Cr4::la57, bit(12));
    EXPECT_EQ(Cr4::cet, bit(23));
    EXPECT_EQ(Cr4::pks, bit(24));
    EXPECT_EQ(Cr4::lam_sup, bit(28));
    EXPECT_EQ(Cr0::nw | Cr0::cd, bit(29) | bit(30));
    EXPECT_EQ(Cr3::lam_u57 | Cr3::lam_u48, bit(61) | bit(62));
    EXPECT_EQ(Efer::sce | Efer::lme | Efer::lma | Efer::nxe | Efer::tce, bit(0) | bit(8) | bit(10) | bit(11) | bit(15));
    EXPECT_EQ(Cr3::no_flush, bit(63));
    EXPECT_EQ(Cr3::pcid_mask, 0xfffU);
}

TEST(ControlRegisters, EachQueryReadsItsBitAndNoOther)
{
    for (unsigned position = 0; position < 64; ++position) {
        const std::uint64_t value = bit(position);
        EXPECT_EQ(Cr0{value}.paging(), position == 31);
        EXPECT_EQ(Cr0{value}.write_protect(), position == 16);
        EXPECT_EQ(Cr4{value}.global_pages(), position == 7);
        EXPECT_EQ(Cr4{value}.five_levels(), position == 12);
        EXPECT_EQ(Cr4{value}.pcids(), position == 17);
        EXPECT_EQ(Cr4{value}.user_keys(), position == 22);
        EXPECT_EQ(Cr4{value}.control_flow_enforcement(), position == 23);
        EXPECT_EQ(Cr4{value}.supervisor_keys(), position == 24);
        EXPECT_EQ(Efer{value}.long_mode_enabled(), position == 8);
        EXPECT_EQ(Cr4{value}.supervisor_execution_prevention(), position == 20);
        EXPECT_EQ(Cr4{value}.supervisor_access_prevention(), position == 21);
        EXPECT_EQ(Efer{value}.execute_disable(), position == 11);
        EXPECT_EQ(Efer{value}.translation_cache_extension(), position == 15);
        EXPECT_EQ(Cr3{value}.root().value() != 0, position >= 12 && position < 52);
    }
}

TEST(ControlRegisters, DefaultsAreLongModeWithPaging)
{
    constexpr PagingMode mode;
    EXPECT_TRUE(mode.cr0.paging());
    EXPECT_TRUE(mode.cr0.write_protect());
    EXPECT_EQ(mode.cr4.value, Cr4::pae);
    EXPECT_EQ(mode.efer.value, Efer::lme | Efer::lma);
    EXPECT_EQ(mode.pcid(), 0U);
}

TEST(ControlRegisters, PcidIsTheLowTwelveBitsOfCr3OnlyWithPcide)
{
    PagingMode mode;
    for (const unsigned pcid : {0U, 1U, 0x18U, 0x7ffU, 0xfffU}) {
        mode.cr3.value = 0x1234'5000U | pcid;
        mode.cr4.value = Cr4::pae | Cr4::pcide;
        EXPECT_EQ(mode.pcid(), pcid);
        EXPECT_EQ(mode.cr3.root().value(), 0x1234'5000U);
        mode.cr4.value = Cr4::pae;
        EXPECT_EQ(mode.pcid(), 0U);
    }
}

} // namespace
} // namespace drywalk::x86
