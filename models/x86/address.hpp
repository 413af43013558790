// SPDX-License-Identifier: MIT
// Linear, physical and guest-physical addresses as types that do not mix.
#pragma once

#include "models/x86/paging.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace drywalk::x86 {

inline constexpr unsigned linear_bits = 48;
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

/// True if bits 63:47 are all equal. [intel/vol1] 3.3.7.1
[[nodiscard]] constexpr bool is_canonical(std::uint64_t value)
{
    const auto sign_extended = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << 16) >> 16);
    return sign_extended == value;
}

/// A canonical linear address. The constructors' names say what happens to any other value.
class LinearAddress {
public:
    constexpr LinearAddress() = default;

    /// Nothing if `value` is not canonical.
    [[nodiscard]] static constexpr std::optional<LinearAddress> try_canonical(std::uint64_t value)
    {
        if (!is_canonical(value)) return std::nullopt;
        return LinearAddress{value};
    }

    /// Bits 63:48 become copies of bit 47; the caller vouches that this is what it wants.
    [[nodiscard]] static constexpr LinearAddress truncate(std::uint64_t value)
    {
        return LinearAddress{static_cast<std::uint64_t>(static_cast<std::int64_t>(value << 16) >> 16)};
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
    /// The page number of this address among pages of `size`, bits 63:48 left out.
    [[nodiscard]] constexpr std::uint64_t page_number(PageSize size) const
    {
        return (value_ & ((std::uint64_t{1} << linear_bits) - 1)) >> page_shift(size);
    }
    /// True in the half with bit 47 set, where kernels live by convention.
    [[nodiscard]] constexpr bool upper_half() const { return (value_ >> 63) != 0; }

    /// Wraps inside the canonical space.
    [[nodiscard]] constexpr LinearAddress operator+(std::uint64_t bytes) const { return truncate(value_ + bytes); }
    [[nodiscard]] constexpr std::uint64_t operator-(LinearAddress other) const { return value_ - other.value_; }
    constexpr auto operator<=>(const LinearAddress&) const = default;

private:
    constexpr explicit LinearAddress(std::uint64_t value) : value_{value} {}

    std::uint64_t value_ = 0;
};

} // namespace drywalk::x86
