// SPDX-License-Identifier: MIT
// Which single instruction removes a set of stale entries, and from where on.
#pragma once

#include "models/oracle/judgement.hpp"
#include "models/oracle/walk_source.hpp"
#include "models/x86/invalidation.hpp"

#include <array>
#include <optional>

namespace drywalk::oracle {

/// Physical memory.
struct Range {
    x86::PhysicalAddress address;
    std::uint64_t bytes = 0;

    [[nodiscard]] bool meets(x86::PhysicalAddress first, std::uint64_t length) const
    {
        return first.value() < address.value() + bytes && address.value() < first.value() + length;
    }
};

/// What an invalidation must reach: stale entries of one processor.
class Reachable {
public:
    void add(const x86::EntryTag& tag, x86::LinearAddress linear, EventIndex broken_by);
    void add(const WalkSource& structure);
    /// An entry for the addresses of a table of `level` that `structure` leads to.
    void add_below(const WalkSource& structure, x86::LinearAddress region, x86::Level level);
    void join(const Reachable& others);
    /// There are more translations that could be usable; the last of them was broken by `broken_by`.
    void add_unseen(EventIndex broken_by);

    /// The last event that broke one of them: an invalidation before it could be undone.
    [[nodiscard]] EventIndex last_broken() const { return last_broken_; }
    [[nodiscard]] bool any_global() const { return any_global_; }
    [[nodiscard]] bool any_local() const { return any_local_; }
    /// The PCID of all that are not global; nothing if there are several.
    [[nodiscard]] std::optional<std::uint16_t> pcid() const;
    /// An address whose invalidation reaches all of them, if there is one.
    [[nodiscard]] std::optional<x86::LinearAddress> common_address() const;

private:
    static constexpr std::size_t most_compared = 64;
    struct Region {
        std::uint64_t first = 0; ///< linear
        unsigned shift = 0;      ///< of its size
    };

    void add(Region region, x86::LinearAddress linear);
    void add_local(std::uint16_t pcid, EventIndex broken_by);

    std::array<Region, most_compared> regions_{};
    std::size_t region_count_ = 0;
    x86::LinearAddress address_; ///< in the smallest region
    unsigned smallest_ = 64;
    EventIndex last_broken_ = 0;
    bool any_global_ = false;
    bool any_local_ = false;
    bool several_pcids_ = false;
    std::uint16_t pcid_ = 0;
};

[[nodiscard]] Remedy invlpg(x86::LinearAddress linear, EventIndex after);
[[nodiscard]] Remedy invpcid(x86::InvpcidType type, std::uint16_t pcid, x86::LinearAddress linear, EventIndex after);

/// Removes `entries` of a processor that has had `current_pcid` loaded since event `since`.
[[nodiscard]] Remedy remedy_for(const Reachable& entries, std::uint16_t current_pcid, EventIndex since);

} // namespace drywalk::oracle
