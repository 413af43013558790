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
};

inline constexpr unsigned event_kind_count = 13;

/// Which members count depends on the kind, see fields.hpp; the others have the values given here.
/// The texts point into memory of whoever made the event, usually a reader, until it makes the next one.
struct Event {
    EventKind kind = EventKind::mark;
    bool user = false;
    bool alignment_check = false; ///< EFLAGS.AC
    std::uint8_t type = 0;        ///< of INVPCID, 0 to 3
    std::uint16_t pcid = 0;
    std::uint16_t size = 1; ///< bytes of an access
    std::uint32_t cpu = 0;
    std::uint64_t va = 0;
    std::uint64_t pa = 0;
    std::uint64_t value = 0;
    std::uint64_t bytes = 0;
    std::string_view name; ///< of a mark
    std::string_view src;  ///< "file:line" of whoever caused the event; empty: not given
    std::string_view note; ///< empty: not given

    bool operator==(const Event&) const = default;
};

[[nodiscard]] constexpr bool is_access(EventKind kind) { return kind >= EventKind::read && kind <= EventKind::fetch; }

} // namespace drywalk::trace
