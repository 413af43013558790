// SPDX-License-Identifier: MIT
// The verdicts as reports and JSON spell them.
#pragma once

#include "models/oracle/judgement.hpp"

namespace drywalk::report {

[[nodiscard]] constexpr const char* verdict_name(oracle::Verdict verdict)
{
    using oracle::Verdict;
    switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::architectural_fault: return "architectural-fault";
    case Verdict::stale_translation: return "stale-translation";
    case Verdict::stale_permission: return "stale-permission";
    case Verdict::stale_memory_type: return "stale-memory-type";
    case Verdict::lost_dirty: return "lost-dirty";
    case Verdict::released_while_reachable: return "released-while-reachable";
    case Verdict::spurious_fault: return "spurious-fault";
    case Verdict::lost_accessed: return "lost-accessed";
    }
    return "";
}

} // namespace drywalk::report
