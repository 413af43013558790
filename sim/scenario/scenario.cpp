// SPDX-License-Identifier: MIT
#include "sim/scenario/scenario.hpp"

namespace drywalk::scenario {

const char* discipline_name(kernel::Discipline discipline)
{
    using enum kernel::Discipline;
    switch (discipline) {
    case not_global: return "not_global";
    case global_no_flush: return "global_no_flush";
    case global_invlpg_outgoing_under_kernel_cr3: return "global_invlpg_outgoing_under_kernel_cr3";
    case global_invlpg_outgoing_under_old_cr3: return "global_invlpg_outgoing_under_old_cr3";
    case global_invlpg_incoming_after_switch: return "global_invlpg_incoming_after_switch";
    case global_invlpg_partial: return "global_invlpg_partial";
    case global_pge_toggle: return "global_pge_toggle";
    case pcid_flush: return "pcid_flush";
    case pcid_tracked: return "pcid_tracked";
    case pcid_no_flush: return "pcid_no_flush";
    }
    return "unknown";
}

} // namespace drywalk::scenario
