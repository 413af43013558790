// SPDX-License-Identifier: MIT
// Linear, physical and guest-physical addresses as types that do not mix.
#pragma once

#include "models/x86/paging.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace drywalk::x86 {

/// With 4-level paging. [intel/vol3] 4.5
inline constexpr unsigned linear_bits = 48;
/// With 5-level paging, CR4.LA57. [intel/vol3] 4.5 of later editions
inline constexpr unsigned widest_linear_bits = 57;
/// The widest physical address any implementation may have. [intel/vol3] 4.1.4
inline constexpr unsigned architectural_physical_bits = 52;

/// An address whose arithmetic and comparison are the same in every address space.
/// `Space` only keeps the spaces apart.
template <typename Space>
class Address {
public:
    constexpr Address() = default;
    constexpr explicit Address(std::uint64_t value) : value_{value} {}

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    [[nodiscard]] constexpr bool aligned(PageSize size) const { return (value_ & offset_mask(size)) == 0; }
    [[nodiscard]] constexpr std::uint64_t offset(PageSize size) const { return value_ & offset_mask(size); }
    [[nodiscard]] constexpr Address page(PageSize size = PageSize::size_4k) const
    {
        return Address{value_ & ~offset_mask(size)};
    }

    [[nodiscard]] constexpr Address operator+(std::uint64_t bytes) const { return Address{value_ + bytes}; }
    [[nodiscard]] constexpr std::uint64_t operator-(Address other) const { return value_ - other.value_; }
    constexpr auto operator<=>(const Address&) const = default;

private:
    std::uint64_t value_ = 0;
};

/// A physical address: what a page table points to and what memory is indexed by.
using PhysicalAddress = Address<struct PhysicalSpace>;
/// What a guest believes to be physical, before nested paging. [intel/vol3] 28.2.1
using GuestPhysicalAddress = Address<struct GuestPhysicalSpace>;

/// The lowest `width` bits, the last of them copied into all above.
[[nodiscard]] constexpr std::uint64_t sign_extended(std::uint64_t value, unsigned width)
{
    const unsigned unused = 64 - width;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

/// True if the bits from `width` - 1 to 63 are all equal. [intel/vol1] 3.3.7.1; PagingMode::linear_width() is the
/// width that counts.
[[nodiscard]] constexpr bool is_canonical(std::uint64_t value, unsigned width = linear_bits)
{
    return sign_extended(value, width) == value;
}

/// A canonical linear address, of 5-level paging at the most. The constructors' names say what happens to any other
/// value.
class LinearAddress {
public:
    constexpr LinearAddress() = default;

    /// Nothing if `value` is not canonical for addresses of `width` bits.
    [[nodiscard]] static constexpr std::optional<LinearAddress> try_canonical(std::uint64_t value,
                                                                              unsigned width = linear_bits)
    {
        if (!is_canonical(value, width)) return std::nullopt;
        return LinearAddress{value};
    }

    /// The bits from `width` on become copies of the one below; the caller vouches that this is what it wants.
    [[nodiscard]] static constexpr LinearAddress truncate(std::uint64_t value, unsigned width = linear_bits)
    {
        return LinearAddress{sign_extended(value, width)};
    }

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    /// The index of the entry that translates this address at `level`: 0 to 511.
    [[nodiscard]] constexpr unsigned index(Level level) const
    {
        return static_cast<unsigned>(value_ >> index_shift(level)) & (entries_per_table - 1);
    }
    [[nodiscard]] constexpr std::uint64_t offset(PageSize size) const { return value_ & offset_mask(size); }
    [[nodiscard]] constexpr bool aligned(PageSize size) const { return offset(size) == 0; }
    [[nodiscard]] constexpr LinearAddress page(PageSize size = PageSize::size_4k) const
    {
        return LinearAddress{value_ & ~offset_mask(size)};
    }
    /// The start of the addresses that one entry at `level` translates, this one among them.
    [[nodiscard]] constexpr LinearAddress region(Level level) const
    {
        return LinearAddress{value_ >> index_shift(level) << index_shift(level)};
    }
    /// The page number of this address among pages of `size`, bits 63:57 left out.
    [[nodiscard]] constexpr std::uint64_t page_number(PageSize size) const
    {
        return (value_ & ((std::uint64_t{1} << widest_linear_bits) - 1)) >> page_shift(size);
    }
    /// True in the half with bit 63 set, where kernels live by convention.
    [[nodiscard]] constexpr bool upper_half() const { return (value_ >> 63) != 0; }

    /// Wraps inside the space of 57 bits. With 48 the caller stays in its half.
    [[nodiscard]] constexpr LinearAddress operator+(std::uint64_t bytes) const
    {
        return truncate(value_ + bytes, widest_linear_bits);
    }
    [[nodiscard]] constexpr std::uint64_t operator-(LinearAddress other) const { return value_ - other.value_; }
    constexpr auto operator<=>(const LinearAddress&) const = default;

private:
    constexpr explicit LinearAddress(std::uint64_t value) : value_{value} {}

    std::uint64_t value_ = 0;
};

} // namespace drywalk::x86
