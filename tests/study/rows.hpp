// SPDX-License-Identifier: MIT
// Made-up rows of a study.
#pragma once

#include "sim/study/study.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::study::test {

/// 10 pairs that took `cycles_per_pair` cycles each, after a setup of 1000.
inline Row row(kernel::Discipline discipline, std::uint64_t cycles_per_pair,
               std::optional<std::uint32_t> switch_percent = std::nullopt,
               std::optional<std::uint32_t> template_pages = std::nullopt)
{
    Row result;
    result.discipline = discipline;
    result.variant.switch_percent = switch_percent;
    result.variant.template_pages = template_pages;
    result.result.setup_cycles = 1'000;
    result.result.total_cycles = 1'000 + 10 * cycles_per_pair;
    result.result.counts.calls_and_halts = 10;
    return result;
}

} // namespace drywalk::study::test
