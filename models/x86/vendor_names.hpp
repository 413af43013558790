// SPDX-License-Identifier: MIT
// How files and reports spell the vendors whose promises count.
#pragma once

#include "models/x86/invalidation.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace drywalk::x86 {

inline constexpr std::array vendors{Vendor::intel, Vendor::amd, Vendor::amd_tce, Vendor::portable};

/// By Vendor.
inline constexpr std::array<std::string_view, vendors.size()> vendor_names{"intel", "amd", "amd-tce", "portable"};
inline constexpr std::string_view legal_vendors = "intel, amd, amd-tce, portable";

[[nodiscard]] constexpr std::string_view name_of(Vendor vendor)
{
    return vendor_names[static_cast<std::size_t>(vendor)];
}

/// "amd_tce" is accepted for "amd-tce", and never written. Nothing for any other name.
[[nodiscard]] constexpr std::optional<Vendor> vendor_named(std::string_view name)
{
    if (name == "amd_tce") return Vendor::amd_tce;
    for (const Vendor vendor : vendors) {
        if (name == name_of(vendor)) return vendor;
    }
    return std::nullopt;
}

} // namespace drywalk::x86
