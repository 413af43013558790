// SPDX-License-Identifier: MIT
#include "sim/judge/price.hpp"

namespace drywalk::judge {

std::optional<std::uint64_t> price_of(EventKind kind, const machine::MmuCosts& costs)
{
    switch (kind) {
    case EventKind::invlpg: return costs.invlpg;
    case EventKind::mov_cr0: return costs.mov_cr0;
    case EventKind::mov_cr3: return costs.mov_cr3;
    case EventKind::mov_cr4: return costs.mov_cr4;
    case EventKind::wrmsr_efer: return costs.wrmsr_efer;
    default: return std::nullopt;
    }
}

void add_prices(TraceVerdict& verdict, const machine::MmuCosts& costs)
{
    for (RedundantInvalidation& redundant : verdict.redundant_invalidations.kept)
        redundant.cycles = price_of(redundant.event.kind, costs);
}

} // namespace drywalk::judge
