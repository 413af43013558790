// SPDX-License-Identifier: MIT
// The arrays of a workload program while it grows.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <vector>

namespace drywalk::scenario {

/// Bodies that follow each other.
struct Bodies {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

struct Program {
    std::vector<kernel::BodyRecord> bodies;
    std::vector<kernel::UserItem> items;
    std::vector<kernel::OperationRecord> operations;

    /// As many bodies as `items` need at body_capacity each.
    Bodies add_bodies(const std::vector<kernel::UserItem>& items);
    /// One RUN for each of `which`.
    void run(Bodies which);
    void operate(kernel::OperationKind kind, std::uint32_t operand = 0) { operations.push_back({kind, operand}); }
};

/// Which of many turns are taken: `percent` of them, as evenly spread as whole turns allow (Bresenham).
class Spread {
public:
    explicit Spread(std::uint32_t percent) : percent_{percent} {}

    [[nodiscard]] bool next()
    {
        error_ += percent_;
        if (error_ < 100) return false;
        error_ -= 100;
        return true;
    }

private:
    std::uint32_t percent_;
    std::uint32_t error_ = 0;
};

/// The part of the program that a scenario of the capability kernel's workload says.
[[nodiscard]] Program capability_program(const Scenario& scenario);

} // namespace drywalk::scenario
