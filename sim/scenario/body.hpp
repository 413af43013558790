// SPDX-License-Identifier: MIT
// What an Instance does in one body of the pattern workload.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <vector>

namespace drywalk::scenario {

/// Where in its line a store goes: behind the code and the data mark, which stay intact.
inline constexpr std::uint64_t store_offset = 16;

/// Where in `page` an action goes that does not say: into the line of the page that `placement` chooses.
[[nodiscard]] x86::LinearAddress usual_place(const Placement& placement, x86::LinearAddress page,
                                             kernel::UserAction action);

/// What the bodies of two Instances have in common: how many touches of each kind, and over how many pages.
[[nodiscard]] bool same_touches(const Scenario& scenario, std::uint32_t one, std::uint32_t other);

/// The items of `instance` in order: template loads, calls, stores, loads beyond the template, working-set loads and
/// stores. Counts of all_pages, or more than there are, mean every page.
[[nodiscard]] std::vector<kernel::UserItem> body_items(const Scenario& scenario, std::uint32_t instance);

/// The same without a working set, for any workload: `touches` of the template of `image`.
[[nodiscard]] std::vector<kernel::UserItem> template_items(const Scenario& scenario, std::uint32_t image,
                                                           const Touches& touches);

/// How many items body_items() has.
[[nodiscard]] std::uint64_t body_item_count(const Scenario& scenario, std::uint32_t instance);

} // namespace drywalk::scenario
