// SPDX-License-Identifier: MIT
// The manual's access rights once more, as a table that follows the prose of [intel/vol3] 4.6.1 row by row. It shares
// nothing with models/x86/access.hpp but the types, so that the two can be held against each other.
#pragma once

#include "models/x86/access.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

namespace drywalk::x86::test {

enum class Verdict { always, never, if_writable, if_executable };

/// One statement of 4.6.1. A column holds the value it speaks about, or '-' where it says nothing.
struct AccessRule {
    std::string_view columns; ///< mode s/u, access r/w/x, page s/u, CR0.WP, CR4.SMAP, EFLAGS.AC, CR4.SMEP, EFER.NXE
    Verdict verdict;
};

inline constexpr std::array access_rules{
    // "For supervisor-mode accesses": data reads
    AccessRule{"s r s - - - - -", Verdict::always},
    AccessRule{"s r u - 0 - - -", Verdict::always},
    AccessRule{"s r u - 1 1 - -", Verdict::always},
    AccessRule{"s r u - 1 0 - -", Verdict::never},
    // data writes to supervisor-mode addresses
    AccessRule{"s w s 0 - - - -", Verdict::always},
    AccessRule{"s w s 1 - - - -", Verdict::if_writable},
    // data writes to user-mode addresses
    AccessRule{"s w u 0 0 - - -", Verdict::always},
    AccessRule{"s w u 0 1 1 - -", Verdict::always},
    AccessRule{"s w u 0 1 0 - -", Verdict::never},
    AccessRule{"s w u 1 0 - - -", Verdict::if_writable},
    AccessRule{"s w u 1 1 1 - -", Verdict::if_writable},
    AccessRule{"s w u 1 1 0 - -", Verdict::never},
    // instruction fetches from supervisor-mode addresses
    AccessRule{"s x s - - - - 0", Verdict::always},
    AccessRule{"s x s - - - - 1", Verdict::if_executable},
    // instruction fetches from user-mode addresses
    AccessRule{"s x u - - - 0 0", Verdict::always},
    AccessRule{"s x u - - - 0 1", Verdict::if_executable},
    AccessRule{"s x u - - - 1 -", Verdict::never},
    // "For user-mode accesses": data reads, data writes, instruction fetches
    AccessRule{"u r u - - - - -", Verdict::always},
    AccessRule{"u r s - - - - -", Verdict::never},
    AccessRule{"u w u - - - - -", Verdict::if_writable},
    AccessRule{"u w s - - - - -", Verdict::never},
    AccessRule{"u x u - - - - 0", Verdict::always},
    AccessRule{"u x u - - - - 1", Verdict::if_executable},
    AccessRule{"u x s - - - - -", Verdict::never},
};

/// The facts of one access, in the order of the columns.
[[nodiscard]] inline std::array<char, 8> facts_of(Rights rights, Access access, const PagingMode& mode)
{
    const auto bit = [](bool value) { return value ? '1' : '0'; };
    constexpr std::string_view kinds = "rwx";
    return {access.user ? 'u' : 's',
            kinds[static_cast<std::size_t>(access.kind)],
            rights.user ? 'u' : 's',
            bit((mode.cr0.value & (1U << 16)) != 0),
            bit((mode.cr4.value & (1U << 21)) != 0),
            bit(access.alignment_check),
            bit((mode.cr4.value & (1U << 20)) != 0),
            bit((mode.efer.value & (1U << 11)) != 0)};
}

[[nodiscard]] inline bool speaks_about(const AccessRule& rule, const std::array<char, 8>& facts)
{
    for (std::size_t column = 0; column < facts.size(); ++column) {
        const char wanted = rule.columns[2 * column];
        if (wanted != '-' && wanted != facts[column]) return false;
    }
    return true;
}

/// What the manual says. Throws unless exactly one statement speaks about the access.
[[nodiscard]] inline bool manual_permits(Rights rights, Access access, const PagingMode& mode)
{
    const auto facts = facts_of(rights, access, mode);
    const AccessRule* found = nullptr;
    for (const AccessRule& rule : access_rules) {
        if (!speaks_about(rule, facts)) continue;
        if (found != nullptr) throw std::logic_error{"two statements of 4.6.1 speak about one access"};
        found = &rule;
    }
    if (found == nullptr) throw std::logic_error{"no statement of 4.6.1 speaks about an access"};
    switch (found->verdict) {
    case Verdict::always: return true;
    case Verdict::never: return false;
    case Verdict::if_writable: return rights.writable;
    case Verdict::if_executable: return rights.executable;
    }
    throw std::logic_error{"unknown verdict"};
}

/// Bit `position` of `number`: how the loops over all combinations read their counter.
[[nodiscard]] constexpr bool bit_of(unsigned number, unsigned position) { return ((number >> position) & 1U) != 0; }

inline constexpr unsigned mode_count = 16;

/// The mode of all combinations of WP (bit 0), SMEP (1), SMAP (2) and NXE (3).
[[nodiscard]] constexpr PagingMode mode_number(unsigned number)
{
    PagingMode mode;
    mode.cr0.value = bit_of(number, 0) ? 0x8001'0011 : 0x8000'0011;
    mode.cr4.value = 0x20U | (bit_of(number, 1) ? 1U << 20 : 0U) | (bit_of(number, 2) ? 1U << 21 : 0U);
    mode.efer.value = bit_of(number, 3) ? 0xd00 : 0x500;
    return mode;
}

inline constexpr unsigned access_count = 12;

/// All combinations of the three kinds, user or supervisor, and AC.
[[nodiscard]] constexpr Access access_number(unsigned number)
{
    return {static_cast<AccessKind>(number % 3), bit_of(number / 3, 0), bit_of(number / 3, 1)};
}

/// All combinations of writable (bit 0), user (1), executable (2).
[[nodiscard]] constexpr Rights rights_number(unsigned number)
{
    return {bit_of(number, 0), bit_of(number, 1), bit_of(number, 2)};
}

/// The error code by the statements of 4.7: P, W/R, U/S, RSVD, I/D as bits 0 to 4.
[[nodiscard]] inline std::uint32_t manual_error_code(bool present, bool reserved, Access access, const PagingMode& mode)
{
    const bool smep_or_nxe = (mode.cr4.value & (1U << 20)) != 0 || (mode.efer.value & (1U << 11)) != 0;
    const std::array flags{present, access.kind == AccessKind::write, access.user, reserved,
                           access.kind == AccessKind::fetch && smep_or_nxe};
    std::uint32_t code = 0;
    for (std::size_t flag = 0; flag < flags.size(); ++flag)
        code += flags[flag] ? 1U << flag : 0U;
    return code;
}

} // namespace drywalk::x86::test
