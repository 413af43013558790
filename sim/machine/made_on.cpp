// SPDX-License-Identifier: MIT
#include "sim/machine/made_on.hpp"

#include <algorithm>

namespace drywalk::machine {

void add_machine(output::MadeBy& made_by, const Machine& machine)
{
    made_by.machine = machine.name;
    made_by.machine_title = machine.title;
    const NestedProfile& nested = machine.profile.nested;
    made_by.host_page_size = nested.on ? host_page_size_name(nested.host_page_size) : "";
}

std::vector<output::OverriddenNumber> overridden_numbers(const Machine& machine, const Machine& profile)
{
    std::vector<output::OverriddenNumber> numbers;
    for (const Provenance& now : machine.provenance) {
        const auto before = std::ranges::find(profile.provenance, now.pointer, &Provenance::pointer);
        const bool is_new = before == profile.provenance.end();
        if (!is_new && before->source == now.source && before->shown == now.shown) continue;
        numbers.push_back({now.pointer, is_new ? "" : before->shown, now.shown, now.source});
    }
    return numbers;
}

} // namespace drywalk::machine
