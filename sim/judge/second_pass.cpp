// SPDX-License-Identifier: MIT
#include "sim/judge/second_pass.hpp"

#include "sim/judge/explain.hpp"
#include "sim/judge/proof.hpp"

#include <optional>
#include <utility>

namespace drywalk::judge {

namespace {

[[nodiscard]] trace::Header header_of(const trace::TraceReader& reader, const TraceVerdict& verdict)
{
    trace::Header header = reader.header();
    header.vendor = verdict.vendor;
    return header;
}

/// The first reading serves both the witnesses and the first trials.
void explain_and_prove(const trace::TraceInput& input, TraceVerdict& verdict)
{
    const trace::Header header = header_of(input.open(), verdict);
    Proof proof{header, verdict};
    std::optional<Explainer> explainer{std::in_place, header, verdict};
    while (explainer || proof.wants_a_reading()) {
        trace::TraceReader reader = input.open();
        proof.begin();
        Event event;
        for (std::uint64_t index = 0; index != verdict.events && reader.next(event); ++index) {
            if (explainer) explainer->follow(event);
            proof.follow(event);
        }
        proof.end();
        explainer.reset();
    }
}

void read_cited(const trace::TraceInput& input, TraceVerdict& verdict)
{
    trace::TraceReader reader = input.open();
    std::uint64_t index = 0;
    Event event;
    for (const std::uint64_t wanted : cited_events(verdict)) {
        while (index < wanted && reader.skip())
            ++index;
        if (index != wanted || !reader.next(event)) return; // the file was cut meanwhile
        verdict.cited.emplace(wanted, text_of(wanted, event));
        if (!verdict.lines) verdict.places.emplace(wanted, reader.place());
        ++index;
    }
}

} // namespace

void complete(const trace::TraceInput& input, TraceVerdict& verdict)
{
    if (verdict.violations.kept.empty() && verdict.warnings.kept.empty()) return;
    explain_and_prove(input, verdict);
    read_cited(input, verdict);
}

} // namespace drywalk::judge
