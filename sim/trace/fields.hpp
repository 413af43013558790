// SPDX-License-Identifier: MIT
// The vocabulary of the trace format: the names of events and keys, and which key belongs to which event.
#pragma once

#include "models/x86/invalidation.hpp"
#include "sim/trace/event.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drywalk::trace {

inline constexpr unsigned newest_version = 2;                       ///< of the format; every older one is read, too
inline constexpr std::size_t longest_line = std::size_t{64} * 1024; ///< bytes, the line feed left out
inline constexpr unsigned most_cpus = 1024;
inline constexpr std::uint64_t most_memory = std::uint64_t{1} << 52;

/// The keys of an event.
enum class Field : std::uint8_t {
    op,
    cpu,
    src,
    note,
    pa,
    va,
    value,
    user,
    size,
    ac,
    bytes,
    type,
    pcid,
    name,
    // Version 2 of the format:
    seq,
    stack,
    shadow_stack,
    asid,
    count,
    global,
    final,
    nested,
    stride_2m,
    base64,
    hex,
};

inline constexpr unsigned field_count = 25;

inline constexpr std::array<std::string_view, field_count> field_names{
    "op",    "cpu",    "src",   "note",   "pa",        "va",     "value", "user",         "size",
    "ac",    "bytes",  "type",  "pcid",   "name",      "seq",    "stack", "shadow_stack", "asid",
    "count", "global", "final", "nested", "stride_2m", "base64", "hex"};

[[nodiscard]] constexpr std::string_view field_name(Field field) { return field_names[static_cast<unsigned>(field)]; }

/// A set of fields.
using Fields = std::uint32_t;

template <typename... Each>
[[nodiscard]] constexpr Fields fields(Each... each)
{
    return ((Fields{1} << static_cast<unsigned>(each)) | ... | Fields{0});
}

[[nodiscard]] constexpr bool contains(Fields set, Field field) { return (set & fields(field)) != 0; }

/// The fields that every version knows. INVLPGB, which only version 2 has, uses some of them.
inline constexpr Fields version_1_fields = fields(Field::seq) - 1;

/// The fields that `version` of the format knows.
[[nodiscard]] constexpr Fields fields_of(unsigned version)
{
    return version == 1 ? version_1_fields : (Fields{1} << field_count) - 1;
}

/// What an event is called and what it carries.
struct Shape {
    std::string_view name;
    Fields required;
    Fields optional;
    unsigned version = 1; ///< the first one that has the event
    Fields subjects = 0;  ///< they decide whether the processor takes the event; the last one given is blamed

    [[nodiscard]] constexpr Fields allowed() const { return required | optional; }
};

inline constexpr Fields common_fields =
    fields(Field::op, Field::cpu, Field::src, Field::note, Field::seq, Field::stack);
inline constexpr Fields access_options =
    common_fields | fields(Field::user, Field::size, Field::ac, Field::shadow_stack);
inline constexpr Fields broadcast_options =
    common_fields | fields(Field::va, Field::pcid, Field::asid, Field::count, Field::global, Field::final,
                           Field::nested, Field::stride_2m);

/// In the order of EventKind. INVPCID needs `pcid` and `va` only where its type uses them: see needed_by_type().
inline constexpr std::array<Shape, event_kind_count> shapes{{
    {"store", fields(Field::pa, Field::value), common_fields},
    {"mov_cr0", fields(Field::value), common_fields, 1, fields(Field::value)},
    {"mov_cr3", fields(Field::value), common_fields, 1, fields(Field::value)},
    {"mov_cr4", fields(Field::value), common_fields, 1, fields(Field::value)},
    {"wrmsr_efer", fields(Field::value), common_fields, 1, fields(Field::value)},
    {"invlpg", fields(Field::va), common_fields},
    {"invpcid", fields(Field::type), common_fields | fields(Field::pcid, Field::va), 1,
     fields(Field::type, Field::pcid)},
    {"read", fields(Field::va), access_options},
    {"write", fields(Field::va), access_options},
    {"fetch", fields(Field::va), access_options},
    {"release", fields(Field::pa, Field::bytes), common_fields},
    {"page_fault", fields(Field::va), common_fields},
    {"mark", fields(Field::name), common_fields},
    {"wrpkru", fields(Field::value), common_fields, 2, fields(Field::value)},
    {"wrmsr_pkrs", fields(Field::value), common_fields, 2, fields(Field::value)},
    {"invlpgb", 0, broadcast_options, 2, fields(Field::op, Field::pcid)},
    {"tlbsync", 0, common_fields, 2, fields(Field::op)},
    {"page", fields(Field::pa), common_fields | fields(Field::base64, Field::hex), 2},
    {"fill", fields(Field::pa, Field::value), common_fields, 2},
}};

[[nodiscard]] constexpr const Shape& shape_of(EventKind kind) { return shapes[static_cast<unsigned>(kind)]; }

/// What an INVPCID of `type` reads of its descriptor. [intel/vol2] INVPCID
[[nodiscard]] constexpr Fields needed_by_type(std::uint64_t type)
{
    if (type == 0) return fields(Field::pcid, Field::va);
    return type == 1 ? fields(Field::pcid) : Fields{0};
}

/// The operands of an INVLPGB.
[[nodiscard]] x86::Invlpgb operands_of(const Event& event);

/// The event in one line for people, `src` and `note` left out: "store pa=0x1000 value=0x2003".
[[nodiscard]] std::string describe(const Event& event);

} // namespace drywalk::trace
