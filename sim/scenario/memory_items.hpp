// SPDX-License-Identifier: MIT
// What ring 3 does with the memory mappings of the capability kernel's Images.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <vector>

namespace drywalk::scenario {

/// The first mapping of `kind`, or null.
[[nodiscard]] const Mapping* find_mapping(const Image& image, kernel::MappingKind kind);

/// Sums every word of `mapping`.
[[nodiscard]] std::vector<kernel::UserItem> sum_items(const Mapping& mapping);

/// What request number `request` of a service does with `region`: one word written in each dirty page, then one word
/// read in as many of the others as asked for. Every request writes other values than the one before.
[[nodiscard]] std::vector<kernel::UserItem> request_items(const Mapping& region, const ServiceWorkload& service,
                                                          std::uint32_t request);

} // namespace drywalk::scenario
