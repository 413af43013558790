// SPDX-License-Identifier: MIT
// What redundant invalidations cost on a machine.
#pragma once

#include "models/machine/mmu_profile.hpp"
#include "sim/judge/verdict.hpp"

namespace drywalk::judge {

/// What one such event costs: that of the instruction alone, not of the misses that follow. Nothing: the profile has no
/// price for it. A CR4.PGE toggle is two events.
[[nodiscard]] std::optional<std::uint64_t> price_of(EventKind kind, const machine::MmuCosts& costs);

/// Fills RedundantInvalidation::cycles.
void add_prices(TraceVerdict& verdict, const machine::MmuCosts& costs);

} // namespace drywalk::judge
