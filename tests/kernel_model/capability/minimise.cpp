// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/minimise.hpp"

#include <algorithm>

namespace drywalk::reference {

namespace {

using Fails = std::function<bool(const Sketch&)>;

/// Drops ranges of what `list` picks, from halves down to single elements. True if any could go.
template <typename List>
bool drop_ranges(Sketch& sketch, const List& list, const Fails& fails)
{
    bool dropped = false;
    for (std::size_t length = std::max<std::size_t>(list(sketch).size() / 2, 1); length != 0; length /= 2) {
        for (std::size_t at = 0; at + length <= list(sketch).size();) {
            Sketch smaller = sketch;
            auto& records = list(smaller);
            const auto first = records.begin() + static_cast<std::ptrdiff_t>(at);
            records.erase(first, first + static_cast<std::ptrdiff_t>(length));
            if (fails(smaller)) {
                sketch = std::move(smaller);
                dropped = true;
            } else {
                ++at;
            }
        }
    }
    return dropped;
}

bool opens(kernel::OperationKind kind) { return kind == kernel::OperationKind::call_slot; }
bool closes(kernel::OperationKind kind)
{
    return kind == kernel::OperationKind::halt || kind == kernel::OperationKind::reply;
}

/// Drops a CALL and its HALT but keeps what stands between, or drops all of it.
bool drop_frames(Sketch& sketch, const Fails& fails)
{
    bool dropped = false;
    for (std::size_t at = 0; at < sketch.operations.size(); ++at) {
        if (!opens(sketch.operations[at].kind)) continue;
        std::size_t end = at + 1;
        for (unsigned open = 1; end < sketch.operations.size(); ++end) {
            if (opens(sketch.operations[end].kind)) ++open;
            if (closes(sketch.operations[end].kind) && --open == 0) break;
        }
        if (end == sketch.operations.size()) continue;
        Sketch smaller = sketch;
        const auto first = smaller.operations.begin();
        smaller.operations.erase(first + static_cast<std::ptrdiff_t>(at), first + static_cast<std::ptrdiff_t>(end + 1));
        if (!fails(smaller)) {
            smaller = sketch;
            smaller.operations.erase(smaller.operations.begin() + static_cast<std::ptrdiff_t>(end));
            smaller.operations.erase(smaller.operations.begin() + static_cast<std::ptrdiff_t>(at));
            if (!fails(smaller)) continue;
        }
        sketch = std::move(smaller);
        dropped = true;
    }
    return dropped;
}

} // namespace

Sketch minimised(Sketch sketch, const Fails& fails)
{
    for (bool smaller = true; smaller;) {
        smaller = drop_frames(sketch, fails);
        smaller |= drop_ranges(
            sketch, [](Sketch & one) -> auto& { return one.operations; }, fails);
        smaller |= drop_ranges(
            sketch, [](Sketch & one) -> auto& { return one.slots; }, fails);
        for (std::size_t body = 0; body < sketch.bodies.size(); ++body)
            smaller |= drop_ranges(
                sketch, [body](Sketch & one) -> auto& { return one.bodies[body]; }, fails);
    }
    return sketch;
}

} // namespace drywalk::reference
