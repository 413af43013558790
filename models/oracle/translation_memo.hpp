// SPDX-License-Identifier: MIT
// What the current tables say, remembered per page: so that an access that nothing deviates from costs one look.
#pragma once

#include "models/x86/walk.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::oracle {

/// Holds only translations whose accessed flags are all set. It is no TLB: every change of the tables that could
/// matter empties it, in whole or for the page.
class TranslationMemo {
public:
    [[nodiscard]] const x86::Translation* find(x86::LinearAddress linear) const
    {
        const Slot& slot = slots_[index(linear)];
        return slot.page == linear.page() && slot.epoch == epoch_ ? &slot.translation : nullptr;
    }
    void remember(x86::LinearAddress linear, const x86::Translation& translation)
    {
        slots_[index(linear)] = {linear.page(), epoch_, translation};
    }
    void forget(x86::LinearAddress linear) { slots_[index(linear)].epoch = 0; }
    void forget_all() { ++epoch_; }

private:
    static constexpr std::size_t slot_count = 8192;
    struct Slot {
        x86::LinearAddress page;
        std::uint64_t epoch = 0;
        x86::Translation translation;
    };
    [[nodiscard]] static std::size_t index(x86::LinearAddress linear)
    {
        return linear.page_number(x86::PageSize::size_4k) % slot_count;
    }

    std::vector<Slot> slots_ = std::vector<Slot>(slot_count);
    std::uint64_t epoch_ = 1;
};

} // namespace drywalk::oracle
