// SPDX-License-Identifier: MIT
// A machine's answer against the tables, the oracle and, where one predicts it, the MMU model.

#include "tests/differential/judge.hpp"

#include "tests/differential/events.hpp"

#include <fmt/format.h>

namespace drywalk::differential {

namespace {

using oracle::Verdict;

/// Whether `verdict` lets an access end as `outcome` though the tables say otherwise. Lost A and D do not.
[[nodiscard]] bool permits(Verdict verdict, const Outcome& outcome)
{
    switch (verdict) {
    case Verdict::stale_translation:
    case Verdict::stale_permission: return true;
    case Verdict::spurious_fault: return outcome.kind == Outcome::Kind::page_fault;
    default: return false;
    }
}

[[nodiscard]] const char* verdict_name(Verdict verdict)
{
    switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::architectural_fault: return "architectural fault";
    case Verdict::stale_translation: return "stale translation";
    case Verdict::stale_permission: return "stale permission";
    case Verdict::stale_memory_type: return "stale memory type";
    case Verdict::lost_dirty: return "lost dirty";
    case Verdict::released_while_reachable: return "released while reachable";
    case Verdict::spurious_fault: return "spurious fault";
    case Verdict::lost_accessed: return "lost accessed";
    }
    return "?";
}

/// What was found out about one access.
struct AccessView {
    Outcome machine;
    Outcome tables;
    Verdict portable = Verdict::ok;
    Verdict intel = Verdict::ok;
    Verdict faults_aside = Verdict::ok; ///< portable, if page faults invalidate nothing

    [[nodiscard]] bool stale() const { return machine != tables; }
    [[nodiscard]] bool permitted() const { return permits(portable, machine) && permits(intel, machine); }
};

/// Follows a program with all that have an opinion on it.
class Hearing {
public:
    Hearing(const Program& program, const Processor& processor)
        : tables_{program, processor}, portable_{program, processor, x86::Vendor::portable},
          intel_{program, processor, x86::Vendor::intel}, faults_aside_{program, processor, x86::Vendor::portable}
    {
    }

    void carry_out(const Operation& operation)
    {
        tables_.carry_out(operation);
        for (Suspect* suspect : {&portable_, &intel_, &faults_aside_})
            suspect->carry_out(operation);
    }

    [[nodiscard]] AccessView access(const Operation& operation, unsigned index, const Outcome& outcome)
    {
        AccessView view{.machine = outcome, .tables = tables_.expected(operation)};
        view.portable = portable_.access(operation);
        view.intel = intel_.access(operation);
        tables_.follow(operation, index, outcome);
        if (outcome.kind == Outcome::Kind::page_fault) {
            portable_.page_fault(operation);
            intel_.page_fault(operation);
        } else {
            view.faults_aside = faults_aside_.access(operation);
        }
        return view;
    }

private:
    Tables tables_;
    Suspect portable_;
    Suspect intel_;
    Suspect faults_aside_;
};

/// A fault over a reserved bit whose error code lacks P.
[[nodiscard]] bool lacks_present(const Outcome& outcome)
{
    constexpr std::uint32_t both = x86::PageFaultCode::reserved | x86::PageFaultCode::present;
    return outcome.kind == Outcome::Kind::page_fault && (outcome.error & both) == x86::PageFaultCode::reserved;
}

/// The outcomes as they would be without what the standard excuses.
[[nodiscard]] std::vector<Outcome> excused(const Answer& answer, const Standard& standard, Counts& counts)
{
    std::vector<Outcome> outcomes = answer.outcomes;
    if (!standard.reserved_faults_lack_present) return outcomes;
    for (Outcome& outcome : outcomes) {
        if (!lacks_present(outcome)) continue;
        outcome.error |= x86::PageFaultCode::present;
        ++counts.reserved_not_present;
    }
    return outcomes;
}

void count(Counts& counts, const Operation& operation, const AccessView& view)
{
    const bool fault = view.machine.kind == Outcome::Kind::page_fault;
    ++counts.accesses;
    if (fault) ++counts.faults;
    if (permits(view.portable, Outcome{Outcome::Kind::page_fault, 0, 0, 0})) ++counts.may_go_wrong;
    if (!view.stale()) return;
    if (fault) {
        ++counts.spurious_faults;
    } else if (operation.kind == OperationKind::read) {
        ++counts.stale_reads;
    } else if (operation.kind == OperationKind::write) {
        ++counts.stale_writes;
    } else {
        ++counts.stale_fetches;
    }
    if (view.permitted()) {
        ++counts.permitted;
    } else if (permits(view.faults_aside, view.machine)) {
        ++counts.fault_invalidated_nothing;
    }
}

[[nodiscard]] std::string unpermitted(const AccessView& view, unsigned index)
{
    if (!view.stale() || view.permitted() || permits(view.faults_aside, view.machine)) return {};
    return fmt::format("operation {}: the machine answers {}, the tables say {}, the oracle says {} (portable) and {} "
                       "(intel)",
                       index, describe(view.machine), describe(view.tables), verdict_name(view.portable),
                       verdict_name(view.intel));
}

/// The first difference between a prediction and an answer, in words.
[[nodiscard]] std::string difference(const Program& program, const Answer& predicted, const Answer& answer)
{
    std::size_t access = 0;
    for (unsigned index = 0; index < program.operations.size(); ++index) {
        if (!is_access(program.operations[index].kind)) continue;
        if (predicted.outcomes[access] != answer.outcomes[access]) {
            return fmt::format("operation {}: the model predicts {}, the machine answers {}", index,
                               describe(predicted.outcomes[access]), describe(answer.outcomes[access]));
        }
        ++access;
    }
    if (predicted.state_without_flags != answer.state_without_flags) return "memory differs at the end";
    if (predicted.state != answer.state) return "A or D differs at the end";
    return {};
}

} // namespace

