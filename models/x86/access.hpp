// SPDX-License-Identifier: MIT
// Accesses, whether rights permit them, and the error code of the page fault if not.
#pragma once

#include "models/x86/entry.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::x86 {

enum class AccessKind : std::uint8_t { read, write, fetch };

/// An access as the permission rules see it. [intel/vol3] 4.6
struct Access {
    AccessKind kind = AccessKind::read;
    bool user = false;            ///< made with CPL = 3 and not an implicit supervisor access
    bool alignment_check = false; ///< EFLAGS.AC, which lifts SMAP; false for an implicit supervisor access
    bool shadow_stack = false;    ///< a read or write of the shadow stack; WRUSS counts as the user's

    constexpr bool operator==(const Access&) const = default;
};

/// What a data access through `linear` translates when masking has taken the bits out that are software's; canonicality
/// is judged afterwards. Bit 63 stays and says which control counts. Fetches, INVLPG and INVPCID are not masked.
/// [intel/vol3] 4.4 of later editions
[[nodiscard]] constexpr std::uint64_t masked(std::uint64_t linear, AccessKind kind, const PagingMode& mode)
{
    if (!mode.masks_addresses() || kind == AccessKind::fetch) return linear;
    constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;
    unsigned width = 64;
    if ((linear & top_bit) != 0) {
        if ((mode.cr4.value & Cr4::lam_sup) != 0) width = mode.linear_width();
    } else if ((mode.cr3.value & Cr3::lam_u57) != 0) {
        width = widest_linear_bits;
    } else if ((mode.cr3.value & Cr3::lam_u48) != 0) {
        width = linear_bits;
    }
    return (sign_extended(linear, width) & ~top_bit) | (linear & top_bit);
}

/// Whether linear-address-space separation lets the access through to translation: bit 63 is the supervisor's. It
/// counts before masking, and for data of the supervisor only where SMAP does. [intel/vol3] 4.4 of later editions
[[nodiscard]] constexpr bool separation_permits(std::uint64_t linear, Access access, const PagingMode& mode)
{
    if (!mode.cr4.separates_address_space()) return true;
    const bool upper = linear >> 63 != 0;
    if (access.user) return !upper;
    if (upper || access.kind == AccessKind::fetch) return upper;
    return !mode.cr4.supervisor_access_prevention() || access.alignment_check;
}

/// The linear address that an access through `linear` translates; none if that raises #GP or #SS before: the other
/// privilege's half, or upper bits that do not repeat the last one that is translated. [intel/vol1] 3.3.7.1
[[nodiscard]] constexpr std::optional<LinearAddress> accessed_address(std::uint64_t linear, Access access,
                                                                      const PagingMode& mode)
{
    if (!separation_permits(linear, access, mode)) return std::nullopt;
    return LinearAddress::try_canonical(masked(linear, access.kind, mode), mode.linear_width());
}

/// Whether `rights` allow `access`, which is not one of the shadow stack, under `mode`. [intel/vol3] 4.6.1.
/// Mode bits (WP, SMEP, SMAP, NXE, AC) count at use; they are no part of a cached translation.
[[nodiscard]] constexpr bool permits(Rights rights, Access access, const PagingMode& mode)
{
    const bool execute_allowed = rights.executable || !mode.efer.execute_disable();
    if (access.user) {
        if (!rights.user) return false;
        if (access.kind == AccessKind::fetch) return execute_allowed;
        return access.kind == AccessKind::read || rights.writable;
    }
    if (access.kind == AccessKind::fetch) {
        return execute_allowed && !(rights.user && mode.cr4.supervisor_execution_prevention());
    }
    if (rights.user && mode.cr4.supervisor_access_prevention() && !access.alignment_check) return false;
    return access.kind == AccessKind::read || rights.writable || !mode.cr0.write_protect();
}

