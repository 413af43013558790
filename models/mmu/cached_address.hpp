// SPDX-License-Identifier: MIT
// The addresses that caches of translations are searched by: linear ones and guest-physical ones. [intel/vol3] 28.3.1
#pragma once

#include "models/x86/address.hpp"

#include <cstdint>

namespace drywalk::mmu {

enum class AddressDomain : std::uint8_t { linear, guest_physical };

/// An address of one of the two domains. One array may hold entries of both; a search finds those of its own domain
/// alone, and what is removed by linear address or PCID is linear. A guest-physical address has no PCID: its entries
/// are tagged with 0.
class CachedAddress {
public:
    constexpr CachedAddress() = default;
    // Not explicit: an address of either kind is a cached address, and each says by its type which.
    constexpr CachedAddress(x86::LinearAddress address) : value_{address.value()} {}
    constexpr CachedAddress(x86::GuestPhysicalAddress address)
        : value_{address.value()}, domain_{AddressDomain::guest_physical}
    {
    }

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    [[nodiscard]] constexpr AddressDomain domain() const { return domain_; }
    [[nodiscard]] constexpr bool is_linear() const { return domain_ == AddressDomain::linear; }
    /// The linear address that this is.
    [[nodiscard]] constexpr x86::LinearAddress linear() const
    {
        return x86::LinearAddress::truncate(value_, x86::widest_linear_bits);
    }
    /// The start of what one entry at `level` translates, this address among it.
    [[nodiscard]] constexpr CachedAddress region(x86::Level level) const
    {
        CachedAddress start = *this;
        start.value_ = value_ >> index_shift(level) << index_shift(level);
        return start;
    }
    constexpr bool operator==(const CachedAddress&) const = default;

private:
    std::uint64_t value_ = 0;
    AddressDomain domain_ = AddressDomain::linear;
};

} // namespace drywalk::mmu