Counts& Counts::operator+=(const Counts& other)
{
    programs += other.programs;
    operations += other.operations;
    accesses += other.accesses;
    faults += other.faults;
    stale_reads += other.stale_reads;
    stale_writes += other.stale_writes;
    stale_fetches += other.stale_fetches;
    spurious_faults += other.spurious_faults;
    permitted += other.permitted;
    fault_invalidated_nothing += other.fault_invalidated_nothing;
    reserved_not_present += other.reserved_not_present;
    may_go_wrong += other.may_go_wrong;
    return *this;
}

Judged judge(const Program& program, const Answer& answer, const Standard& standard)
{
    Judged judged;
    judged.counts.programs = 1;
    judged.counts.operations = program.operations.size();
    const std::vector<Outcome> outcomes = excused(answer, standard, judged.counts);
    Hearing hearing{program, standard.processor};
    std::size_t access = 0;
    for (unsigned index = 0; index < program.operations.size(); ++index) {
        const Operation& operation = program.operations[index];
        if (!is_access(operation.kind)) {
            hearing.carry_out(operation);
            continue;
        }
        const AccessView view = hearing.access(operation, index, outcomes[access++]);
        count(judged.counts, operation, view);
        if (judged.disagreement.empty()) judged.disagreement = unpermitted(view, index);
    }
    if (standard.model && judged.disagreement.empty()) {
        judged.disagreement = difference(program, predict(program, *standard.model, standard.processor), answer);
    }
    return judged;
}

std::string explain(const Program& program, const Answer& answer, const Standard& standard)
{
    std::string text = describe_start(program);
    const auto predicted =
        standard.model ? std::optional{predict(program, *standard.model, standard.processor)} : std::nullopt;
    Hearing hearing{program, standard.processor};
    std::size_t access = 0;
    for (unsigned index = 0; index < program.operations.size(); ++index) {
        const Operation& operation = program.operations[index];
        text += fmt::format("{:>3}  {}", index, describe(operation));
        if (!is_access(operation.kind)) {
            hearing.carry_out(operation);
            text += '\n';
            continue;
        }
        const AccessView view = hearing.access(operation, index, answer.outcomes[access]);
        text += fmt::format("\n       machine {}", describe(view.machine));
        if (predicted) text += fmt::format(", model {}", describe(predicted->outcomes[access]));
        text += fmt::format(", tables {}, oracle: {} (portable), {} (intel)\n", describe(view.tables),
                            verdict_name(view.portable), verdict_name(view.intel));
        ++access;
    }
    if (!predicted || !predicted->slots || !answer.slots) return text;
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        const std::uint64_t machine = (*answer.slots)[slot];
        const std::uint64_t model = (*predicted->slots)[slot];
        if (machine == model) continue;
        const Level level = slot_at(slot).level;
        text += fmt::format("at the end, slot {}: machine {}, model {}\n", slot, describe_entry(machine, level),
                            describe_entry(model, level));
    }
    return text;
}

} // namespace drywalk::differential
