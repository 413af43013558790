// SPDX-License-Identifier: MIT
// What the capability kernel counts. See Counter.
#pragma once

#include "kernel_model/program/observation.hpp"

#include <array>

namespace drywalk::kernel {

class Counters {
public:
    void add(Counter counter, std::uint64_t count = 1) { values_[static_cast<std::size_t>(counter)] += count; }
    [[nodiscard]] std::uint64_t operator[](Counter counter) const { return values_[static_cast<std::size_t>(counter)]; }

private:
    std::array<std::uint64_t, counter_count> values_{};
};

} // namespace drywalk::kernel
