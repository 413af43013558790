// SPDX-License-Identifier: MIT
// The simulator's prediction against what a machine reported, operation by operation.
#pragma once

#include "kernel_model/program/observation.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drywalk::boot {

/// What the simulator says about one observation.
struct Prediction {
    kernel::Observation observed;  ///< on the simulated machine
    bool stale = false;            ///< a stale entry took part in it
    kernel::Observation by_tables; ///< on a machine without stale entries; the same as `observed` unless stale
};

/// Pairs a simulated run with one of the same program without stale entries; where they differ, staleness did it.
[[nodiscard]] std::vector<Prediction> predict(std::span<const kernel::Observation> observed,
                                              std::span<const kernel::Observation> by_tables);

/// How one observation of the machine relates to its prediction.
enum class Match : std::uint8_t {
    equal,                    ///< as predicted, nothing stale in it
    predicted_stale_seen,     ///< predicted stale, and so it was
    predicted_stale_not_seen, ///< predicted stale, but the machine followed the tables
    different,                ///< neither
};

[[nodiscard]] Match match(const Prediction& prediction, const kernel::Observation& machine);

struct Comparison {
    std::size_t predicted = 0; ///< observations on the simulator's side
    std::size_t reported = 0;  ///< observations on the machine's side
    std::size_t compared = 0;
    std::size_t equal = 0;
    std::size_t predicted_stale_seen = 0;
    std::size_t predicted_stale_not_seen = 0;
    std::size_t different = 0;
    /// Where the sides first differ; the shorter side's length if one only ends too early.
    std::optional<std::size_t> first_difference;
    std::string difference; ///< both sides around it, as text; empty if there is none

    /// Nothing differs, except that a machine may not show what was predicted stale.
    [[nodiscard]] bool agrees() const { return !first_difference; }
};

[[nodiscard]] Comparison compare(std::span<const Prediction> predictions, std::span<const kernel::Observation> machine);

/// One observation in words, such as "value: item 3 = 0x100002".
[[nodiscard]] std::string describe(const kernel::Observation& observation);

/// The counts as a table, the first difference if there is one, and what the machine could not show.
[[nodiscard]] std::string describe(const Comparison& comparison);

} // namespace drywalk::boot
