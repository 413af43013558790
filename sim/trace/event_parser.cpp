// SPDX-License-Identifier: MIT
#include "sim/trace/event_parser.hpp"

#include "sim/input/complaint.hpp"
#include "sim/trace/fields.hpp"
#include "sim/trace/page_data.hpp"
#include "sim/trace/scanner.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <optional>
#include <vector>

namespace drywalk::trace {

namespace {

/// The first eight bytes of a name as one number, so that a name is found by a switch.
[[nodiscard]] constexpr std::uint64_t packed(std::string_view name)
{
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < name.size() && index < 8; ++index)
        number |= std::uint64_t{static_cast<unsigned char>(name[index])} << (8 * index);
    return number;
}

/// The same of a name in a line, behind which 8 bytes may be read.
[[nodiscard]] std::uint64_t packed_in_line(std::string_view name)
{
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t number = 0;
    std::memcpy(&number, name.data(), sizeof number);
    if (name.size() >= 8) return number;
    return number & ((std::uint64_t{1} << (8 * name.size())) - 1);
}

[[nodiscard]] std::optional<Field> field_named(std::string_view name)
{
    const auto found = [name](Field field) -> std::optional<Field> {
        if (name != field_name(field)) return std::nullopt;
        return field;
    };
    switch (packed_in_line(name)) {
    case packed("op"): return found(Field::op);
    case packed("cpu"): return found(Field::cpu);
    case packed("src"): return found(Field::src);
    case packed("note"): return found(Field::note);
    case packed("pa"): return found(Field::pa);
    case packed("va"): return found(Field::va);
    case packed("value"): return found(Field::value);
    case packed("user"): return found(Field::user);
    case packed("size"): return found(Field::size);
    case packed("ac"): return found(Field::ac);
    case packed("bytes"): return found(Field::bytes);
    case packed("type"): return found(Field::type);
    case packed("pcid"): return found(Field::pcid);
    case packed("name"): return found(Field::name);
    case packed("seq"): return found(Field::seq);
    case packed("stack"): return found(Field::stack);
    case packed("shadow_stack"): return found(Field::shadow_stack);
    case packed("asid"): return found(Field::asid);
    case packed("count"): return found(Field::count);
    case packed("global"): return found(Field::global);
    case packed("final"): return found(Field::final);
    case packed("nested"): return found(Field::nested);
    case packed("stride_2m"): return found(Field::stride_2m);
    case packed("base64"): return found(Field::base64);
    case packed("hex"): return found(Field::hex);
    default: return std::nullopt;
    }
}

[[nodiscard]] std::optional<EventKind> kind_named(std::string_view name)
{
    const auto found = [name](EventKind kind) -> std::optional<EventKind> {
        if (name != shape_of(kind).name) return std::nullopt;
        return kind;
    };
    switch (packed_in_line(name)) {
    case packed("store"): return found(EventKind::store);
    case packed("mov_cr0"): return found(EventKind::mov_cr0);
    case packed("mov_cr3"): return found(EventKind::mov_cr3);
    case packed("mov_cr4"): return found(EventKind::mov_cr4);
    case packed("wrmsr_efer"): return found(EventKind::wrmsr_efer);
    case packed("invlpg"): return found(EventKind::invlpg);
    case packed("invpcid"): return found(EventKind::invpcid);
    case packed("read"): return found(EventKind::read);
    case packed("write"): return found(EventKind::write);
    case packed("fetch"): return found(EventKind::fetch);
    case packed("release"): return found(EventKind::release);
    case packed("page_fault"): return found(EventKind::page_fault);
    case packed("mark"): return found(EventKind::mark);
    case packed("wrpkru"): return found(EventKind::wrpkru);
    case packed("wrmsr_pkrs"): return found(EventKind::wrmsr_pkrs);
    case packed("invlpgb"): return found(EventKind::invlpgb);
    case packed("tlbsync"): return found(EventKind::tlbsync);
    case packed("page"): return found(EventKind::page);
    case packed("fill"): return found(EventKind::fill);
    default: return std::nullopt;
    }
}

/// `set` as a list for a message.
[[nodiscard]] std::string list_of(Fields set)
{
    std::vector<std::string_view> names;
    for (unsigned index = 0; index < field_count; ++index) {
        if (contains(set, static_cast<Field>(index))) names.push_back(field_names[index]);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

class EventParser {
public:
    EventParser(const LineReader& reader, const Line& line, const Header& header, Event& event)
        : scanner_{reader, line}, begin_{line.begin}, header_{header}, legal_{fields_of(header.version)}, event_{event}
    {
    }

    EventFacts parse()
    {
        event_ = Event{};
        scanner_.open();
        for (std::string_view name; scanner_.next_key(name);)
            take(name);
        if (!contains(seen_, Field::op)) fail(begin_, "no \"op\" (every event says what it is)");
        check_fields();
        check_values();
        return facts();
    }

private:
    [[nodiscard]] EventFacts facts() const
    {
        EventFacts facts;
        if (contains(seen_, Field::seq)) {
            facts.seq_at = at(Field::seq);
            facts.seq = seq_;
        }
        const Fields subjects = seen_ & shape_of(event_.kind).subjects;
        if (subjects != 0) facts.subject = at(last(subjects));
        return facts;
    }

    void take(std::string_view name)
    {
        const std::optional<Field> field = field_named(name);
        if (!field) fail_unknown_key(name);
        if (contains(seen_, *field)) {
            fail(scanner_.key_at(), fmt::format("key \"{}\" appears twice (each key once)", name));
        }
        seen_ |= fields(*field);
        key_at_[static_cast<unsigned>(*field)] = scanner_.key_at();
        value_at_[static_cast<unsigned>(*field)] = scanner_.value_at();
        take_value(*field);
    }

    void take_value(Field field)
    {
        switch (field) {
        case Field::op: return take_kind();
        case Field::cpu: event_.cpu = static_cast<std::uint32_t>(number(field, 0, header_.cpus - 1)); return;
        case Field::src: event_.src = scanner_.text("src"); return;
        case Field::note: event_.note = scanner_.text("note"); return;
        case Field::pa: event_.pa = scanner_.number("pa"); return;
        case Field::va: event_.va = scanner_.number("va"); return;
        case Field::value: event_.value = scanner_.number("value"); return;
        case Field::user: event_.user = scanner_.boolean("user"); return;
        case Field::size: event_.size = static_cast<std::uint16_t>(number(field, 1, x86::small_page_bytes)); return;
        case Field::ac: event_.alignment_check = scanner_.boolean("ac"); return;
        case Field::bytes: event_.bytes = number(field, 1, most_memory); return;
        case Field::type: event_.type = static_cast<std::uint8_t>(number(field, 0, 3)); return;
        case Field::pcid: event_.pcid = static_cast<std::uint16_t>(number(field, 0, x86::Cr3::pcid_mask)); return;
        case Field::name: event_.name = scanner_.text("name"); return;
        case Field::seq: seq_ = scanner_.number("seq"); return;
        default: return take_version_2_value(field);
        }
    }

    [[gnu::noinline]] void take_version_2_value(Field field)
    {
        constexpr std::uint64_t most = 0xffff;
        Broadcast& broadcast = event_.broadcast;
        switch (field) {
        case Field::stack: event_.stack = scanner_.texts("stack"); return;
        case Field::shadow_stack: event_.shadow_stack = scanner_.boolean("shadow_stack"); return;
        case Field::asid: broadcast.asid = static_cast<std::uint16_t>(number(field, 0, most)); return;
        case Field::count: broadcast.count = static_cast<std::uint16_t>(number(field, 0, most)); return;
        case Field::global: broadcast.global = scanner_.boolean("global"); return;
        case Field::final: broadcast.final_only = scanner_.boolean("final"); return;
        case Field::nested: broadcast.nested = scanner_.boolean("nested"); return;
        case Field::stride_2m: broadcast.stride_2m = scanner_.boolean("stride_2m"); return;
        case Field::base64: event_.data = page_bytes_of("base64", decode_base64, base64_form); return;
        case Field::hex: event_.data = page_bytes_of("hex", decode_hexadecimal, hexadecimal_form); return;
        default: return;
        }
    }

    /// Decodes where the text stands.
    template <typename Decode>
    [[nodiscard]] std::string_view page_bytes_of(std::string_view name, Decode decode, std::string_view form)
    {
        const std::string_view text = scanner_.text(name);
        char* const begin = scanner_.value_at() + 1;
        if (!decode(text, begin)) {
            fail(scanner_.value_at(), fmt::format("\"{}\" does not hold 4096 bytes ({})", name, form));
        }
        return {begin, x86::small_page_bytes};
    }

    [[nodiscard]] std::uint64_t number(Field field, std::uint64_t least, std::uint64_t most)
    {
        const std::uint64_t value = scanner_.number(field_name(field));
        if (value < least || value > most) {
            fail(scanner_.value_at(), fmt::format("\"{}\" is {} ({} to {})", field_name(field), value, least, most));
        }
        return value;
    }

    void take_kind()
    {
        const std::string_view name = scanner_.text("op");
        const std::optional<EventKind> kind = kind_named(name);
        if (!kind) fail_unknown_kind(name);
        event_.kind = *kind;
    }

    void check_fields() const
    {
        const Shape& shape = shape_of(event_.kind);
        if (shape.version > header_.version) fail_newer(at(Field::op), shape.name);
        if (const Fields strange = seen_ & ~(shape.allowed() & legal_); strange != 0) refuse_fields(strange);
        Fields required = shape.required;
        if (event_.kind == EventKind::invpcid) required |= needed_by_type(event_.type);
        if (const Fields missing = required & ~seen_; missing != 0) {
            fail(begin_,
                 fmt::format("no \"{}\" ({} needs {})", field_name(first(missing)), shape.name, list_of(required)));
        }
    }

    [[noreturn]] void refuse_fields(Fields strange) const
    {
        const Fields newer = strange & ~legal_;
        if (newer != 0) fail_newer(key_at_[static_cast<unsigned>(first(newer))], field_name(first(newer)));
        fail_strange(first(strange));
    }

    void check_values() const
    {
        if (contains(seen_, Field::stack)) check_stack();
        switch (event_.kind) {
        case EventKind::store: return check_store();
        case EventKind::read:
        case EventKind::write:
        case EventKind::fetch: return check_access();
        case EventKind::release: return check_release();
        case EventKind::invlpgb: return take_filters();
        case EventKind::page: return check_page();
        case EventKind::fill: return check_whole_page();
        default: return;
        }
    }

    void take_filters() const
    {
        event_.broadcast.has_va = contains(seen_, Field::va);
        event_.broadcast.has_pcid = contains(seen_, Field::pcid);
        event_.broadcast.has_asid = contains(seen_, Field::asid);
    }

    void check_page() const
    {
        const Fields given = seen_ & fields(Field::base64, Field::hex);
        if (std::popcount(given) != 1) {
            fail(begin_, fmt::format("{} \"base64\" {} \"hex\" (page has one of them)", given == 0 ? "neither" : "both",
                                     given == 0 ? "nor" : "and"));
        }
        check_whole_page();
    }

    void check_whole_page() const
    {
        if (event_.pa % x86::small_page_bytes != 0) {
            fail_value(Field::pa, fmt::format("\"pa\" is {:#x} (a page begins at a multiple of 4096)", event_.pa));
        }
        check_memory(x86::small_page_bytes);
    }

    void check_stack() const
    {
        if (contains(seen_, Field::src)) {
            fail_value(Field::src, R"("src" beside "stack" (one of them: the stack tells the place, too))");
        }
    }

    void check_store() const
    {
        if (event_.pa % x86::entry_bytes != 0) {
            fail_value(Field::pa, fmt::format("\"pa\" is {:#x} (a store goes to a multiple of 8)", event_.pa));
        }
        check_memory(x86::entry_bytes);
    }

    void check_release() const { check_memory(event_.bytes); }

    void check_memory(std::uint64_t bytes) const
    {
        if (bytes <= header_.memory_bytes && event_.pa <= header_.memory_bytes - bytes) return;
        fail_value(Field::pa, fmt::format("\"pa\" is {:#x}: {} bytes from there go beyond the memory (the header's "
                                          "\"memory_bytes\" is {:#x})",
                                          event_.pa, bytes, header_.memory_bytes));
    }

    void check_access() const
    {
        const std::uint64_t offset = event_.va % x86::small_page_bytes;
        if (offset + event_.size <= x86::small_page_bytes) return;
        fail_value(contains(seen_, Field::size) ? Field::size : Field::va,
                   fmt::format("{} bytes at {:#x} cross into the next page (an access stays inside one page of 4096 "
                               "bytes: make it two events)",
                               event_.size, event_.va));
    }

    [[nodiscard]] static Field last(Fields set) { return static_cast<Field>(std::bit_width(set) - 1); }
    [[nodiscard]] static Field first(Fields set) { return static_cast<Field>(std::countr_zero(set)); }

    [[nodiscard]] const char* at(Field field) const { return value_at_[static_cast<unsigned>(field)]; }

    [[noreturn]] void fail(const char* at, const std::string& what) const { scanner_.place().fail(at, what); }
    [[noreturn]] void fail_value(Field field, const std::string& what) const
    {
        fail(value_at_[static_cast<unsigned>(field)], what);
    }
    [[noreturn]] void fail_strange(Field field) const
    {
        const Shape& shape = shape_of(event_.kind);
        fail(key_at_[static_cast<unsigned>(field)],
             fmt::format("\"{}\" does not belong to {} (legal are {})", field_name(field), shape.name,
                         list_of(shape.allowed() & legal_)));
    }
    [[noreturn]] void fail_newer(const char* at, std::string_view name) const
    {
        fail(at, fmt::format("\"{}\" belongs to version 2 of the format (line 1 says version 1: write "
                             R"({{"drywalk_trace":2}} there))",
                             name));
    }
    [[noreturn]] void fail_unknown_key(std::string_view name) const
    {
        if (name == "drywalk_trace") fail(scanner_.key_at(), "a second header (only line 1 is one)");
        fail(scanner_.key_at(), fmt::format("no such key: {} (legal are {})", in_quotes(name), list_of(legal_)));
    }
    [[noreturn]] void fail_unknown_kind(std::string_view name) const
    {
        std::vector<std::string_view> names;
        for (const Shape& shape : shapes) {
            if (shape.version <= header_.version) names.push_back(shape.name);
        }
        fail(scanner_.value_at(),
             fmt::format("no such event: {} (legal are {})", in_quotes(name), fmt::join(names, ", ")));
    }

    Scanner scanner_;
    const char* begin_;
    const Header& header_;
    Fields legal_; ///< in this version of the format
    Event& event_;
    Fields seen_ = 0;
    std::uint64_t seq_ = 0;
    std::array<const char*, field_count> key_at_; ///< set where seen_ says so
    std::array<const char*, field_count> value_at_;
};

} // namespace

EventFacts parse_event(const LineReader& reader, const Line& line, const Header& header, Event& event)
{
    return EventParser{reader, line, header, event}.parse();
}

} // namespace drywalk::trace
