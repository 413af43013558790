// SPDX-License-Identifier: MIT
// One event of a trace, as plain data.
#pragma once

#include <cstdint>
#include <string_view>

namespace drywalk::trace {

enum class EventKind : std::uint8_t {
    store,
    mov_cr0,
    mov_cr3,
    mov_cr4,
    wrmsr_efer,
    invlpg,
    invpcid,
    read,
    write,
    fetch,
    release,
    page_fault,
    mark,
    // Version 2 of the format:
    wrpkru,
    wrmsr_pkrs,
    invlpgb,
    tlbsync,
    page,
    fill,
};

inline constexpr unsigned event_kind_count = 19;

/// What only INVLPGB has. [amd/vol3] INVLPGB
struct Broadcast {
    bool has_va : 1 = false;   ///< only this address; `va` counts
    bool has_pcid : 1 = false; ///< only this PCID; `pcid` counts
    bool has_asid : 1 = false; ///< only this ASID; `asid` counts
    bool global : 1 = false;
    bool final_only : 1 = false;
    bool nested : 1 = false;
    bool stride_2m : 1 = false;
    std::uint16_t asid = 0;
    std::uint16_t count = 0; ///< pages beyond the first

    bool operator==(const Broadcast&) const = default;
};

/// Which members count depends on the kind, see fields.hpp; the others have the values given here.
/// The texts point into memory of whoever made the event, usually a reader, until it makes the next one.
struct Event {
    EventKind kind = EventKind::mark;
    bool user = false;
    bool alignment_check = false; ///< EFLAGS.AC
    bool shadow_stack = false;    ///< a shadow-stack access
    std::uint8_t type = 0;        ///< of INVPCID, 0 to 3
    std::uint16_t pcid = 0;
    std::uint16_t size = 1; ///< bytes of an access
    Broadcast broadcast;
    std::uint32_t cpu = 0;
    std::uint64_t va = 0;
    std::uint64_t pa = 0;
    std::uint64_t value = 0;
    std::uint64_t bytes = 0;
    std::string_view data; ///< of a page: its 4096 bytes as they stand in memory
    std::string_view name; ///< of a mark
    std::string_view src;  ///< "file:line" of whoever caused the event; empty: not given
    std::string_view note; ///< empty: not given
    /// Frames, innermost last, with a line feed between them; empty: not given. `src` is one of them; see stack.hpp.
    std::string_view stack;

    bool operator==(const Event&) const = default;
};

[[nodiscard]] constexpr bool is_access(EventKind kind) { return kind >= EventKind::read && kind <= EventKind::fetch; }

} // namespace drywalk::trace
