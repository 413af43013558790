// SPDX-License-Identifier: MIT
// What the oracle says about an access or a release.
#pragma once

#include "models/x86/walk.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace drywalk::oracle {

/// Counts events of a trace from 0: the first line after the header.
using EventIndex = std::uint64_t;

enum class Verdict : std::uint8_t {
    ok,                       ///< every permitted behaviour agrees with the tables
    architectural_fault,      ///< every permitted behaviour faults, as the tables demand
    stale_translation,        ///< some permitted behaviour reaches another physical address
    stale_permission,         ///< the same address, but the access succeeds where the tables forbid it
    stale_memory_type,        ///< the same address, another memory type
    lost_dirty,               ///< a cached D lets the processor skip setting the bit that software cleared
    released_while_reachable, ///< memory was declared free while a stale entry may still lead to it
    spurious_fault,           ///< a warning: it may fault although the tables allow it
    lost_accessed,            ///< a warning: a cached A lets the processor skip setting the bit that software cleared
};

[[nodiscard]] constexpr bool is_violation(Verdict verdict)
{
    return verdict >= Verdict::stale_translation && verdict <= Verdict::released_while_reachable;
}
[[nodiscard]] constexpr bool is_warning(Verdict verdict) { return verdict >= Verdict::spurious_fault; }

/// The invalidation that would have been enough, at the latest right after `after`.
enum class Remedy : std::uint8_t {
    invlpg,          ///< of `linear`
    invlpg_each,     ///< of every page below the changed entry that has a translation
    invpcid_context, ///< the stale entry is tagged with a PCID that is not current
};

/// One stale entry that decides against the tables.
struct Witness {
    std::optional<x86::Translation> used; ///< absent: the entry leads to a fault
    bool from_structure = false;          ///< a paging-structure-cache entry leads there
    std::uint16_t pcid = 0;
    EventIndex established_by = 0; ///< brought the translation into being
    EventIndex broken_by = 0;      ///< changed the tables, or what they mean, away from it
    Remedy remedy = Remedy::invlpg;
    x86::LinearAddress remedy_linear;
};

/// The judgement of one access.
struct Judgement {
    Verdict verdict = Verdict::ok;  ///< the worst
    x86::WalkOutcome tables;        ///< what the tables alone say
    std::optional<Witness> witness; ///< if the verdict is a violation or a warning
};

/// The judgement of one release.
struct ReleaseJudgement {
    Verdict verdict = Verdict::ok;
    unsigned cpu = 0;          ///< whose entry leads there
    x86::LinearAddress linear; ///< an address that the entry translates, or the start of its region
    std::optional<Witness> witness;
};

} // namespace drywalk::oracle
