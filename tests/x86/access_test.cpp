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

} // namespace
} // namespace drywalk::x86
