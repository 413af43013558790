// SPDX-License-Identifier: MIT
// What a TLB holds for one page.
#pragma once

#include "models/mmu/cached_address.hpp"
#include "models/x86/invalidation.hpp"
#include "models/x86/walk.hpp"

#include <cstdint>

namespace drywalk::mmu {

/// A state of the paging structures: which root was loaded, and how many times software had changed tables or mode.
struct TablesState {
    std::uint64_t root = ~std::uint64_t{0};
    std::uint64_t version = 0;
    constexpr bool operator==(const TablesState&) const = default;
};

/// The kinds of access that an entry was filled for, one bit each. Only machines that grant no more consult it.
class GrantedAccesses {
public:
    /// None for an access of the shadow stack. A write also lets reads through, and any access the supervisor's of the
    /// same kind unless the page is a user page that SMEP or SMAP keeps from the supervisor.
    [[nodiscard]] static constexpr GrantedAccesses of(x86::Access access, bool user_page, const x86::PagingMode& mode)
    {
        if (access.shadow_stack) return {};
        const bool is_fetch = access.kind == x86::AccessKind::fetch;
        const bool prevented =
            is_fetch ? mode.cr4.supervisor_execution_prevention() : mode.cr4.supervisor_access_prevention();
        const bool supervisor = !(user_page && prevented);
        GrantedAccesses granted;
        granted.add(access.kind, access.user, supervisor);
        if (access.kind == x86::AccessKind::write) granted.add(x86::AccessKind::read, access.user, supervisor);
        return granted;
    }
    [[nodiscard]] constexpr bool includes(x86::Access access) const
    {
        return !access.shadow_stack && (bits_ & bit(access)) != 0;
    }

private:
    [[nodiscard]] static constexpr std::uint8_t bit(x86::Access access)
    {
        return static_cast<std::uint8_t>(1U << (static_cast<unsigned>(access.kind) * 2 + (access.user ? 1 : 0)));
    }
    constexpr void add(x86::AccessKind kind, bool user, bool supervisor)
    {
        if (user) bits_ = static_cast<std::uint8_t>(bits_ | bit({kind, true, false}));
        if (supervisor) bits_ = static_cast<std::uint8_t>(bits_ | bit({kind, false, false}));
    }

    std::uint8_t bits_ = 0;
};

/// A cached translation of a page, or of the part of an address that leads to a table. Takes one cache line of the
/// computer that simulates.
struct alignas(64) TlbEntry {
    /// Of the whole page, as the tables have it: a guest's say where in the guest's memory. In an entry that holds a
    /// paging structure, the next table is the page, with the rights so far.
    x86::Translation translation;
    /// With held_size, what the entry answers for: the page, or less of it.
    [[no_unique_address]] CachedAddress held_base;
    x86::PageSize held_size = x86::PageSize::size_4k;
    GrantedAccesses granted;
    std::uint16_t pcid = 0; ///< that it was made under
    /// Where that lies in memory, the host's if the address space is a guest's. Of a paging structure: the next table.
    x86::PhysicalAddress frame;
    /// The last state of the tables that this entry was seen to agree with. Not architecture: it lets the model tell
    /// a stale use without a walk at each hit.
    TablesState agrees_with;

    /// By which invalidations know the entry of a page of linear addresses.
    [[nodiscard]] x86::EntryTag tag() const
    {
        return {.base = held_base.linear().page(translation.size),
                .size = translation.size,
                .pcid = pcid,
                .global = translation.global};
    }
    /// Where `linear` lies, an address that the entry holds.
    [[nodiscard]] x86::PhysicalAddress physical(x86::LinearAddress linear) const
    {
        return frame + linear.offset(held_size);
    }
    [[nodiscard]] x86::PhysicalAddress physical(x86::GuestPhysicalAddress address) const
    {
        return frame + address.offset(held_size);
    }
};
static_assert(sizeof(TlbEntry) == 64);

/// What a walk found out about one region: that it goes on at `next`.
struct StructureEntry {
    CachedAddress address; ///< any of the region
    x86::Level level = x86::Level::pde;
    std::uint16_t pcid = 0;
    x86::WalkPosition next;
    x86::PhysicalAddress frame; ///< where the table of `next` lies in memory
    TablesState agrees_with;
};

} // namespace drywalk::mmu
