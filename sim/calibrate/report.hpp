// SPDX-License-Identifier: MIT
// A comparison as text for people, as JSON for tools and as a plot.
#pragma once

#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/comparison.hpp"
#include "sim/machine/machine.hpp"
#include "sim/output/made_by.hpp"

#include <string>

namespace drywalk::calibrate {

/// What a comparison is of.
struct Subject {
    const machine::Machine& machine;
    std::string measured_file; ///< its name, without the folder
    ChaseOptions options;
    output::MadeBy program{}; ///< names the program and its command
};

/// The machine's name; as a guest, that and its host's page size.
[[nodiscard]] std::string machine_text(const Subject& subject);

/// How much of a comparison a text shows.
enum class Detail : std::uint8_t {
    brief, ///< goals, worst points and mean errors
    full,  ///< plateaus, knees and all points as well
};

[[nodiscard]] std::string text_report(const Comparison& comparison, const Subject& subject,
                                      Detail detail = Detail::full, output::PageWidth width = {});
[[nodiscard]] std::string json_report(const Comparison& comparison, const Subject& subject);

/// One panel per curve: sizes and cycles on logarithmic axes, cycles over the same range in all panels; the simulated
/// curve as a line, measured points as dots, capacities of TLBs and caches as upright lines.
[[nodiscard]] std::string svg_plot(const Comparison& comparison, const Subject& subject);

/// The numbers of the machine that such a comparison rests on and nobody has published or measured.
[[nodiscard]] std::vector<machine::Provenance> assumed_numbers(const machine::Machine& machine);

} // namespace drywalk::calibrate
