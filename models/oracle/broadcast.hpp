// SPDX-License-Identifier: MIT
// INVLPGB: what it selects is doomed, and gone when TLBSYNC on the same processor is complete. What was cached again in
// between, from tables that still said it, is not doomed. [amd/vol3] INVLPGB, TLBSYNC
#pragma once

#include "models/x86/invalidation.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace drywalk::oracle {

/// One of a processor, or several with the same operands.
struct Broadcast {
    unsigned cpu = 0;
    x86::Invlpgb operands;
    bool complete = false;
};

/// Those that something cached may not outlive.
class Dooms {
public:
    [[nodiscard]] bool empty() const { return broadcasts_.empty(); }
    void add(const std::shared_ptr<const Broadcast>& broadcast)
    {
        constexpr std::size_t most = 256; // what is doomed no further stays, as if it had not been selected
        if (broadcasts_.size() == most || std::ranges::find(broadcasts_, broadcast) != broadcasts_.end()) return;
        broadcasts_.push_back(broadcast);
    }
    /// Those whose operands `select` something that was made of what these doom.
    template <typename Select>
    [[nodiscard]] Dooms chosen_by(Select&& select) const
    {
        Dooms chosen;
        for (const auto& broadcast : broadcasts_) {
            if (select(broadcast->operands)) chosen.broadcasts_.push_back(broadcast);
        }
        return chosen;
    }
    [[nodiscard]] Dooms of(const x86::EntryTag& tag) const
    {
        return chosen_by([&](const x86::Invlpgb& operands) { return removes_translation(operands, tag); });
    }
    /// Of a paging-structure entry read at `level`.
    [[nodiscard]] Dooms of(x86::LinearAddress region, x86::Level level, std::uint16_t pcid) const
    {
        return chosen_by(
            [&](const x86::Invlpgb& operands) { return removes_structure(operands, region, level, pcid); });
    }
    [[nodiscard]] bool any_complete() const
    {
        return std::ranges::any_of(broadcasts_, [](const auto& broadcast) { return broadcast->complete; });
    }
    [[nodiscard]] bool empties_by_a_complete_one() const
    {
        return std::ranges::any_of(
            broadcasts_, [](const auto& broadcast) { return broadcast->complete && broadcast->operands.empties(); });
    }
    bool operator==(const Dooms&) const = default;

private:
    std::vector<std::shared_ptr<const Broadcast>> broadcasts_;
};

} // namespace drywalk::oracle
