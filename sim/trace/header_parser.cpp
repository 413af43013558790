// SPDX-License-Identifier: MIT
// The first line of a trace.
#include "models/x86/control_faults.hpp"
#include "models/x86/vendor_names.hpp"
#include "sim/input/complaint.hpp"
#include "sim/trace/event_parser.hpp"
#include "sim/trace/fields.hpp"
#include "sim/trace/mode_tracker.hpp"
#include "sim/trace/scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace drywalk::trace {

namespace {

enum class Key : unsigned {
    drywalk_trace,
    cpus,
    memory_bytes,
    vendor,
    cr0,
    cr3,
    cr4,
    efer,
    maxphyaddr,
    // Version 2 of the format:
    pkru,
    pkrs,
    from,
};

constexpr std::array<std::string_view, 12> key_names{"drywalk_trace", "cpus", "memory_bytes", "vendor", "cr0",  "cr3",
                                                     "cr4",           "efer", "maxphyaddr",   "pkru",   "pkrs", "from"};

/// The register that a fault is blamed on.
[[nodiscard]] Key blamed_key(x86::ControlFault fault)
{
    using x86::ControlFault;
    switch (fault) {
    case ControlFault::no_flush_without_pcide:
    case ControlFault::reserved_address_bits: return Key::cr3;
    case ControlFault::reserved_efer_bits:
    case ControlFault::long_mode_changed_while_paging: return Key::efer;
    case ControlFault::paging_without_protection:
    case ControlFault::write_through_without_caching:
    case ControlFault::reserved_cr0_bits: return Key::cr0;
    default: return Key::cr4;
    }
}

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
        check_version();
        check_mode();
        header_.mode.key_rights_known = seen(Key::pkru) || seen(Key::pkrs);
        return header_;
    }

private:
    void check_version() const
    {
        for (const Key key : {Key::pkru, Key::pkrs, Key::from}) {
            if (header_.version >= 2 || !seen(key)) continue;
            scanner_.place().fail(key_at_[static_cast<unsigned>(key)],
                                  fmt::format("\"{}\" belongs to version 2 of the format (write "
                                              R"({{"drywalk_trace":2}}))",
                                              key_names[static_cast<unsigned>(key)]));
        }
    }

    void check_mode() const
    {
        const x86::PagingMode& mode = header_.mode;
        const bool in_efer = (mode.efer.value & x86::Efer::uaie) != 0;
        if (const std::string problem = unjudged(mode); !problem.empty())
            fail_register(in_efer ? Key::efer : Key::cr4, problem);
        if (const x86::MaybeFault fault = x86::mode_fault(mode, header_.vendor)) {
            const x86::ControlFaultText text = x86::text_of(*fault);
            fail_register(blamed_key(*fault), fmt::format("{} ({})", text.what, text.legal));
        }
    }

    [[noreturn]] void fail_register(Key key, const std::string& what) const
    {
        const auto index = static_cast<unsigned>(key);
        if (!seen(key)) scanner_.place().fail(begin_, what);
        scanner_.place().fail(value_at_[index], fmt::format("\"{}\": {}", key_names[index], what));
    }

    [[nodiscard]] bool seen(Key key) const { return (seen_ & 1U << static_cast<unsigned>(key)) != 0; }

    void take(std::string_view name)
    {
        const auto* const found = std::ranges::find(key_names, name);
        if (found == key_names.end()) {
            fail_key(fmt::format("no such key in the header: {} (legal are {})", in_quotes(name),
                                 fmt::join(key_names, ", ")));
        }
        const auto index = static_cast<unsigned>(found - key_names.begin());
        if ((seen_ & 1U << index) != 0) fail_key(fmt::format("key \"{}\" appears twice (each key once)", name));
        seen_ |= 1U << index;
        key_at_[index] = scanner_.key_at();
        value_at_[index] = scanner_.value_at();
        if (static_cast<Key>(index) == Key::vendor) return take_vendor();
        if (static_cast<Key>(index) == Key::from) return take_from();
        take_number(static_cast<Key>(index), scanner_.number(*found));
    }

    void take_number(Key key, std::uint64_t value)
    {
        switch (key) {
        case Key::drywalk_trace:
            check(key, value, 1, newest_version);
            header_.version = static_cast<unsigned>(value);
            return;
        case Key::cpus:
            check(key, value, 1, most_cpus);
            header_.cpus = static_cast<unsigned>(value);
            return;
        case Key::memory_bytes: return take_memory(value);
        case Key::cr0: header_.mode.cr0.value = value; return;
        case Key::cr3: header_.mode.cr3.value = value; return;
        case Key::cr4: header_.mode.cr4.value = value; return;
        case Key::efer: header_.mode.efer.value = value; return;
        case Key::maxphyaddr:
            check(key, value, 32, x86::architectural_physical_bits);
            header_.mode.features.physical_bits = static_cast<unsigned>(value);
            return;
        case Key::pkru: return take_key_rights(key, value, header_.mode.pkru);
        case Key::pkrs: return take_key_rights(key, value, header_.mode.pkrs);
        case Key::vendor:
        case Key::from: return;
        }
    }

    void take_memory(std::uint64_t value)
    {
        if (value == 0 || value > most_memory || value % 4096 != 0) {
            fail_value(fmt::format("\"memory_bytes\" is {} (a multiple of 4096 from 4096 to {})", value, most_memory));
        }
        header_.memory_bytes = value;
    }

    void take_key_rights(Key key, std::uint64_t value, std::uint32_t& rights) const
    {
        check(key, value, 0, ~std::uint32_t{0});
        rights = static_cast<std::uint32_t>(value);
    }

    void take_from()
    {
        const std::string_view name = scanner_.text("from");
        if (name != name_of(From::boot) && name != name_of(From::middle)) {
            fail_value(fmt::format("\"from\" is {} (legal are \"boot\" and \"middle\")", in_quotes(name)));
        }
        header_.from = name == name_of(From::middle) ? From::middle : From::boot;
    }

    void take_vendor()
    {
        const std::string_view name = scanner_.text("vendor");
        const auto vendor = x86::vendor_named(name);
        if (!vendor) fail_value(fmt::format("no such vendor: {} (legal are {})", in_quotes(name), x86::legal_vendors));
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
    std::array<const char*, key_names.size()> key_at_{}; ///< set where seen_ says so
    std::array<const char*, key_names.size()> value_at_{};
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
