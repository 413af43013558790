// SPDX-License-Identifier: MIT
// Writes and invalidations that raise an exception, row by row of the instructions' pages in the manual.
#include "models/x86/control_faults.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace drywalk::x86 {
namespace {

using Fault = ControlFault;

constexpr std::uint64_t bit(unsigned position) { return std::uint64_t{1} << position; }

/// Paging is on, in 64-bit mode, with PCIDs, and CR3 holds PCID 0.
constexpr PagingMode with_pcids = [] {
    PagingMode mode;
    mode.cr4.value |= Cr4::pge | Cr4::pcide;
    mode.cr3.value = 0x1000;
    return mode;
}();
constexpr PagingMode plain;
constexpr PagingMode before_paging = [] {
    PagingMode mode;
    mode.cr0.value &= ~Cr0::pg;
    return mode;
}();

constexpr PagingMode with_cr4(std::uint64_t bits, PagingMode mode = plain)
{
    mode.cr4.value |= bits;
    return mode;
}

static_assert(paging_kind(plain) == PagingKind::four_level);
static_assert(paging_kind(with_cr4(Cr4::la57)) == PagingKind::five_level);
static_assert(paging_kind(before_paging) == PagingKind::none);
static_assert(mov_cr3_fault(0x1000, plain) == std::nullopt);

TEST(PagingKind, FollowsPgPaeAndLme)
{
    PagingMode mode;
    mode.efer.value = Efer::nxe;
    EXPECT_EQ(paging_kind(mode), PagingKind::pae);
    mode.cr4.value = 0;
    EXPECT_EQ(paging_kind(mode), PagingKind::legacy_32_bit);
    mode.cr0.value = Cr0::pe;
    EXPECT_EQ(paging_kind(mode), PagingKind::none);
}

TEST(MovCr0, NeedsProtectionForPagingAndCacheDisableForWriteThrough)
{
    EXPECT_EQ(mov_cr0_fault(0x8001'0011, plain), std::nullopt);
    EXPECT_EQ(mov_cr0_fault(Cr0::pg, before_paging), Fault::paging_without_protection);
    EXPECT_EQ(mov_cr0_fault(Cr0::pg | Cr0::pe | Cr0::nw, plain), Fault::write_through_without_caching);
    EXPECT_EQ(mov_cr0_fault(Cr0::pg | Cr0::pe | Cr0::nw | Cr0::cd, plain), std::nullopt);
    EXPECT_EQ(mov_cr0_fault(Cr0::pg | Cr0::pe | bit(32), plain), Fault::reserved_cr0_bits);
    EXPECT_EQ(mov_cr0_fault(Cr0::pg | Cr0::pe | bit(63), plain), Fault::reserved_cr0_bits);
}

TEST(MovCr0, PagingEndsOnlyWithoutPcidsAndBeginsOnlyWithPae)
{
    EXPECT_EQ(mov_cr0_fault(Cr0::pe, plain), std::nullopt);
    EXPECT_EQ(mov_cr0_fault(Cr0::pe, with_pcids), Fault::paging_cleared_with_pcids);
    PagingMode mode = before_paging;
    EXPECT_EQ(mov_cr0_fault(Cr0::pe | Cr0::pg, mode), std::nullopt);
    mode.cr4.value = 0;
    EXPECT_EQ(mov_cr0_fault(Cr0::pe | Cr0::pg, mode), Fault::long_mode_without_pae);
    mode.efer.value = 0;
    EXPECT_EQ(mov_cr0_fault(Cr0::pe | Cr0::pg, mode), std::nullopt);
}

TEST(MovCr0, WriteProtectionStaysWithShadowStacks)
{
    EXPECT_EQ(mov_cr0_fault(Cr0::pe | Cr0::pg, with_cr4(Cr4::cet)), Fault::write_protect_cleared_with_cet);
    EXPECT_EQ(mov_cr0_fault(Cr0::pe | Cr0::pg | Cr0::wp, with_cr4(Cr4::cet)), std::nullopt);
}

TEST(MovCr3, Bit63NeedsPcids)
{
    EXPECT_EQ(mov_cr3_fault(0x1000 | bit(63), with_pcids), std::nullopt);
    EXPECT_EQ(mov_cr3_fault(0x1000 | bit(63), plain), Fault::no_flush_without_pcide);
}

TEST(MovCr3, NoBitFromMaxphyaddrOnBut63And62And61)
{
    for (const unsigned width : {36U, 46U, 52U}) {
        PagingMode mode = with_pcids;
        mode.features.physical_bits = width;
        for (unsigned position = 0; position < 64; ++position) {
            const bool fine = position < width || position >= 61;
            EXPECT_EQ(mov_cr3_fault(bit(position), mode), fine ? MaybeFault{} : Fault::reserved_address_bits);
        }
    }
}

TEST(MovCr3, MaskingMustExist)
{
    PagingMode mode = with_pcids;
    mode.features.linear_address_masking = false;
    EXPECT_EQ(mov_cr3_fault(Cr3::lam_u48, mode), Fault::masking_not_supported);
    EXPECT_EQ(mov_cr3_fault(Cr3::lam_u57, mode), Fault::masking_not_supported);
    EXPECT_EQ(mov_cr4_fault(mode.cr4.value | Cr4::lam_sup, mode), Fault::masking_not_supported);
}

TEST(MovCr4, LongModeFixesPaeAndLa57)
{
    EXPECT_EQ(mov_cr4_fault(Cr4::pge, plain), Fault::pae_cleared_in_long_mode);
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::la57, plain), Fault::la57_changed_in_long_mode);
    EXPECT_EQ(mov_cr4_fault(Cr4::pae, with_cr4(Cr4::la57)), Fault::la57_changed_in_long_mode);
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::la57, with_cr4(Cr4::la57)), std::nullopt);
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::la57, before_paging), std::nullopt);
    EXPECT_EQ(mov_cr4_fault(0, before_paging), std::nullopt);
}

