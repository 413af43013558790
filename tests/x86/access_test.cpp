// SPDX-License-Identifier: MIT
// Permissions and error codes over all combinations of rights, access and mode, against the manual's own table.
#include "models/x86/access.hpp"

#include "tests/x86/manual.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::x86 {
namespace {

using namespace test;

constexpr Rights everything_allowed{};
constexpr Rights nothing_allowed{false, false, false};
constexpr Access user_write{AccessKind::write, true};

static_assert(permits(everything_allowed, user_write, PagingMode{}));
static_assert(!permits(nothing_allowed, user_write, PagingMode{}));
static_assert(page_fault_code(FaultCause::protection, user_write, PagingMode{}).value == 7);

TEST(Permission, AgreesWithTheManualOverAllCombinations)
{
    unsigned allowed = 0;
    for (unsigned mode_bits = 0; mode_bits < mode_count; ++mode_bits) {
        const PagingMode mode = mode_number(mode_bits);
        for (unsigned kind = 0; kind < access_count; ++kind) {
            for (unsigned flags = 0; flags < 8; ++flags) {
                const Rights rights = rights_number(flags);
                const Access access = access_number(kind);
                ASSERT_EQ(permits(rights, access, mode), manual_permits(rights, access, mode))
                    << "mode " << mode_bits << ", access " << kind << ", rights " << flags;
                allowed += permits(rights, access, mode) ? 1U : 0U;
            }
        }
    }
    EXPECT_GT(allowed, 0U);
    EXPECT_LT(allowed, mode_count * access_count * 8);
}

TEST(Permission, EveryStatementOfTheManualSpeaksAboutSomeCombination)
{
    for (const AccessRule& rule : access_rules) {
        bool used = false;
        for (unsigned number = 0; number < mode_count * access_count * 8; ++number) {
            const auto facts = facts_of(rights_number(number % 8), access_number(number / 8 % access_count),
                                        mode_number(number / (8 * access_count)));
            used = used || speaks_about(rule, facts);
        }
        EXPECT_TRUE(used) << rule.columns;
    }
}

TEST(Permission, NamedCases)
{
    PagingMode mode;
    const Access kernel_write{AccessKind::write};
    EXPECT_FALSE(permits({false, true, true}, kernel_write, mode)) << "CR0.WP guards a copy-on-write page";
    mode.cr0.value &= ~Cr0::wp;
    EXPECT_TRUE(permits({false, true, true}, kernel_write, mode));
    mode.cr4.value |= Cr4::smap;
    EXPECT_FALSE(permits({false, true, true}, kernel_write, mode)) << "SMAP holds whatever WP says";
    EXPECT_TRUE(permits({false, true, true}, {AccessKind::write, false, true}, mode)) << "AC lifts SMAP";
    EXPECT_TRUE(permits({true, true, true}, {AccessKind::fetch}, mode)) << "SMAP is about data only";
    mode.cr4.value |= Cr4::smep;
    EXPECT_FALSE(permits({true, true, true}, {AccessKind::fetch, false, true}, mode)) << "AC does not lift SMEP";
}

TEST(Rights, CombineAsTheManualSays)
{
    for (unsigned first = 0; first < 8; ++first) {
        for (unsigned second = 0; second < 8; ++second) {
            // In these numbers a set bit is a right, so that AND of R/W and U/S and OR of XD are one operation.
            EXPECT_EQ(rights_number(first) & rights_number(second), rights_number(first & second));
        }
    }
}

TEST(PageFaultCode, AgreesWithTheManualOverAllCombinations)
{
    for (const FaultCause cause : {FaultCause::not_present, FaultCause::reserved_bit, FaultCause::protection}) {
        const bool present = cause != FaultCause::not_present;
        const bool reserved = cause == FaultCause::reserved_bit;
        for (unsigned mode_bits = 0; mode_bits < mode_count; ++mode_bits) {
            for (unsigned kind = 0; kind < access_count; ++kind) {
                const PagingMode mode = mode_number(mode_bits);
                const Access access = access_number(kind);
                ASSERT_EQ(page_fault_code(cause, access, mode).value,
                          manual_error_code(present, reserved, access, mode))
                    << "mode " << mode_bits << ", access " << kind;
            }
        }
    }
}

TEST(PageFaultCode, NamedCases)
{
    const PagingMode plain;
    PagingMode no_execute;
    no_execute.efer.value |= Efer::nxe;
    EXPECT_EQ(page_fault_code(FaultCause::not_present, {AccessKind::read, true}, plain).value, 0x4U);
    EXPECT_EQ(page_fault_code(FaultCause::protection, {AccessKind::write, true}, plain).value, 0x7U);
    EXPECT_EQ(page_fault_code(FaultCause::reserved_bit, {AccessKind::read, false}, plain).value, 0x9U);
    EXPECT_EQ(page_fault_code(FaultCause::protection, {AccessKind::fetch, true}, no_execute).value, 0x15U);
    EXPECT_EQ(page_fault_code(FaultCause::not_present, {AccessKind::fetch, true}, plain).value, 0x4U)
        << "without SMEP and NXE a fetch looks like a read";
}

// Protection keys
// ------------------------------------------------------------------------------------------------------

/// [intel/vol3] 4.6.2, said once more for one key.
bool manual_key_denies(unsigned key, bool user_page, Access access, const PagingMode& mode)
{
    if (access.kind == AccessKind::fetch) return false;
    if (user_page && (mode.cr4.value >> 22 & 1) == 0) return false;
    if (!user_page && (mode.cr4.value >> 24 & 1) == 0) return false;
    const std::uint32_t pair = ((user_page ? mode.pkru : mode.pkrs) >> (2 * key)) & 3;
    if ((pair & 1) != 0) return true;
    if ((pair & 2) == 0 || access.kind != AccessKind::write) return false;
    return access.user || (mode.cr0.value >> 16 & 1) != 0;
}

/// All combinations of WP (bit 0), PKE (1) and PKS (2), with registers that give every key other rights.
PagingMode key_mode(unsigned number)
{
    PagingMode mode;
    mode.cr0.value = bit_of(number, 0) ? 0x8001'0011 : 0x8000'0011;
    mode.cr4.value = 0x20U | (bit_of(number, 1) ? 1U << 22 : 0U) | (bit_of(number, 2) ? 1U << 24 : 0U);
    mode.pkru = 0xe4'1b'93'd8;
    mode.pkrs = 0x1b'e4'd8'93;
    return mode;
}

TEST(ProtectionKeys, AgreeWithTheManualOverAllCombinations)
{
    for (unsigned number = 0; number < 8; ++number) {
        const PagingMode mode = key_mode(number);
        for (unsigned kind = 0; kind < access_count; ++kind) {
            for (const bool user_page : {false, true}) {
                const Access access = access_number(kind);
                const DenyingKeys denying = DenyingKeys::of(user_page, access, mode);
                bool some_permit = false;
                bool some_deny = false;
                for (std::uint8_t key = 0; key < 16; ++key) {
                    const bool denied = manual_key_denies(key, user_page, access, mode);
                    ASSERT_EQ(denying.may_deny(key), denied) << "mode " << number << ", key " << unsigned{key};
                    ASSERT_EQ(denying.may_permit(key), !denied);
                    some_permit = some_permit || !denied;
                    some_deny = some_deny || denied;
                }
                ASSERT_EQ(denying.may_permit(no_key), some_permit);
                ASSERT_EQ(denying.may_deny(no_key), some_deny);
            }
        }
    }
}

TEST(ProtectionKeys, NoKeyPermitsWhatEveryKeyDenies)
{
    PagingMode mode = key_mode(7);
    mode.pkru = 0x5555'5555;
    EXPECT_FALSE(DenyingKeys::of(true, {AccessKind::read, true}, mode).may_permit(no_key));
    mode.pkru = 0xaaaa'aaaa;
    EXPECT_TRUE(DenyingKeys::of(true, {AccessKind::read, true}, mode).may_permit(no_key));
    EXPECT_FALSE(DenyingKeys::of(true, user_write, mode).may_permit(no_key));
}

// Masking
// --------------------------------------------------------------------------------------------------------------

TEST(Masking, TakesTheBitsThatTheControlsName)
{
    constexpr std::uint64_t low = 0x1234'5678'9abc;
    PagingMode mode;
    const auto read = [&](std::uint64_t value) { return masked(value, AccessKind::read, mode); };
    EXPECT_EQ(read(0x7fff'1234'5678'9abc), 0x7fff'1234'5678'9abc) << "off";
    mode.cr3.value = Cr3::lam_u48;
    EXPECT_EQ(read(0x7abc'1234'5678'9abc), low);
    EXPECT_EQ(read(0x0000'9234'5678'9abc), 0x7fff'9234'5678'9abc) << "bit 47 differs from bit 63: not canonical";
    EXPECT_EQ(masked(0x7abc'1234'5678'9abc, AccessKind::fetch, mode), 0x7abc'1234'5678'9abc);
    mode.cr3.value = Cr3::lam_u57 | Cr3::lam_u48;
    EXPECT_EQ(read(0x7e00'1234'5678'9abc), low) << "57 bits come before 48";
    EXPECT_EQ(read(0x7abc'1234'5678'9abc), 0x00bc'1234'5678'9abc);
    EXPECT_EQ(read(0x8abc'9234'5678'9abc), 0x8abc'9234'5678'9abc) << "the upper half is the supervisor's control's";
}

TEST(Masking, OfTheUpperHalfGoesByTheDepthOfTheTables)
{
    PagingMode mode;
    mode.cr4.value |= Cr4::lam_sup;
    EXPECT_EQ(masked(0x8abc'9234'5678'9abc, AccessKind::write, mode), 0xffff'9234'5678'9abc);
    EXPECT_EQ(masked(0x0abc'1234'5678'9abc, AccessKind::write, mode), 0x0abc'1234'5678'9abc);
    mode.cr4.value |= Cr4::la57;
    EXPECT_EQ(masked(0x8bbc'9234'5678'9abc, AccessKind::write, mode), 0xffbc'9234'5678'9abc);
}

TEST(Separation, GivesEachPrivilegeItsHalf)
{
    PagingMode mode;
    mode.cr4.value |= Cr4::lass;
    constexpr std::uint64_t lower = 0x1000;
    constexpr std::uint64_t upper = 0xffff'8000'0000'1000;
    const auto passes = [&](std::uint64_t linear, Access access) {
        return accessed_address(linear, access, mode).has_value();
    };
    for (const AccessKind kind : {AccessKind::read, AccessKind::write, AccessKind::fetch}) {
        EXPECT_TRUE(passes(lower, {.kind = kind, .user = true}));
        EXPECT_FALSE(passes(upper, {.kind = kind, .user = true}));
        EXPECT_TRUE(passes(upper, {.kind = kind}));
    }
    EXPECT_FALSE(passes(lower, {.kind = AccessKind::fetch}));
    EXPECT_TRUE(passes(lower, {.kind = AccessKind::read})) << "data of the lower half without SMAP";
    mode.cr4.value |= Cr4::smap;
    EXPECT_FALSE(passes(lower, {.kind = AccessKind::read}));
    EXPECT_TRUE(passes(lower, {.kind = AccessKind::read, .alignment_check = true}));
    EXPECT_FALSE(passes(lower, {.kind = AccessKind::fetch, .alignment_check = true}));
    mode.cr4.value &= ~Cr4::lass;
    EXPECT_TRUE(passes(upper, {.kind = AccessKind::read, .user = true}));
}

} // namespace
} // namespace drywalk::x86
