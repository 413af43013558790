// SPDX-License-Identifier: MIT
#include "sim/judge/second_pass.hpp"

#include "sim/judge/explain.hpp"
#include "sim/judge/trial.hpp"

#include <stdexcept>

namespace drywalk::judge {

namespace {

[[nodiscard]] trace::Header header_of(const trace::TraceReader& reader, const TraceVerdict& verdict)
{
    trace::Header header = reader.header();
    header.vendor = verdict.vendor;
    return header;
}

/// Both in one pass: exact witnesses, and whether the remedies cure at both ends of their ranges.
void explain_and_try(const OpenTrace& open, TraceVerdict& verdict)
{
    trace::TraceReader reader = open();
    const trace::Header header = header_of(reader, verdict);
    Explainer explainer{header, verdict};
    Trial first{header, verdict, Trial::Place::first};
    Trial last{header, verdict, Trial::Place::last};
    Event event;
    for (std::uint64_t index = 0; index != verdict.events && reader.next(event); ++index) {
        explainer.follow(event);
        first.follow(event);
        last.follow(event);
    }
    if (!strengthen_what_failed(verdict, first, last)) return;
    trace::TraceReader again = open();
    Trial stronger{header, verdict, Trial::Place::last};
    for (std::uint64_t index = 0; index != verdict.events && again.next(event); ++index)
        stronger.follow(event);
    drop_what_failed(verdict, stronger);
}

void read_cited(const OpenTrace& open, TraceVerdict& verdict)
{
    trace::TraceReader reader = open();
    std::uint64_t index = 0;
    Event event;
    for (const std::uint64_t wanted : cited_events(verdict)) {
        while (index < wanted && reader.skip())
            ++index;
        if (index != wanted || !reader.next(event)) return; // the file was cut meanwhile
        verdict.cited.emplace(wanted, text_of(wanted, event));
        ++index;
    }
}

} // namespace

void complete(const OpenTrace& open, TraceVerdict& verdict)
{
    if (verdict.violations.kept.empty() && verdict.warnings.kept.empty()) return;
    explain_and_try(open, verdict);
    read_cited(open, verdict);
}

} // namespace drywalk::judge