TEST(MovCr4, PcidsBeginInLongModeWithPcid0)
{
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::pcide, plain), std::nullopt);
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::pcide, before_paging), Fault::pcids_outside_long_mode);
    PagingMode mode;
    for (unsigned position = 0; position < 12; ++position) {
        mode.cr3.value = 0x1000 | bit(position);
        EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::pcide, mode), Fault::pcids_with_low_cr3_bits);
    }
    mode = with_pcids;
    mode.cr3.value = 0x1005;
    EXPECT_EQ(mov_cr4_fault(mode.cr4.value, mode), std::nullopt) << "PCIDE is set already";
    EXPECT_EQ(mov_cr4_fault(Cr4::pae, mode), std::nullopt);
}

TEST(MovCr4, ShadowStacksNeedWriteProtection)
{
    PagingMode mode;
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::cet, mode), std::nullopt);
    mode.cr0.value &= ~Cr0::wp;
    EXPECT_EQ(mov_cr4_fault(Cr4::pae | Cr4::cet, mode), Fault::cet_without_write_protect);
}

TEST(MovCr4, ReservedBits)
{
    for (const unsigned position : {15U, 26U, 29U, 30U, 31U, 33U, 63U}) {
        EXPECT_EQ(mov_cr4_fault(Cr4::pae | bit(position), plain), Fault::reserved_cr4_bits) << position;
    }
    for (const unsigned position : {0U, 7U, 14U, 16U, 19U, 20U, 22U, 24U, 25U, 27U, 28U, 32U}) {
        EXPECT_EQ(mov_cr4_fault(Cr4::pae | bit(position), plain), std::nullopt) << position;
    }
}

