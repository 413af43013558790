// SPDX-License-Identifier: MIT
// What the current tables say, remembered per page: so that an access that nothing deviates from costs one look.
#pragma once

#include "models/x86/walk.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace drywalk::oracle {

/// Holds only translations whose accessed flags are all set. It is no TLB: every change of the tables that could
/// matter empties it, in whole or for the page. What it knew of a root that comes back while no table has changed is
/// good again.
class TranslationMemo {
public:
    struct Slot {
        x86::LinearAddress page;
        std::uint64_t epoch = 0;
        x86::Translation translation;
    };

    /// `linear` may be any value; what is not canonical is not found.
    [[nodiscard]] const Slot* find(std::uint64_t linear) const
    {
        const Slot& slot = slots_[index(linear)];
        const std::uint64_t page = linear & ~offset_mask(x86::PageSize::size_4k);
        return slot.page.value() == page && slot.epoch == epoch_ ? &slot : nullptr;
    }
    void remember(x86::LinearAddress linear, const x86::Translation& translation)
    {
        slots_[index(linear.value())] = {linear.page(), epoch_, translation};
    }
    void forget(x86::LinearAddress linear) { slots_[index(linear.value())].epoch = 0; }
    /// What is known of the loaded root.
    void forget_root() { epoch_ = ++last_epoch_; }
    /// The same tables mean something else now.
    void forget_all()
    {
        left_.clear();
        forget_root();
    }

    /// `root` is loaded; tables that mean something else by a mode bit count as another root. `version` grows with
    /// every change of any table.
    void load(x86::PhysicalAddress root, std::uint64_t version)
    {
        if (left_.size() == most_roots) left_.clear();
        left_[root_.value()] = {epoch_, version};
        const auto known = left_.find(root.value());
        if (known != left_.end() && known->second.version == version)
            epoch_ = known->second.epoch;
        else
            forget_root();
        root_ = root;
    }

private:
    static constexpr std::size_t slot_count = 8192;
    static constexpr std::size_t most_roots = 1024;
    struct Left {
        std::uint64_t epoch = 0;
        std::uint64_t version = 0;
    };
    /// Roots that take turns use different slots for the same page.
    [[nodiscard]] std::size_t index(std::uint64_t linear) const
    {
        return (linear / x86::small_page_bytes ^ epoch_ * 0x9e5) % slot_count;
    }

    std::vector<Slot> slots_ = std::vector<Slot>(slot_count);
    std::uint64_t epoch_ = 1;
    std::uint64_t last_epoch_ = 1;
    x86::PhysicalAddress root_;
    std::unordered_map<std::uint64_t, Left> left_; ///< by root, as it was when another was loaded
};

} // namespace drywalk::oracle
