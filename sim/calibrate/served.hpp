// SPDX-License-Identifier: MIT
// What a simulated chase spent its time on: which level served its translations, its walks and its data.
#pragma once

#include "models/machine/caches.hpp"

#include <array>
#include <cstdint>

namespace drywalk::calibrate {

/// By machine::ServedBy.
using ByCache = std::array<double, machine::served_by_count>;

/// All per load, the mean.
struct Served {
    double translation_cycles = 0; ///< beyond a first-level TLB hit
    double data_cycles = 0;
    double l1_tlb_hits = 0;
    double l2_tlb_hits = 0;
    double walks = 0;
    double walk_references = 0; ///< to the tables, those of a host left out
    ByCache leaf{};             ///< which cache had the last entry of the walk
    ByCache data{};             ///< which cache had the data
};

struct Simulated {
    Simulated() = default;
    Simulated(double cycles_a_load, const Served& served_a_load = {}) : cycles{cycles_a_load}, served{served_a_load} {}

    double cycles = 0; ///< core cycles per load
    Served served;
};

} // namespace drywalk::calibrate