TEST(WrmsrEfer, LongModeIsFixedWhilePaging)
{
    EXPECT_EQ(wrmsr_efer_fault(Efer::nxe, plain, Vendor::intel), Fault::long_mode_changed_while_paging);
    EXPECT_EQ(wrmsr_efer_fault(Efer::lme | Efer::nxe, plain, Vendor::intel), std::nullopt) << "LMA does not matter";
    EXPECT_EQ(wrmsr_efer_fault(0, before_paging, Vendor::intel), std::nullopt);
}

TEST(WrmsrEfer, SomeBitsAreAmdsAlone)
{
    for (const Vendor vendor : {Vendor::amd, Vendor::amd_tce, Vendor::portable}) {
        EXPECT_EQ(wrmsr_efer_fault(Efer::lme | Efer::tce, plain, vendor), std::nullopt);
        EXPECT_EQ(wrmsr_efer_fault(Efer::lme | bit(20), plain, vendor), std::nullopt);
        EXPECT_EQ(wrmsr_efer_fault(Efer::lme | bit(9), plain, vendor), Fault::reserved_efer_bits);
    }
    EXPECT_EQ(wrmsr_efer_fault(Efer::lme | Efer::tce, plain, Vendor::intel), Fault::reserved_efer_bits);
    EXPECT_EQ(wrmsr_efer_fault(Efer::lme | bit(40), plain, Vendor::amd), Fault::reserved_efer_bits);
}

TEST(Invpcid, DescriptorIsChecked)
{
    EXPECT_EQ(invpcid_fault(0, 0, 0x5000, plain), std::nullopt);
    EXPECT_EQ(invpcid_fault(4, 0, 0, plain), Fault::unknown_invpcid_type);
    EXPECT_EQ(invpcid_fault(~0ULL, 0, 0, plain), Fault::unknown_invpcid_type);
    EXPECT_EQ(invpcid_fault(2, 0x1000, 0, with_pcids), Fault::wide_pcid);
    for (const std::uint64_t type : {0U, 1U}) {
        EXPECT_EQ(invpcid_fault(type, 1, 0, plain), Fault::pcid_without_pcide);
        EXPECT_EQ(invpcid_fault(type, 0xfff, 0, with_pcids), std::nullopt);
    }
    EXPECT_EQ(invpcid_fault(3, 1, 0, plain), std::nullopt) << "the PCID is not read";
}

TEST(Invpcid, AddressIsCanonicalForTheMode)
{
    constexpr std::uint64_t wide = bit(47);
    EXPECT_EQ(invpcid_fault(0, 0, wide, plain), Fault::non_canonical);
    EXPECT_EQ(invpcid_fault(0, 0, wide, with_cr4(Cr4::la57)), std::nullopt);
    EXPECT_EQ(invpcid_fault(0, 0, bit(56), with_cr4(Cr4::la57)), Fault::non_canonical);
    EXPECT_EQ(invpcid_fault(1, 0, wide, plain), std::nullopt) << "the address is not read";
}

TEST(Broadcast, CountAndPcidAreChecked)
{
    Invlpgb operands;
    operands.count = 8;
    EXPECT_EQ(invlpgb_fault(operands, plain, 8, Vendor::portable), std::nullopt);
    EXPECT_EQ(invlpgb_fault(operands, plain, 7, Vendor::amd), Fault::broadcast_of_too_many_pages);
    operands.pcid = 0;
    EXPECT_EQ(invlpgb_fault(operands, plain, 8, Vendor::portable), Fault::broadcast_of_pcid_without_pcide);
    EXPECT_EQ(invlpgb_fault(operands, with_pcids, 8, Vendor::amd), std::nullopt);
}

