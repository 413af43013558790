// SPDX-License-Identifier: MIT
// Accesses, whether rights permit them, and the error code of the page fault if not.
#pragma once

#include "models/x86/entry.hpp"

#include <cstdint>

namespace drywalk::x86 {

enum class AccessKind : std::uint8_t { read, write, fetch };

/// An access as the permission rules see it. [intel/vol3] 4.6
struct Access {
    AccessKind kind = AccessKind::read;
    bool user = false;            ///< made with CPL = 3 and not an implicit supervisor access
    bool alignment_check = false; ///< EFLAGS.AC, which lifts SMAP; false for an implicit supervisor access

    constexpr bool operator==(const Access&) const = default;
};

/// Whether `rights` allow `access` under `mode`. [intel/vol3] 4.6.1.
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

/// The error code that a page fault pushes. [intel/vol3] 4.7, Figure 4-12
struct PageFaultCode {
    static constexpr std::uint32_t present = 1U << 0; ///< 0: an entry was not present
    static constexpr std::uint32_t write = 1U << 1;
    static constexpr std::uint32_t user = 1U << 2;
    static constexpr std::uint32_t reserved = 1U << 3; ///< a reserved bit was set
    static constexpr std::uint32_t fetch = 1U << 4;

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
    const bool fetches_distinguished = mode.efer.execute_disable() || mode.cr4.supervisor_execution_prevention();
    if (access.kind == AccessKind::fetch && fetches_distinguished) code |= PageFaultCode::fetch;
    return {code};
}

} // namespace drywalk::x86
