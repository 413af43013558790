// SPDX-License-Identifier: MIT
#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

using kernel::Arena;
using kernel::CapStorage;
using kernel::MemoryMapping;
using kernel::Policies;

/// What each rung changes in the one before; the first describes itself.
constexpr std::array<void (*)(Policies&), rung_names.size()> changes{
    [](Policies& policies) {
        policies.storage = CapStorage::packed;
        policies.arena = Arena::copied;
        policies.mapping = MemoryMapping::overlay;
        policies.copy_on_write = 0;
        policies.keep_runtimes = 0;
    },
    [](Policies& policies) { policies.storage = CapStorage::page_aligned; },
    [](Policies& policies) { policies.arena = Arena::shared; },
    [](Policies& policies) { policies.arena = Arena::template_directory; },
    [](Policies& policies) { policies.keep_runtimes = 1; },
    [](Policies& policies) { policies.mapping = MemoryMapping::eager; },
    [](Policies& policies) { policies.mapping = MemoryMapping::lazy; },
    [](Policies& policies) { policies.copy_on_write = 1; },
    [](Policies&) {}, // the discipline says what is global
};

template <typename Names, typename Choice>
[[nodiscard]] const char* name_in(const Names& names, Choice choice)
{
    return names[static_cast<std::size_t>(choice)];
}

} // namespace

Policies policies_of_rung(const std::string& name)
{
    Policies policies;
    const auto last = std::ranges::find(rung_names, name) - rung_names.begin();
    for (std::ptrdiff_t rung = 0; rung <= last; ++rung)
        changes[static_cast<std::size_t>(rung)](policies);
    return policies;
}

std::string describe(const Policies& policies)
{
    std::string runtimes = "dropped at the HALT";
    if (policies.keep_runtimes != 0) runtimes = fmt::format("up to {} kept", policies.runtime_limit);
    return fmt::format(
        "storage {}, arena {}, mapping {}{}, runtimes {}, space_switch {}, rearm {}, eviction {}, "
        "lookup {}, state cache {} pages",
        name_in(storage_names, policies.storage), name_in(arena_names, policies.arena),
        name_in(mapping_names, policies.mapping), policies.copy_on_write != 0 ? " with copy_on_write" : "", runtimes,
        name_in(space_switch_names, policies.space_switch), name_in(rearm_names, policies.rearm),
        name_in(eviction_names, policies.eviction), name_in(lookup_names, policies.lookup), policies.state_cache_pages);
}

} // namespace drywalk::scenario
