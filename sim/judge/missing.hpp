// SPDX-License-Identifier: MIT
// The invalidations that together cure many findings, each of them told once.
#pragma once

#include "sim/judge/verdict.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace drywalk::judge {

/// One invalidation that is missing, anywhere after the event `remedy.after` and before the event `before`.
struct Missing {
    oracle::Remedy remedy;
    std::uint64_t before = 0;
    std::uint64_t cures = 0; ///< findings
};

/// The fewest that cure all of `findings` that one instruction cures, ordered by their last possible place. Two
/// findings share one if it is the same instruction on the same processor and there is a place that is good for both.
[[nodiscard]] std::vector<Missing> missing_of(std::span<const Finding* const> findings);

/// How many of `missing`, from the first on, can all stand at one place.
[[nodiscard]] std::size_t count_at_one_place(std::span<const Missing> missing);

/// The address that INVLPG or INVPCID type 0 names: the start of the page.
[[nodiscard]] std::uint64_t page_of(const oracle::Remedy& remedy);

} // namespace drywalk::judge
