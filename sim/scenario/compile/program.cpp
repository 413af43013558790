// SPDX-License-Identifier: MIT
#include "sim/scenario/compile/program.hpp"

#include <algorithm>

namespace drywalk::scenario {

Bodies Program::add_bodies(const std::vector<kernel::UserItem>& more)
{
    Bodies added{static_cast<std::uint32_t>(bodies.size()), 0};
    for (std::size_t from = 0; from < more.size(); from += kernel::body_capacity) {
        const std::size_t count = std::min<std::size_t>(kernel::body_capacity, more.size() - from);
        bodies.push_back({static_cast<std::uint32_t>(items.size() + from), static_cast<std::uint32_t>(count)});
        ++added.count;
    }
    items.insert(items.end(), more.begin(), more.end());
    return added;
}

void Program::run(Bodies which)
{
    for (std::uint32_t body = 0; body < which.count; ++body)
        operate(kernel::OperationKind::run, which.first + body);
}

} // namespace drywalk::scenario
