// SPDX-License-Identifier: MIT
#include "sim/scenario/body.hpp"

#include <algorithm>
#include <array>

namespace drywalk::scenario {

namespace {

using kernel::UserAction;
using kernel::UserItem;
using x86::LinearAddress;

/// Touches of `count` pages, spread evenly over the `available` ones from `base`.
struct Touching {
    UserAction action = UserAction::load;
    LinearAddress base;
    std::uint64_t available = 0;
    std::uint64_t count = 0;
};

[[nodiscard]] Touching over(UserAction action, LinearAddress base, std::uint64_t available, std::uint64_t wanted)
{
    return {action, base, available, std::min(wanted, available)};
}

[[nodiscard]] std::array<Touching, 6> touchings(const Scenario& scenario, const Instance& who, const Touches& touches)
{
    const Image& image = scenario.images[who.image];
    const std::uint64_t pages = small_pages(image);
    const std::uint64_t code = small_code_pages(image);
    const LinearAddress base = scenario.layout.template_base;
    const LinearAddress data = base + code * x86::small_page_bytes;
    const LinearAddress beyond = base + pages * x86::small_page_bytes;
    const LinearAddress own = scenario.layout.working_set_base;
    return {over(UserAction::load, base, pages, touches.template_loads),
            over(UserAction::call, base, code, touches.template_calls),
            over(UserAction::store, data, pages - code, touches.template_stores),
            over(UserAction::load, beyond, touches.beyond_template, touches.beyond_template),
            over(UserAction::load, own, who.working_set_pages, touches.working_set_loads),
            over(UserAction::store, own, who.working_set_pages, touches.working_set_stores)};
}

[[nodiscard]] std::array<Touching, 6> touchings_of_pair(const Scenario& scenario, std::uint32_t instance)
{
    return touchings(scenario, scenario.instances[instance], scenario.workload.pairs->touches);
}

/// What Instance `instance` stores: every store of a program tells who made it and where.
[[nodiscard]] std::uint32_t stored_value(std::uint32_t instance, std::size_t position)
{
    return 0x8000'0000 | instance << 20 | (static_cast<std::uint32_t>(position) & 0xf'ffff);
}

void append(std::vector<UserItem>& items, const Touching& pages, const Placement& placement, std::uint32_t instance)
{
    for (std::uint64_t touch = 0; touch < pages.count; ++touch) {
        const std::uint64_t page = touch * pages.available / pages.count;
        UserItem item;
        item.address = usual_place(placement, pages.base + page * x86::small_page_bytes, pages.action).value();
        item.action = pages.action;
        if (item.action == UserAction::store) item.value = stored_value(instance, items.size());
        items.push_back(item);
    }
}

} // namespace

LinearAddress usual_place(const Placement& placement, LinearAddress page, UserAction action)
{
    const LinearAddress line = page + line_offset(placement.lines, page.value() / x86::small_page_bytes);
    if (action == UserAction::call) return line;
    return line + (action == UserAction::load ? kernel::template_data_offset : store_offset);
}

bool same_touches(const Scenario& scenario, std::uint32_t one, std::uint32_t other)
{
    const auto same = [](const Touching& left, const Touching& right) {
        return left.available == right.available && left.count == right.count;
    };
    return std::ranges::equal(touchings_of_pair(scenario, one), touchings_of_pair(scenario, other), same);
}

std::vector<UserItem> body_items(const Scenario& scenario, std::uint32_t instance)
{
    std::vector<UserItem> items;
    for (const Touching& pages : touchings_of_pair(scenario, instance))
        append(items, pages, scenario.placement, instance);
    return items;
}

std::vector<UserItem> template_items(const Scenario& scenario, std::uint32_t image, const Touches& touches)
{
    std::vector<UserItem> items;
    for (const Touching& pages : touchings(scenario, {"", image}, touches))
        append(items, pages, scenario.placement, image);
    return items;
}

std::uint64_t body_item_count(const Scenario& scenario, std::uint32_t instance)
{
    std::uint64_t count = 0;
    for (const Touching& pages : touchings_of_pair(scenario, instance))
        count += pages.count;
    return count;
}

} // namespace drywalk::scenario
