// SPDX-License-Identifier: MIT
// Addresses: what is canonical, how a linear address is cut up, and that the kinds do not mix.
#include "models/x86/address.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <type_traits>

namespace drywalk::x86 {
namespace {

constexpr std::array levels{Level::pte, Level::pde, Level::pdpte, Level::pml4e};
constexpr std::array sizes{PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};

constexpr std::uint64_t lower_top = 0x0000'7fff'ffff'ffff;
constexpr std::uint64_t upper_bottom = 0xffff'8000'0000'0000;

static_assert(is_canonical(0) && is_canonical(lower_top) && is_canonical(upper_bottom) && is_canonical(~0ULL));
static_assert(!is_canonical(lower_top + 1) && !is_canonical(upper_bottom - 1));
static_assert(LinearAddress::truncate(0xffff'8000'0000'1234).index(Level::pml4e) == 256);

template <typename From, typename To>
constexpr bool mixes = std::is_convertible_v<From, To> || std::is_constructible_v<To, From>;

static_assert(!mixes<LinearAddress, PhysicalAddress> && !mixes<PhysicalAddress, LinearAddress>);
static_assert(!mixes<PhysicalAddress, GuestPhysicalAddress> && !mixes<GuestPhysicalAddress, PhysicalAddress>);
static_assert(!mixes<std::uint64_t, LinearAddress>, "a constructor's name must say what happens to bits 63:48");
static_assert(!std::is_convertible_v<std::uint64_t, PhysicalAddress>);

/// Random values whose upper 17 bits are often, but not always, all equal.
class RandomAddresses {
public:
    [[nodiscard]] std::uint64_t next()
    {
        const std::uint64_t value = generator_();
        switch (generator_() % 3) {
        case 0: return value;
        case 1: return value & lower_top;
        default: return value | upper_bottom;
        }
    }

private:
    std::mt19937_64 generator_{20260417};
};

/// [intel/vol1] 3.3.7.1: bits 63 through 48 equal bit 47.
bool canonical_bit_by_bit(std::uint64_t value)
{
    const bool reference = ((value >> 47) & 1) != 0;
    for (unsigned bit = 48; bit < 64; ++bit) {
        if ((((value >> bit) & 1) != 0) != reference) return false;
    }
    return true;
}

TEST(LinearAddress, CanonicalIffTheUpperBitsRepeatBit47)
{
    RandomAddresses addresses;
    unsigned canonical = 0;
    for (int round = 0; round < 100'000; ++round) {
        const std::uint64_t value = addresses.next();
        ASSERT_EQ(is_canonical(value), canonical_bit_by_bit(value)) << std::hex << value;
        canonical += is_canonical(value) ? 1U : 0U;
    }
    EXPECT_GT(canonical, 10'000U);
    EXPECT_LT(canonical, 90'000U);
}

TEST(LinearAddress, EachSingleWrongUpperBitIsFound)
{
    for (unsigned bit = 47; bit < 64; ++bit) {
        EXPECT_FALSE(is_canonical(std::uint64_t{0x3fff} ^ (std::uint64_t{1} << bit))) << bit;
        EXPECT_FALSE(is_canonical(~(std::uint64_t{1} << bit))) << bit;
    }
}

TEST(LinearAddress, TryCanonicalRefusesAndTruncateExtends)
{
    RandomAddresses addresses;
    for (int round = 0; round < 10'000; ++round) {
        const std::uint64_t value = addresses.next();
        const auto tried = LinearAddress::try_canonical(value);
        ASSERT_EQ(tried.has_value(), canonical_bit_by_bit(value));
        const LinearAddress truncated = LinearAddress::truncate(value);
        ASSERT_TRUE(is_canonical(truncated.value()));
        ASSERT_EQ(truncated.value() << 16, value << 16);
        ASSERT_EQ(tried.value_or(truncated), truncated);
    }
}

TEST(LinearAddress, IndicesAndOffsetRebuildTheAddress)
{
    RandomAddresses addresses;
    for (int round = 0; round < 10'000; ++round) {
        const LinearAddress address = LinearAddress::truncate(addresses.next());
        for (const PageSize size : sizes) {
            std::uint64_t rebuilt = address.offset(size);
            for (const Level level : levels) {
                ASSERT_LT(address.index(level), entries_per_table);
                if (level >= leaf_level(size)) rebuilt += std::uint64_t{address.index(level)} << index_shift(level);
            }
            ASSERT_EQ(LinearAddress::truncate(rebuilt), address);
            ASSERT_EQ(address.page(size).value() + address.offset(size), address.value());
            ASSERT_TRUE(address.page(size).aligned(size));
            ASSERT_EQ(address.aligned(size), address.offset(size) == 0);
            ASSERT_EQ(address.page_number(size), (address.value() & 0x1ff'ffff'ffff'ffff) / page_bytes(size));
        }
    }
}

TEST(LinearAddress, KnownIndices)
{
    constexpr LinearAddress address = LinearAddress::truncate(0xffff'ffff'8020'3abc);
    EXPECT_EQ(address.index(Level::pml4e), 511U);
    EXPECT_EQ(address.index(Level::pdpte), 510U);
    EXPECT_EQ(address.index(Level::pde), 1U);
    EXPECT_EQ(address.index(Level::pte), 3U);
    EXPECT_EQ(address.offset(PageSize::size_4k), 0xabcU);
}

/// 57 bits: bits 63 through 57 equal bit 56.
TEST(LinearAddress, FiveLevelsMakeMoreAddressesCanonical)
{
    RandomAddresses addresses;
    for (int round = 0; round < 10'000; ++round) {
        const std::uint64_t value = addresses.next();
        const bool canonical = value >> 56 == 0 || value >> 56 == 0xff;
        ASSERT_EQ(is_canonical(value, widest_linear_bits), canonical);
        ASSERT_EQ(LinearAddress::try_canonical(value, widest_linear_bits).has_value(), canonical);
        const LinearAddress truncated = LinearAddress::truncate(value, widest_linear_bits);
        ASSERT_EQ(truncated.value() << 7, value << 7);
        ASSERT_TRUE(is_canonical(truncated.value(), widest_linear_bits));
        ASSERT_EQ(truncated.region(Level::pde).value(), truncated.value() & ~0x1f'ffffULL);
    }
}

TEST(LinearAddress, HalvesMeetAtTheLastBitAndAdditionWrapsAcrossTheHole)
{
    EXPECT_FALSE(LinearAddress::truncate(lower_top).upper_half());
    EXPECT_TRUE(LinearAddress::truncate(upper_bottom).upper_half());
    EXPECT_EQ((LinearAddress::truncate(0xff'ffff'ffff'ffff, widest_linear_bits) + 1).value(), 0xff00'0000'0000'0000);
    EXPECT_EQ((LinearAddress::truncate(~0ULL) + 1).value(), 0U);
    EXPECT_EQ(LinearAddress::truncate(0x5000) - LinearAddress::truncate(0x3000), 0x2000U);
}

TEST(LinearAddress, DefaultIsZeroAndOrderFollowsTheValue)
{
    EXPECT_EQ(LinearAddress{}.value(), 0U);
    EXPECT_LT(LinearAddress::truncate(lower_top), LinearAddress::truncate(upper_bottom));
}

TEST(PhysicalAddress, PagesAndOffsets)
{
    constexpr PhysicalAddress address{0x1234'5678'9abc};
    EXPECT_EQ(PhysicalAddress{}.value(), 0U);
    for (const PageSize size : sizes) {
        EXPECT_EQ(address.offset(size), address.value() % page_bytes(size));
        EXPECT_EQ(address.page(size).value(), address.value() - address.value() % page_bytes(size));
        EXPECT_FALSE(address.aligned(size));
        EXPECT_TRUE(address.page(size).aligned(size));
    }
    EXPECT_EQ((address + 0x44).value(), 0x1234'5678'9b00U);
    EXPECT_EQ(address + 0x44 - address, 0x44U);
    EXPECT_LT(address, address + 1);
}

} // namespace
} // namespace drywalk::x86