/// The key of a translation that was made while CR4.PKE and CR4.PKS were clear. [intel/vol3] 4.10.2.2 lists no
/// invalidation for setting them, so such a translation may be used later as if it had any key.
inline constexpr std::uint8_t no_key = 16;

/// The protection keys that deny an access, each by bit 2 * key. [intel/vol3] 4.6.2
class DenyingKeys {
public:
    /// For an access that the rights permit. PKRU counts for user pages, IA32_PKRS for supervisor pages. AD denies data
    /// accesses of any privilege level; WD writes, of the supervisor only with CR0.WP. Fetches are never denied.
    [[nodiscard]] static constexpr DenyingKeys of(bool user_page, Access access, const PagingMode& mode)
    {
        const bool counts = user_page ? mode.cr4.user_keys() : mode.cr4.supervisor_keys();
        if (!counts || access.kind == AccessKind::fetch) return {};
        const std::uint32_t rights = user_page ? mode.pkru : mode.pkrs;
        const bool write_disable_counts = access.kind == AccessKind::write && (access.user || mode.cr0.write_protect());
        return DenyingKeys{(rights | (write_disable_counts ? rights >> 1 : 0)) & every_key};
    }
    /// A page with `key` may permit the access; with no_key if some key does.
    [[nodiscard]] constexpr bool may_permit(std::uint8_t key) const
    {
        return key == no_key ? bits_ != every_key : !denies(key);
    }
    /// A page with `key` may deny the access; with no_key if some key does.
    [[nodiscard]] constexpr bool may_deny(std::uint8_t key) const { return key == no_key ? bits_ != 0 : denies(key); }

private:
    static constexpr std::uint32_t every_key = 0x5555'5555;

    constexpr DenyingKeys() = default;
    constexpr explicit DenyingKeys(std::uint32_t bits) : bits_{bits} {}
    [[nodiscard]] constexpr bool denies(std::uint8_t key) const { return (bits_ >> (2U * key) & 1) != 0; }

    std::uint32_t bits_ = 0;
};

/// The error code that a page fault pushes. [intel/vol3] 4.7, Figure 4-12
struct PageFaultCode {
    static constexpr std::uint32_t present = 1U << 0; ///< 0: an entry was not present
    static constexpr std::uint32_t write = 1U << 1;
    static constexpr std::uint32_t user = 1U << 2;
    static constexpr std::uint32_t reserved = 1U << 3; ///< a reserved bit was set
    static constexpr std::uint32_t fetch = 1U << 4;
    static constexpr std::uint32_t protection_key = 1U << 5; ///< PKRU or IA32_PKRS denies the access
    static constexpr std::uint32_t shadow_stack = 1U << 6;   ///< the access was one of the shadow stack

    std::uint32_t value = 0;
    constexpr bool operator==(const PageFaultCode&) const = default;
};

/// Why a translation fails. The first entry of the path that is not present or has a reserved bit set decides;
/// protection is judged last, for the path as a whole.
enum class FaultCause : std::uint8_t { not_present, reserved_bit, protection };

/// [intel/vol3] 4.7; I/D is reported only if fetches are distinguished: SMEP, or PAE with EFER.NXE.
[[nodiscard]] constexpr PageFaultCode page_fault_code(FaultCause cause, Access access, const PagingMode& mode)
{
    std::uint32_t code = 0;
    if (cause != FaultCause::not_present) code |= PageFaultCode::present;
    if (cause == FaultCause::reserved_bit) code |= PageFaultCode::reserved;
    if (access.kind == AccessKind::write) code |= PageFaultCode::write;
    if (access.user) code |= PageFaultCode::user;
    if (access.shadow_stack) code |= PageFaultCode::shadow_stack;
    const bool fetches_distinguished = mode.efer.execute_disable() || mode.cr4.supervisor_execution_prevention();
    if (access.kind == AccessKind::fetch && fetches_distinguished) code |= PageFaultCode::fetch;
    return {code};
}

} // namespace drywalk::x86
