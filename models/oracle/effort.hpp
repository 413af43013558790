// SPDX-License-Identifier: MIT
// A bound on what judging may cost. Tables that lead to themselves in hundreds of ways reach an entry from more
// addresses than anyone can follow, and stale entries can be made faster than they can be compared. No kernel does
// that, but a hostile trace can.
#pragma once

#include "models/oracle/judgement.hpp"

#include <algorithm>
#include <stdexcept>

namespace drywalk::oracle {

/// Work is counted in steps: one table entry or one cached entry looked at, some 20 to 100 ns. Each event brings an
/// income of steps, and what is not spent is saved up to a limit. So N events take at most `savings` + N * `income`
/// steps, and one event at most `savings`.
class Effort {
public:
    static constexpr std::uint64_t savings = std::uint64_t{1} << 24;
    /// Per event; `per_cpu` more for each processor, because each of them may have a table loaded that is stored to.
    static constexpr std::uint64_t income = 256;
    static constexpr std::uint64_t per_cpu = 16;
    /// Stale entries that are remembered at one time. They take about 200 bytes each.
    static constexpr std::size_t most_deviations = std::size_t{1} << 22;

    explicit Effort(unsigned cpus = 1) : income_{income + std::uint64_t{per_cpu} * cpus} {}

    /// `steps` more for event `now`. Throws std::length_error if there are none left.
    void spend(EventIndex now, std::uint64_t steps = 1)
    {
        if (now != event_) {
            left_ = std::min(savings, left_ + (now - event_) * income_);
            event_ = now;
        }
        if (steps > left_) give_up();
        left_ -= steps;
    }

    /// Throws std::length_error if `count` stale entries are more than are remembered.
    static void check_deviations(std::size_t count)
    {
        if (count <= most_deviations) return;
        throw std::length_error("more than 4194304 stale entries are alive; the oracle remembers no more");
    }

private:
    [[noreturn]] static void give_up()
    {
        throw std::length_error("too much to follow: this event, with those before it, concerns more entries of tables "
                                "that lead to each other than can be looked at");
    }

    std::uint64_t income_;
    std::uint64_t left_ = savings;
    EventIndex event_ = 0;
};

} // namespace drywalk::oracle
