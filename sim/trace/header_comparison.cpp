// SPDX-License-Identifier: MIT
#include "sim/trace/header_comparison.hpp"

#include "models/x86/vendor_names.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace drywalk::trace {

namespace {

/// The values in the order of `number_keys`.
[[nodiscard]] std::array<std::uint64_t, 10> numbers_of(const Header& header)
{
    const x86::PagingMode& mode = header.mode;
    return {header.version, header.cpus,     header.memory_bytes,         mode.cr0.value, mode.cr3.value,
            mode.cr4.value, mode.efer.value, mode.features.physical_bits, mode.pkru,      mode.pkrs};
}

constexpr std::array<std::string_view, 10> number_keys{"drywalk_trace", "cpus", "memory_bytes", "cr0",  "cr3",
                                                       "cr4",           "efer", "maxphyaddr",   "pkru", "pkrs"};

} // namespace

std::string first_difference(const Header& header, const Header& other)
{
    const auto ours = numbers_of(header);
    const auto theirs = numbers_of(other);
    for (std::size_t index = 0; index < number_keys.size(); ++index) {
        if (ours[index] == theirs[index]) continue;
        return fmt::format("\"{}\" is {:#x}, not {:#x}", number_keys[index], ours[index], theirs[index]);
    }
    if (header.vendor != other.vendor) {
        return fmt::format("\"vendor\" is \"{}\", not \"{}\"", name_of(header.vendor), name_of(other.vendor));
    }
    if (header.from != other.from) {
        return fmt::format("\"from\" is \"{}\", not \"{}\"", name_of(header.from), name_of(other.from));
    }
    return {};
}

} // namespace drywalk::trace
