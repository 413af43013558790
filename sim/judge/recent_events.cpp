// SPDX-License-Identifier: MIT
#include "sim/judge/recent_events.hpp"

#include <algorithm>

namespace drywalk::judge {

void RecentEvents::remember(std::uint64_t index, const Event& event)
{
    const auto cost = [](const Remembered& one) { return sizeof one + one.texts.size(); };
    Row& row = is_access(event.kind) ? accesses_ : others_;
    Remembered& added = row.events.emplace_back(Remembered{index, event, {}});
    added.event.data = {};
    added.texts.append(event.name).append(event.src).append(event.note).append(event.stack);
    row.bytes += cost(added);
    while (row.bytes > most_bytes_ / 2 && row.events.size() > 1) {
        row.bytes -= cost(row.events.front());
        row.events.pop_front();
    }
}

std::optional<EventText> RecentEvents::find(std::uint64_t index) const
{
    for (const Row* const row : {&accesses_, &others_}) {
        const auto found = std::ranges::lower_bound(row->events, index, {}, &Remembered::index);
        if (found == row->events.end() || found->index != index) continue;
        Event event = found->event;
        const std::string_view texts{found->texts};
        event.name = texts.substr(0, event.name.size());
        event.src = texts.substr(event.name.size(), event.src.size());
        event.note = texts.substr(event.name.size() + event.src.size(), event.note.size());
        event.stack = texts.substr(event.name.size() + event.src.size() + event.note.size());
        return text_of(index, event);
    }
    return std::nullopt;
}

} // namespace drywalk::judge
