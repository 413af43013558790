// SPDX-License-Identifier: MIT
// The page walk as pure steps: what an entry read at a level means for the translation.
#pragma once

#include "models/x86/access.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::x86 {

/// A finished translation of one page. [intel/vol3] 4.10.2.2 lists what a TLB entry holds.
struct Translation {
    PhysicalAddress page; ///< aligned to `size`
    PageSize size = PageSize::size_4k;
    Rights rights;              ///< of all levels together
    bool global = false;        ///< the leaf's G flag, CR4.PGE being 1. [intel/vol3] 4.10.2.4
    bool dirty = false;         ///< the leaf's D flag
    std::uint8_t pat_index = 0; ///< the leaf's memory type, see Entry::pat_index
    std::uint8_t key = no_key;  ///< the leaf's protection key, if keys counted when it was read
    /// The leaf is read-only and dirty, and writable in every entry above. [intel/vol3] 4.6 of later editions
    bool shadow_stack = false;

    [[nodiscard]] constexpr PhysicalAddress physical(LinearAddress linear) const { return page + linear.offset(size); }
    constexpr bool operator==(const Translation&) const = default;
};

/// Keys left out. An access of the shadow stack needs a page of it, of its own mode; SMAP does not count.
/// [intel/vol3] 4.6.1 of later editions; [amd/vol2] 5.6.6
[[nodiscard]] constexpr bool rights_permit(const Translation& translation, Access access, const PagingMode& mode)
{
    if (access.shadow_stack) return translation.shadow_stack && translation.rights.user == access.user;
    return permits(translation.rights, access, mode);
}

/// Whether `translation` allows `access` under `mode`; one without a key allows what some key would. WP, SMEP, SMAP,
/// NXE, PKE, PKS, PKRU and IA32_PKRS count at use. [intel/vol3] 4.6
[[nodiscard]] constexpr bool permits(const Translation& translation, Access access, const PagingMode& mode)
{
    if (!rights_permit(translation, access, mode)) return false;
    if (!mode.cr4.caches_keys()) return true;
    return DenyingKeys::of(translation.rights.user, access, mode).may_permit(translation.key);
}

/// The opposite, but for a translation without a key, which some key may allow and another deny.
[[nodiscard]] constexpr bool may_deny(const Translation& translation, Access access, const PagingMode& mode)
{
    return !rights_permit(translation, access, mode) ||
           DenyingKeys::of(translation.rights.user, access, mode).may_deny(translation.key);
}

/// The error code of an access that `translation` does not permit: PK is set whatever else denies it. [intel/vol3] 4.7
[[nodiscard]] constexpr PageFaultCode protection_fault_code(const Translation& translation, Access access,
                                                            const PagingMode& mode)
{
    PageFaultCode code = page_fault_code(FaultCause::protection, access, mode);
    if (DenyingKeys::of(translation.rights.user, access, mode).may_deny(translation.key)) {
        code.value |= PageFaultCode::protection_key;
    }
    return code;
}

/// Where a walk stands: the next entry to read and what the levels above allow.
struct WalkPosition {
    Level level = root_level;
    PhysicalAddress table;
    Rights rights;

    /// The physical address of the entry that translates `linear` here.
    [[nodiscard]] constexpr PhysicalAddress entry_address(LinearAddress linear) const
    {
        return table + std::uint64_t{linear.index(level)} * entry_bytes;
    }
    constexpr bool operator==(const WalkPosition&) const = default;
};

/// CR3 names the table of the highest level, which CR4.LA57 chooses. [intel/vol3] 4.5 and 4.5 of later editions
[[nodiscard]] constexpr WalkPosition walk_start(const PagingMode& mode)
{
    return {mode.cr4.five_levels() ? Level::pml5e : root_level, mode.cr3.root(), Rights{}};
}

/// What one entry leads to: the next position, a finished translation, or the cause of a fault.
struct WalkStep {
    enum class Kind : std::uint8_t { descend, leaf, fault };

    Kind kind = Kind::fault;
    FaultCause cause = FaultCause::not_present; ///< if fault
    WalkPosition next;                          ///< if descend
    Translation translation;                    ///< if leaf
};

/// The meaning of `entry`, read at `position`. Permission is judged separately, since a translation is
/// cached whatever the access that caused it. [intel/vol3] 4.5, 4.10.2.3
[[nodiscard]] constexpr WalkStep walk_step(WalkPosition position, Entry entry, const PagingMode& mode)
{
    WalkStep step;
    if (!entry.present()) return step;
    if (violates_reserved_bits(entry, position.level, mode)) {
        step.cause = FaultCause::reserved_bit;
        return step;
    }
    const Rights rights = position.rights & entry.rights();
    if (entry.maps_page(position.level)) {
        const PageSize size = leaf_size(position.level);
        step.kind = WalkStep::Kind::leaf;
        // one by one: a braced list is built apart and copied, on the path of every walk
        step.translation.page = entry.page(size);
        step.translation.size = size;
        step.translation.rights = rights;
        step.translation.global = entry.global() && mode.cr4.global_pages();
        step.translation.dirty = entry.dirty();
        step.translation.pat_index = entry.pat_index(size);
        step.translation.shadow_stack = position.rights.writable && !entry.writable() && entry.dirty();
        step.translation.key = mode.cr4.caches_keys() ? entry.protection_key() : no_key;
        return step;
    }
    step.kind = WalkStep::Kind::descend;
    step.next = {below(position.level), entry.next_table(), rights};
    return step;
}

/// The flags that the processor sets in an entry that it used. [intel/vol3] 4.8: A in every entry of the
/// path, D in the leaf of a write that the rights allow. Zero if the entry has them already. A walk that ends in a
/// fault may set A in the entries that it passed, never in the one that was not present or had a reserved bit set.
[[nodiscard]] constexpr std::uint64_t accessed_dirty_update(Entry entry, bool is_leaf, AccessKind kind)
{
    std::uint64_t wanted = Entry::accessed_bit;
    if (is_leaf && kind == AccessKind::write) wanted |= Entry::dirty_bit;
    return wanted & ~entry.raw();
}

/// How an access ends according to the tables alone.
struct WalkOutcome {
    std::optional<Translation> translation; ///< absent: a page fault
    PageFaultCode fault;                    ///< if no translation

    constexpr bool operator==(const WalkOutcome&) const = default;
};

/// The step that ends a walk of `linear` from `position` down: a leaf, whatever it permits, or a fault. `read_entry`
/// maps a physical address to the Entry stored there.
template <typename ReadEntry>
[[nodiscard]] constexpr WalkStep last_step(WalkPosition position, LinearAddress linear, const PagingMode& mode,
                                           ReadEntry&& read_entry)
{
    for (;;) {
        const WalkStep step = walk_step(position, read_entry(position.entry_address(linear)), mode);
        if (step.kind != WalkStep::Kind::descend) return step;
        position = step.next;
    }
}

/// Walks the tables that `mode` names, nothing cached and nothing changed. This is what every cached translation is
/// measured against.
template <typename ReadEntry>
[[nodiscard]] constexpr WalkOutcome walk(LinearAddress linear, Access access, const PagingMode& mode,
                                         ReadEntry&& read_entry)
{
    const WalkStep step = last_step(walk_start(mode), linear, mode, read_entry);
    if (step.kind == WalkStep::Kind::fault) return {std::nullopt, page_fault_code(step.cause, access, mode)};
    if (permits(step.translation, access, mode)) return {step.translation, {}};
    return {std::nullopt, protection_fault_code(step.translation, access, mode)};
}

} // namespace drywalk::x86
