// SPDX-License-Identifier: MIT
// The simulator's prediction against what a machine reported, operation by operation.

#include "sim/boot/comparison.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace drywalk::boot {

namespace {

using kernel::Observation;
using kernel::ObservationKind;

constexpr std::size_t context = 3;

void count(Comparison& comparison, Match found)
{
    switch (found) {
    case Match::equal: ++comparison.equal; break;
    case Match::predicted_stale_seen: ++comparison.predicted_stale_seen; break;
    case Match::predicted_stale_not_seen: ++comparison.predicted_stale_not_seen; break;
    case Match::different: ++comparison.different; break;
    }
}

[[nodiscard]] std::string predicted_text(std::span<const Prediction> predictions, std::size_t at)
{
    if (at >= predictions.size()) return "(nothing more)";
    const auto& prediction = predictions[at];
    auto text = describe(prediction.observed);
    if (prediction.stale) text += fmt::format(" (stale; by the tables {})", describe(prediction.by_tables));
    return text;
}

[[nodiscard]] std::string machine_text(std::span<const Observation> machine, std::size_t at)
{
    return at < machine.size() ? describe(machine[at]) : "(nothing more)";
}

[[nodiscard]] std::string difference_text(std::span<const Prediction> predictions, std::span<const Observation> machine,
                                          std::size_t at)
{
    std::string text = fmt::format("first difference at observation {}:\n", at);
    const std::size_t first = at - std::min(at, context);
    const std::size_t last = std::min(at + context, std::max(predictions.size(), machine.size()) - 1);
    for (std::size_t row = first; row <= last; ++row) {
        const char mark = row == at ? '>' : ' ';
        fmt::format_to(std::back_inserter(text), "{} {:>6}  simulator: {}\n          machine:   {}\n", mark, row,
                       predicted_text(predictions, row), machine_text(machine, row));
    }
    return text;
}

void table_row(std::string& text, const char* name, std::size_t value)
{
    fmt::format_to(std::back_inserter(text), "{:<36}{:>10}\n", name, value);
}

} // namespace

std::vector<Prediction> predict(std::span<const Observation> observed, std::span<const Observation> by_tables)
{
    std::vector<Prediction> predictions;
    for (std::size_t at = 0; at < observed.size(); ++at) {
        const Observation& table = at < by_tables.size() ? by_tables[at] : observed[at];
        predictions.push_back({observed[at], observed[at] != table, table});
    }
    return predictions;
}

Match match(const Prediction& prediction, const Observation& machine)
{
    if (!prediction.stale) return machine == prediction.observed ? Match::equal : Match::different;
    if (machine == prediction.observed) return Match::predicted_stale_seen;
    return machine == prediction.by_tables ? Match::predicted_stale_not_seen : Match::different;
}

Comparison compare(std::span<const Prediction> predictions, std::span<const Observation> machine)
{
    Comparison result;
    result.predicted = predictions.size();
    result.reported = machine.size();
    result.compared = std::min(predictions.size(), machine.size());
    for (std::size_t at = 0; at < result.compared; ++at) {
        const Match found = match(predictions[at], machine[at]);
        count(result, found);
        if (found == Match::different && !result.first_difference) result.first_difference = at;
    }
    if (!result.first_difference && result.predicted != result.reported) result.first_difference = result.compared;
    if (result.first_difference) result.difference = difference_text(predictions, machine, *result.first_difference);
    return result;
}

std::string describe(const Observation& o)
{
    switch (o.kind) {
    case ObservationKind::booted: return fmt::format("booted: pool {:#x}, used {:#x}", o.a, o.b);
    case ObservationKind::image: return fmt::format("image {}: used {:#x}", o.a, o.b);
    case ObservationKind::instance: return fmt::format("instance {}: used {:#x}", o.a, o.b);
    case ObservationKind::called: return fmt::format("called: instance {}, depth {}", o.a, o.b);
    case ObservationKind::value: return fmt::format("value: item {} = {:#x}", o.a, o.b);
    case ObservationKind::page_fault: return fmt::format("page fault: item {} at {:#x}, error {:#x}", o.a, o.b, o.code);
    case ObservationKind::ran: return fmt::format("ran: body {} in {}", o.a, o.b);
    case ObservationKind::halted: return fmt::format("halted: instance {}, depth {}", o.a, o.b);
    case ObservationKind::refused: return fmt::format("refused: operation {}, reason {}, code {:#x}", o.a, o.b, o.code);
    case ObservationKind::finished:
        return fmt::format("finished: {} CR3 writes, {} INVLPGs, {} CR4 writes", o.a, o.b, o.code);
    case ObservationKind::cap: return fmt::format("DataCap {}: content {:#x}", o.a, o.b);
    case ObservationKind::entered: return fmt::format("entered: slot {}, image {}, depth {}", o.a, o.code, o.b);
    case ObservationKind::call_refused: return fmt::format("call refused: slot {}, reason {}", o.a, o.b);
    case ObservationKind::state:
        return fmt::format("state: slot {}, content {:#x}, {} pages published", o.a, o.b, o.code);
    case ObservationKind::left: return fmt::format("left: slot {}, image {}, depth {}", o.a, o.code, o.b);
    case ObservationKind::faulted: return fmt::format("frame faulted: reason {}, image {}, depth {}", o.a, o.code, o.b);
    case ObservationKind::slot_set: return fmt::format("slot {} set: {:#x}", o.a, o.b);
    case ObservationKind::counter: return fmt::format("counter {}: {}", o.code, o.b);
    }
    return "(not an observation)";
}

std::string describe(const Comparison& comparison)
{
    std::string text;
    table_row(text, "operations compared", comparison.compared);
    table_row(text, "equal", comparison.equal);
    table_row(text, "predicted stale and seen stale", comparison.predicted_stale_seen);
    table_row(text, "predicted stale and not seen", comparison.predicted_stale_not_seen);
    table_row(text, "different", comparison.different);
    if (comparison.predicted != comparison.reported) {
        table_row(text, "only predicted", comparison.predicted - comparison.compared);
        table_row(text, "only reported", comparison.reported - comparison.compared);
    }
    if (comparison.predicted_stale_not_seen != 0 && comparison.predicted_stale_seen == 0) {
        text += "this machine kept no global entry across MOV CR3: it cannot show the hazard\n";
    }
    return text + comparison.difference;
}

} // namespace drywalk::boot
