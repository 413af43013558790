// SPDX-License-Identifier: MIT
// What the oracle says about an access or a release.
#pragma once

#include "models/x86/invalidation.hpp"
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
    released_in_use,          ///< memory was declared free that a processor walks: a root, or a table below one
    released_while_reachable, ///< memory was declared free while a stale entry may still lead to it
    spurious_fault,           ///< a warning: it may fault although the tables allow it
    lost_accessed,            ///< a warning: a cached A lets the processor skip setting the bit that software cleared
    released_while_parked,    ///< a warning: only entries of a PCID that is not loaded may still lead to freed memory;
                              ///< once the PCID is loaded without a flush, released_while_reachable
    pcid_recycled,            ///< a warning: MOV CR3 kept what is cached for a PCID, but loaded another root
};

inline constexpr unsigned verdict_count = 12;

[[nodiscard]] constexpr bool is_violation(Verdict verdict)
{
    return verdict >= Verdict::stale_translation && verdict <= Verdict::released_while_reachable;
}
[[nodiscard]] constexpr bool is_warning(Verdict verdict) { return verdict >= Verdict::spurious_fault; }
/// True if the verdict is about memory that software declared free.
[[nodiscard]] constexpr bool is_release(Verdict verdict)
{
    return verdict == Verdict::released_in_use || verdict == Verdict::released_while_reachable ||
           verdict == Verdict::released_while_parked;
}

/// One instruction that would have been enough, anywhere after the event `after` and before the judged one.
struct Remedy {
    enum class Instruction : std::uint8_t {
        none,    ///< no single instruction cures it
        invlpg,  ///< of `linear`
        invpcid, ///< of `type`; `pcid` and `linear` as far as the type reads them
        mov_cr3, ///< of `value`
    };

    Instruction instruction = Instruction::none;
    unsigned cpu = 0; ///< the processor that must execute it
    x86::LinearAddress linear;
    std::uint16_t pcid = 0;
    x86::InvpcidType type = x86::InvpcidType::address;
    std::uint64_t value = 0;
    /// Nothing: a place before the first event will do.
    std::optional<EventIndex> after;

    constexpr bool operator==(const Remedy&) const = default;
};

/// One stale entry that decides against the tables.
struct Witness {
    std::optional<x86::Translation> used; ///< absent: the entry leads to a fault, or to a page table
    bool from_structure = false;          ///< a paging-structure-cache entry leads there
    std::uint16_t pcid = 0;
    EventIndex established_by = 0; ///< the last event that could bring the entry into being
    EventIndex broken_by = 0;      ///< the last event that changed the tables, or what they mean, away from it

    constexpr bool operator==(const Witness&) const = default;
};

/// The judgement of one access.
struct Judgement {
    Verdict verdict = Verdict::ok;  ///< the worst
    x86::WalkOutcome tables;        ///< what the tables alone say
    std::optional<Witness> witness; ///< if the verdict is a violation or a warning
    Remedy remedy{};                ///< if there is a witness
};

/// An entry of one processor that leads into released memory.
struct Holder {
    enum class Role : std::uint8_t {
        translation, ///< a TLB entry
        structure,   ///< a paging-structure-cache entry: the memory is walked as a table
        root,        ///< CR3 itself
        table,       ///< the tables of a loaded root lead there
    };
    Role role = Role::translation;
    std::uint16_t pcid = 0;
    x86::LinearAddress linear; ///< an address that it translates, or the start of its region

    constexpr bool operator==(const Holder&) const = default;
};

/// What one release does to one processor.
struct ReleaseFinding {
    static constexpr std::size_t most_holders = 16;

    Verdict verdict = Verdict::ok;
    unsigned cpu = 0;
    std::vector<Holder> holders;    ///< the first most_holders
    std::uint64_t holder_count = 0; ///< all of them, as far as they were counted
    Witness witness;                ///< of the first holder
    Remedy remedy;                  ///< cures all holders
};

/// The judgement of one release: nothing, or what it does to each processor and in which way.
using ReleaseJudgement = std::vector<ReleaseFinding>;

/// The judgement of a MOV CR3.
struct RootJudgement {
    bool mattered = true;     ///< false: an invalidation that removed nothing, of the same root and PCID
    bool recycled = false;    ///< Verdict::pcid_recycled
    std::uint16_t pcid = 0;   ///< that was loaded
    EventIndex left_root = 0; ///< if recycled: the event that had loaded the other root
    Remedy remedy;            ///< if recycled
    /// Releases that were judged released_while_parked on this processor, and are released_while_reachable now.
    std::vector<EventIndex> escalations;
};

} // namespace drywalk::oracle
