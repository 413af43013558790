// SPDX-License-Identifier: MIT
// A trace as the oracle's tests build it: events in memory, and the JSON lines of the trace format for them.
#pragma once

#include "models/oracle/oracle.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::oracle::test {

enum class EventKind : std::uint8_t {
    store,
    mov_cr0,
    mov_cr3,
    mov_cr4,
    wrmsr_efer,
    invlpg,
    invpcid,
    read,
    write,
    fetch,
    release,
    page_fault,
    mark,
    wrpkru,
    wrmsr_pkrs,
    invlpgb,
    tlbsync,
};

struct Event {
    EventKind kind = EventKind::mark;
    unsigned cpu = 0;
    std::uint64_t address = 0; ///< physical for store and release, else linear
    std::uint64_t value = 0;   ///< what is written; of a release, the number of bytes
    x86::InvpcidType type = x86::InvpcidType::address;
    std::uint16_t pcid = 0; ///< of an INVPCID
    bool user = false;
    bool alignment_check = false;
    bool shadow_stack = false;
    x86::Invlpgb broadcast{};

    [[nodiscard]] bool is_access() const { return kind >= EventKind::read && kind <= EventKind::fetch; }
    [[nodiscard]] bool is_judged() const { return is_access() || kind == EventKind::release; }
    /// INVLPG, INVPCID and page faults: events that do nothing but invalidate.
    [[nodiscard]] bool only_invalidates() const
    {
        return kind == EventKind::invlpg || kind == EventKind::invpcid || kind == EventKind::page_fault;
    }
    [[nodiscard]] x86::Access access() const
    {
        const auto offset = static_cast<std::uint8_t>(kind) - static_cast<std::uint8_t>(EventKind::read);
        return {static_cast<x86::AccessKind>(offset), user, alignment_check, shadow_stack};
    }
};

struct Trace {
    Configuration configuration;
    std::vector<Event> events;
};

/// The mode of a trace whose header says nothing: write protection, global pages, execute-disable.
[[nodiscard]] x86::PagingMode default_mode();

/// JSON lines that the trace format admits.
[[nodiscard]] std::string to_json_lines(const Trace& trace);
/// Reads a file that is known to be well formed; throws otherwise.
[[nodiscard]] Trace read_trace(const std::filesystem::path& file);

/// As in the report of a check: "stale-translation".
[[nodiscard]] std::string name_of(Verdict verdict);

/// One verdict for each event that is judged.
using Verdicts = std::vector<std::optional<Verdict>>;

/// Of all that a release does.
[[nodiscard]] Verdict worst(const ReleaseJudgement& judgement);
/// Nothing unless a PCID is recycled.
[[nodiscard]] std::optional<Verdict> worst(const RootJudgement& judgement);

/// Feeds one event to `judge`, an Oracle or an Explorer; returns the verdict if it is a judged event.
template <typename Judge>
std::optional<Verdict> apply(Judge& judge, const Event& event)
{
    switch (event.kind) {
    case EventKind::store: judge.store(event.cpu, x86::PhysicalAddress{event.address}, event.value); break;
    case EventKind::mov_cr0: judge.mov_cr0(event.cpu, {event.value}); break;
    case EventKind::mov_cr3: return worst(judge.mov_cr3(event.cpu, event.value));
    case EventKind::mov_cr4: judge.mov_cr4(event.cpu, {event.value}); break;
    case EventKind::wrmsr_efer: judge.wrmsr_efer(event.cpu, {event.value}); break;
    case EventKind::wrpkru: judge.wrpkru(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::wrmsr_pkrs: judge.wrmsr_pkrs(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::invlpgb: judge.invlpgb(event.cpu, event.broadcast); break;
    case EventKind::tlbsync: judge.tlbsync(event.cpu); break;
    case EventKind::invlpg: judge.invlpg(event.cpu, event.address); break;
    case EventKind::invpcid: judge.invpcid(event.cpu, event.type, event.pcid, event.address); break;
    case EventKind::page_fault: judge.page_fault(event.cpu, event.address); break;
    case EventKind::mark: judge.mark(); break;
    case EventKind::release: return worst(judge.release(event.cpu, x86::PhysicalAddress{event.address}, event.value));
    case EventKind::read:
    case EventKind::write:
    case EventKind::fetch: return judge.access(event.cpu, event.address, event.access()).verdict;
    }
    return std::nullopt;
}

template <typename Judge>
[[nodiscard]] Verdicts judge_all(const Trace& trace)
{
    Judge judge{trace.configuration};
    Verdicts verdicts;
    for (const Event& event : trace.events)
        verdicts.push_back(apply(judge, event));
    return verdicts;
}

} // namespace drywalk::oracle::test
