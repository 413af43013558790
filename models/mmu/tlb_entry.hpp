// SPDX-License-Identifier: MIT
// What a TLB holds for one page.
#pragma once

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

/// Stands for the PCID, which has 12 bits, in entries of a host's tables: its guest finds and removes none of them.
inline constexpr std::uint16_t host_tag = 0xffff;

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

/// A cached translation. `machine::held` is the range that it answers for: the page, or a 4 KiB fragment of it. In an
/// entry that holds a paging structure, `translation` has the next table as its page and the rights so far, `tag` the
/// region. Takes one cache line of the host.
struct alignas(64) TlbEntry {
    x86::Translation translation; ///< of the whole page
    x86::EntryTag tag;            ///< the page it came from, for invalidation
    x86::LinearAddress held_base;
    x86::PageSize held_size = x86::PageSize::size_4k;
    GrantedAccesses granted;
    /// The last state of the tables that this entry was seen to agree with. Not architecture: it lets the model tell
    /// a stale use without a walk at each hit.
    TablesState agrees_with;
};

} // namespace drywalk::mmu
