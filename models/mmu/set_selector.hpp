// SPDX-License-Identifier: MIT
// Which set of an array an address belongs to.
#pragma once

#include "models/machine/mmu_profile.hpp"
#include "models/mmu/cached_address.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace drywalk::mmu {

/// XORs a few fields of the address, whatever form the profile describes the index in. Bits from 48 on select nothing.
class SetSelector {
public:
    SetSelector() = default;
    SetSelector(const machine::TlbArrayProfile& profile, machine::Held what);

    [[nodiscard]] std::uint32_t set_of(CachedAddress address) const
    {
        const std::uint64_t bits = address.value() & selecting_mask;
        std::uint64_t set = field(bits, first_[0]) ^ field(bits, first_[1]);
        for (const Field& more : rest_)
            set ^= field(bits, more);
        return static_cast<std::uint32_t>(set);
    }

private:
    static constexpr std::uint64_t selecting_mask = (std::uint64_t{1} << x86::linear_bits) - 1;

    struct Field {
        int rotation = 0; ///< to the right
        std::uint64_t mask = 0;
    };
    [[nodiscard]] static std::uint64_t field(std::uint64_t bits, const Field& from)
    {
        return std::rotr(bits, from.rotation) & from.mask;
    }

    std::array<Field, 2> first_{}; ///< two are enough for all shapes but `bits`
    std::vector<Field> rest_;
};

/// The profile's index for `what` as lists of address bits.
[[nodiscard]] machine::IndexBits index_bits(const machine::TlbArrayProfile& profile, machine::Held what);

} // namespace drywalk::mmu
