// SPDX-License-Identifier: MIT
#include "sim/judge/rules.hpp"

#include "sim/judge/wording.hpp"

#include <fmt/format.h>

#include <array>

namespace drywalk::judge {

std::span<const oracle::Verdict> kinds()
{
    using oracle::Verdict;
    static constexpr std::array all{
        Verdict::stale_translation, Verdict::stale_permission, Verdict::stale_memory_type,
        Verdict::lost_dirty,        Verdict::released_in_use,  Verdict::released_while_reachable,
        Verdict::spurious_fault,    Verdict::lost_accessed,    Verdict::released_while_parked,
        Verdict::pcid_recycled,
    };
    static_assert(all.size() == oracle::verdict_count - 2); // all but ok and architectural_fault
    return all;
}

std::string describe_rule(oracle::Verdict verdict)
{
    const std::string_view subject = is_release(verdict)                         ? "A release"
                                     : verdict == oracle::Verdict::pcid_recycled ? "A MOV CR3"
                                                                                 : "An access";
    return fmt::format("{} {}.", subject, consequence(verdict));
}

std::string help_place(std::string_view rule) { return fmt::format("docs/findings.md#{}", rule); }

} // namespace drywalk::judge