TEST(KeyRegisters, PkruNeedsPkeAndBothHave32Bits)
{
    EXPECT_EQ(wrpkru_fault(0, plain), Fault::keys_not_enabled);
    EXPECT_EQ(wrpkru_fault(0xffff'ffff, with_cr4(Cr4::pke)), std::nullopt);
    EXPECT_EQ(wrpkru_fault(bit(32), with_cr4(Cr4::pke)), Fault::wide_key_rights);
    EXPECT_EQ(wrmsr_pkrs_fault(0xffff'ffff, Vendor::intel), std::nullopt);
    EXPECT_EQ(wrmsr_pkrs_fault(bit(63), Vendor::portable), Fault::wide_key_rights);
}

TEST(ModeFault, HeadersOfTracesThatExist)
{
    EXPECT_EQ(mode_fault(plain, Vendor::portable), std::nullopt);
    EXPECT_EQ(mode_fault(before_paging, Vendor::portable), std::nullopt);
    EXPECT_EQ(mode_fault(with_cr4(Cr4::la57 | Cr4::pke | Cr4::pks), Vendor::portable), std::nullopt);
    PagingMode mode = with_pcids;
    mode.cr3.value = 0x1005;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), std::nullopt);
    mode.efer.value |= Efer::nxe | Efer::sce;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), std::nullopt);
}

TEST(ModeFault, HeadersThatNoProcessorCanReach)
{
    PagingMode mode = with_pcids;
    mode.cr0.value &= ~Cr0::pg;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), Fault::pcids_outside_long_mode);
    mode = plain;
    mode.cr3.value = bit(63);
    EXPECT_EQ(mode_fault(mode, Vendor::intel), Fault::reserved_address_bits);
    mode = plain;
    mode.cr4.value = 0;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), Fault::long_mode_without_pae);
    mode = with_cr4(Cr4::cet);
    mode.cr0.value &= ~Cr0::wp;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), Fault::cet_without_write_protect);
    mode = plain;
    mode.efer.value |= Efer::tce;
    EXPECT_EQ(mode_fault(mode, Vendor::intel), Fault::reserved_efer_bits);
}

TEST(ControlFaultText, EveryFaultSaysWhatIsWrongAndWhatIsLegal)
{
    std::set<std::string_view> texts;
    constexpr auto last = static_cast<unsigned>(Fault::broadcast_of_pcid_without_pcide);
    for (unsigned number = 0; number <= last; ++number) {
        const ControlFaultText text = text_of(static_cast<Fault>(number));
        EXPECT_FALSE(text.what.empty() || text.legal.empty() || text.manual.empty()) << number;
        texts.insert(text.what);
    }
    EXPECT_EQ(texts.size(), last + 1);
}

TEST(VendorFaults, AreWhatOneVendorAloneHas)
{
    for (const Vendor vendor : {Vendor::amd, Vendor::amd_tce}) {
        for (const std::uint64_t foreign : {Cr4::pks, Cr4::lass, Cr4::lam_sup})
            EXPECT_EQ(mode_fault(with_cr4(foreign), vendor), Fault::bits_of_intel_alone);
        PagingMode masking = plain;
        masking.cr3.value = Cr3::lam_u57;
        EXPECT_EQ(foreign_bits_fault(masking, vendor), Fault::bits_of_intel_alone);
        EXPECT_EQ(mode_fault(with_cr4(Cr4::pke | Cr4::cet), vendor), std::nullopt);
        EXPECT_EQ(wrmsr_pkrs_fault(0, vendor), Fault::register_of_intel_alone);
        EXPECT_EQ(broadcast_fault(vendor), std::nullopt);
    }
    EXPECT_EQ(invlpgb_fault({}, plain, 8, Vendor::intel), Fault::instruction_of_amd_alone);
    EXPECT_EQ(broadcast_fault(Vendor::intel), Fault::instruction_of_amd_alone);
    EXPECT_EQ(broadcast_fault(Vendor::portable), std::nullopt);
    EXPECT_EQ(foreign_bits_fault(with_cr4(Cr4::lass | Cr4::pks), Vendor::intel), std::nullopt);
}

} // namespace
} // namespace drywalk::x86
