// SPDX-License-Identifier: MIT
// The words and phrases that the reports have in common.
#pragma once

#include "sim/judge/causes.hpp"
#include "sim/judge/verdict.hpp"

#include <string>
#include <string_view>

namespace drywalk::judge {

/// What may go wrong, to follow the description of the event: "may reach memory that ...".
[[nodiscard]] std::string_view consequence(oracle::Verdict verdict);

/// "pa 0x20001000, 4 KiB page, read-write, no-execute, supervisor, global".
[[nodiscard]] std::string translation_text(const x86::Translation& translation, std::uint64_t va,
                                           oracle::Verdict verdict);

/// "page fault, error code 0x6 (not present, user write)".
[[nodiscard]] std::string fault_text(x86::PageFaultCode code);

/// What the stale entry makes of the finding's address.
[[nodiscard]] std::string used_text(const Finding& finding);
/// What the tables make of it.
[[nodiscard]] std::string tables_text(const Finding& finding);

/// "event 12: store pa=0x109008 value=0x20001163 (map.c:10)", or the number alone if the event is not known.
[[nodiscard]] std::string cited_text(const TraceVerdict& verdict, std::uint64_t index);
[[nodiscard]] std::string event_text(const TraceVerdict& verdict, const EventText& event);

/// True if an event changed the tables away from the entry; a table that is in use is stale by its release alone.
[[nodiscard]] bool has_broken(const Finding& finding);

/// "1 violation", "2 violations".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural);

/// "3 findings, 2 pages, 2 processors".
[[nodiscard]] std::string extent_of(const Group& group);

/// What still leads to released memory: "va 0x1000, TLB entry of PCID 0x1".
[[nodiscard]] std::string holder_text(const oracle::Holder& holder);

/// The kind of entry: "translation".
[[nodiscard]] std::string_view name_of(oracle::Holder::Role role);

} // namespace drywalk::judge
