// SPDX-License-Identifier: MIT
// The latest events of a trace that cannot be read twice, in bounded memory.
#pragma once

#include "sim/judge/verdict.hpp"

#include <cstddef>
#include <deque>

namespace drywalk::judge {

/// Accesses are kept apart, so that many of them do not drive out the stores that reports cite more often.
class RecentEvents {
public:
    /// At most about `most_bytes` of memory.
    explicit RecentEvents(std::size_t most_bytes = std::size_t{32} * 1024 * 1024) : most_bytes_{most_bytes} {}

    /// Events come in order.
    void remember(std::uint64_t index, const Event& event);
    /// Nothing if it was forgotten.
    [[nodiscard]] std::optional<EventText> find(std::uint64_t index) const;

private:
    struct Remembered {
        std::uint64_t index;
        Event event; ///< its texts count by their lengths alone
        std::string texts;
    };
    struct Row {
        std::deque<Remembered> events;
        std::size_t bytes = 0;
    };

    std::size_t most_bytes_;
    Row accesses_;
    Row others_;
};

} // namespace drywalk::judge
