// SPDX-License-Identifier: MIT
// What an event of a trace means to the oracle.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/trace/event.hpp"

#include <functional>
#include <optional>

namespace drywalk::judge {

/// The access that an event of that kind is.
[[nodiscard]] constexpr x86::Access access_of(const trace::Event& event)
{
    static_assert(static_cast<unsigned>(x86::AccessKind::fetch) ==
                  static_cast<unsigned>(trace::EventKind::fetch) - static_cast<unsigned>(trace::EventKind::read));
    const auto kind = static_cast<unsigned>(event.kind) - static_cast<unsigned>(trace::EventKind::read);
    return {static_cast<x86::AccessKind>(kind), event.user, event.alignment_check, event.shadow_stack};
}
/// What a `page` or a `fill` stores.
[[nodiscard]] std::array<std::uint64_t, x86::entries_per_table> words_of(const trace::Event& event);
/// The address that an access translates; nothing if it is not canonical.
[[nodiscard]] std::optional<x86::LinearAddress> accessed_address(const trace::Event& event,
                                                                 const x86::PagingMode& mode);

/// The slot of the leaf that translates `linear` now, whatever it permits.
[[nodiscard]] std::optional<x86::PhysicalAddress> leaf_slot(const oracle::Oracle& oracle, unsigned cpu,
                                                            x86::LinearAddress linear);

/// What the oracle says of one event, one at a time: the verdict, the processor, and the event that is judged, counted
/// as the oracle counts; nothing for the event itself.
using Sink = std::function<void(oracle::Verdict verdict, unsigned cpu, std::optional<oracle::EventIndex> event)>;

/// Lets the event happen.
void apply(oracle::Oracle& oracle, const trace::Event& event, const Sink& sink);

/// Lets the remedy's instruction happen, on its processor. Instruction::none is no event.
void apply(oracle::Oracle& oracle, const oracle::Remedy& remedy);

} // namespace drywalk::judge
