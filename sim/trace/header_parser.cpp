// SPDX-License-Identifier: MIT
// The first line of a trace.
#include "sim/scenario/complaint.hpp"
#include "sim/trace/event_parser.hpp"
#include "sim/trace/fields.hpp"
#include "sim/trace/scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace drywalk::trace {

namespace {

enum class Key : unsigned { drywalk_trace, cpus, memory_bytes, vendor, cr0, cr3, cr4, efer, maxphyaddr };

constexpr std::array<std::string_view, 9> key_names{"drywalk_trace", "cpus", "memory_bytes", "vendor",    "cr0",
                                                    "cr3",           "cr4",  "efer",         "maxphyaddr"};

class HeaderParser {
public:
    HeaderParser(const LineReader& reader, const Line& line) : scanner_{reader, line}, begin_{line.begin} {}

    [[nodiscard]] Header parse()
    {
        scanner_.open();
        for (std::string_view name; scanner_.next_key(name);)
            take(name);
        if ((seen_ & 1U) == 0) {
            scanner_.place().fail(begin_, R"(no "drywalk_trace" (line 1 is the header, at least {"drywalk_trace":1}))");
        }
        return header_;
    }

private:
    void take(std::string_view name)
    {
        const auto* const found = std::ranges::find(key_names, name);
        if (found == key_names.end()) {
            fail_key(fmt::format("no such key in the header: {} (legal are {})", scenario::in_quotes(name),
                                 fmt::join(key_names, ", ")));
        }
        const auto index = static_cast<unsigned>(found - key_names.begin());
        if ((seen_ & 1U << index) != 0) fail_key(fmt::format("key \"{}\" appears twice (each key once)", name));
        seen_ |= 1U << index;
        if (static_cast<Key>(index) == Key::vendor) return take_vendor();
        take_number(static_cast<Key>(index), scanner_.number(*found));
    }

    void take_number(Key key, std::uint64_t value)
    {
        switch (key) {
        case Key::drywalk_trace: return check(key, value, 1, format_version);
        case Key::cpus:
            check(key, value, 1, most_cpus);
            header_.cpus = static_cast<unsigned>(value);
            return;
        case Key::memory_bytes: return take_memory(value);
        case Key::cr0: header_.mode.cr0.value = value; return;
        case Key::cr3: header_.mode.cr3.value = value; return;
        case Key::cr4: return take_cr4(value);
        case Key::efer: header_.mode.efer.value = value; return;
        case Key::maxphyaddr:
            check(key, value, 32, x86::architectural_physical_bits);
            header_.mode.features.physical_bits = static_cast<unsigned>(value);
            return;
        case Key::vendor: return;
        }
    }

    void take_memory(std::uint64_t value)
    {
        if (value == 0 || value > most_memory || value % 4096 != 0) {
            fail_value(fmt::format("\"memory_bytes\" is {} (a multiple of 4096 from 4096 to {})", value, most_memory));
        }
        header_.memory_bytes = value;
    }

    void take_cr4(std::uint64_t value)
    {
        if ((value & five_levels) != 0) fail_value(fmt::format("\"cr4\" is {:#x}: {}", value, five_levels_refused));
        header_.mode.cr4.value = value;
    }

    void take_vendor()
    {
        const std::string_view name = scanner_.text("vendor");
        const auto vendor = vendor_named(name);
        if (!vendor)
            fail_value(fmt::format("no such vendor: {} (legal are {})", scenario::in_quotes(name), legal_vendors));
        header_.vendor = *vendor;
    }

    void check(Key key, std::uint64_t value, std::uint64_t least, std::uint64_t most) const
    {
        if (value >= least && value <= most) return;
        const std::string legal =
            least == most ? fmt::format("it must be {}", least) : fmt::format("{} to {}", least, most);
        fail_value(fmt::format("\"{}\" is {} ({})", key_names[static_cast<unsigned>(key)], value, legal));
    }

    [[noreturn]] void fail_key(const std::string& what) const { scanner_.place().fail(scanner_.key_at(), what); }
    [[noreturn]] void fail_value(const std::string& what) const { scanner_.place().fail(scanner_.value_at(), what); }

    Scanner scanner_;
    const char* begin_;
    std::uint32_t seen_ = 0;
    Header header_ = default_header();
};

} // namespace

Header default_header()
{
    Header header;
    header.cpus = 1;
    header.memory_bytes = std::uint64_t{16} * 1024 * 1024;
    header.vendor = x86::Vendor::portable;
    header.mode.cr0.value = 0x8001'0001;
    header.mode.cr3.value = 0;
    header.mode.cr4.value = 0xa0;
    header.mode.efer.value = 0xd00;
    header.mode.features.physical_bits = 46;
    return header;
}

Header parse_header(const LineReader& reader, const Line& line) { return HeaderParser{reader, line}.parse(); }

} // namespace drywalk::trace
