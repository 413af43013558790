// SPDX-License-Identifier: MIT
// The entries that something cached was made of, and which version of each.
#pragma once

#include "models/oracle/judgement.hpp"

#include <array>
#include <cstdint>

namespace drywalk::oracle {

/// The slots of a walk by level, with the events that had stored what was read there. The processor set A in each of
/// them when it cached the result, and does not when it uses it. [intel/vol3] 4.10.2.3
struct Trail {
    static constexpr std::uint64_t none = ~std::uint64_t{0};

    struct Slot {
        std::uint64_t address = none;
        EventIndex stored_by = 0;
    };
    std::array<Slot, x86::level_count> slots;

    [[nodiscard]] Trail with(x86::Level level, x86::PhysicalAddress address, EventIndex stored_by) const
    {
        Trail longer = *this;
        longer.slots[level_position(level)] = {address.value(), stored_by};
        return longer;
    }
    [[nodiscard]] bool same_slots(const Trail& other) const
    {
        for (unsigned i = 0; i < x86::level_count; ++i) {
            if (slots[i].address != other.slots[i].address) return false;
        }
        return true;
    }
    /// `other` has the same slots. Whichever was read earlier misses more.
    void take_older(const Trail& other)
    {
        for (unsigned i = 0; i < x86::level_count; ++i) {
            if (other.slots[i].stored_by < slots[i].stored_by) slots[i].stored_by = other.slots[i].stored_by;
        }
    }
};

} // namespace drywalk::oracle
