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
    case Verdict::released_in_use: return "released in use";
    case Verdict::released_while_reachable: return "released while reachable";
    case Verdict::spurious_fault: return "spurious fault";
    case Verdict::lost_accessed: return "lost accessed";
    case Verdict::released_while_parked: return "released while parked";
    case Verdict::pcid_recycled: return "PCID recycled";
    }
    return "?";
}

/// What was found out about one access.
struct AccessView {
    Outcome machine;
    Outcome tables;
    Verdict portable = Verdict::ok;
    Verdict vendor = Verdict::ok;
    Verdict faults_aside = Verdict::ok; ///< portable, if page faults invalidate nothing

    bool fault_codes_may_differ = false;

    [[nodiscard]] bool stale() const
    {
        const bool both_fault = machine.kind == Outcome::Kind::page_fault && tables.kind == Outcome::Kind::page_fault;
        return fault_codes_may_differ && both_fault ? machine.address != tables.address : machine != tables;
    }
    [[nodiscard]] bool permitted() const { return permits(portable, machine) && permits(vendor, machine); }
};

/// Follows a program with all that have an opinion on it.
class Hearing {
public:
    Hearing(const Program& program, const Standard& standard)
        : standard_{standard}, tables_{program, standard.processor}, portable_{program, standard.processor,
                                                                               x86::Vendor::portable},
          vendor_{program, standard.processor, standard.vendor}, faults_aside_{program, standard.processor,
                                                                               x86::Vendor::portable}
    {
    }

    void carry_out(const Operation& operation)
    {
        tables_.carry_out(operation);
        for (Suspect* suspect : {&portable_, &vendor_, &faults_aside_})
            suspect->carry_out(operation);
    }

    [[nodiscard]] AccessView access(const Operation& operation, unsigned index, const Outcome& outcome)
    {
        AccessView view{.machine = outcome, .tables = tables_.expected(operation)};
        view.fault_codes_may_differ = standard_.fault_codes_may_differ;
        view.portable = portable_.access(operation);
        view.vendor = vendor_.access(operation);
        tables_.follow(operation, index, outcome);
        if (outcome.kind == Outcome::Kind::page_fault) {
            portable_.page_fault(operation);
            vendor_.page_fault(operation);
        } else {
            view.faults_aside = faults_aside_.access(operation);
        }
        return view;
    }

private:
    const Standard& standard_;
    Tables tables_;
    Suspect portable_;
    Suspect vendor_;
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
    if (!standard.excuses.reserved_faults_lack_present) return outcomes;
    for (Outcome& outcome : outcomes) {
        if (!lacks_present(outcome)) continue;
        outcome.error |= x86::PageFaultCode::present;
        ++counts.reserved_not_present;
    }
    return outcomes;
}

/// How an outcome comes to be.
enum class Explanation : std::uint8_t {
    by_tables,
    in_the_set,         ///< the oracle permits it
    faults_keep,        ///< it would, if page faults invalidated nothing
    invlpg_spares_code, ///< it would, if INVLPG were for one 4 KiB only: QEMU's translated code
    none,
};

/// Whether operation `fetch` may find old code if page faults invalidate nothing and INVLPG no other 4 KiB.
[[nodiscard]] bool may_find_old_code(const Program& program, const std::vector<Outcome>& outcomes, unsigned fetch,
                                     const Processor& processor)
{
    const Operation& last = program.operations[fetch];
    const auto elsewhere = [&last](const Operation& operation) {
        return operation.kind == OperationKind::invlpg && operation.operand >> 12 != last.operand >> 12;
    };
    Suspect suspect{program, processor, x86::Vendor::portable};
    std::size_t access = 0;
    for (unsigned index = 0; index < fetch; ++index) {
        const Operation& operation = program.operations[index];
        if (!is_access(operation.kind)) {
            if (!elsewhere(operation)) suspect.carry_out(operation);
        } else if (outcomes[access++].kind != Outcome::Kind::page_fault) {
            static_cast<void>(suspect.access(operation));
        }
    }
    return permits(suspect.access(last), outcomes[access]);
}

/// Judges one program's answer.
class Trial {
public:
    Trial(const Program& program, const Answer& answer, const Standard& standard)
        : program_{program}, standard_{standard}, outcomes_{excused(answer, standard, judged_.counts)}
    {
    }

    [[nodiscard]] Judged run()
    {
        judged_.counts.programs = 1;
        judged_.counts.operations = program_.operations.size();
        Hearing hearing{program_, standard_};
        std::size_t access = 0;
        for (unsigned index = 0; index < program_.operations.size(); ++index) {
            const Operation& operation = program_.operations[index];
            if (!is_access(operation.kind)) {
                hearing.carry_out(operation);
                continue;
            }
            const AccessView view = hearing.access(operation, index, outcomes_[access++]);
            count_access(operation, view);
            count_explanation(index, view);
        }
        return std::move(judged_);
    }

private:
    void count_access(const Operation& operation, const AccessView& view)
    {
        Counts& counts = judged_.counts;
        const bool fault = view.machine.kind == Outcome::Kind::page_fault;
        ++counts.accesses;
        if (fault) ++counts.faults;
        if (permits(view.portable, Outcome{Outcome::Kind::page_fault, 0, 0, 0})) ++counts.may_go_wrong;
        if (!view.stale()) return;
        ++(fault                                    ? counts.spurious_faults
           : operation.kind == OperationKind::read  ? counts.stale_reads
           : operation.kind == OperationKind::write ? counts.stale_writes
                                                    : counts.stale_fetches);
    }

    [[nodiscard]] Explanation explain(unsigned index, const AccessView& view) const
    {
        if (!view.stale()) return Explanation::by_tables;
        if (view.permitted()) return Explanation::in_the_set;
        if (permits(view.faults_aside, view.machine)) return Explanation::faults_keep;
        const bool fetch = program_.operations[index].kind == OperationKind::fetch;
        if (fetch && standard_.excuses.invlpg_spares_code_elsewhere &&
            may_find_old_code(program_, outcomes_, index, standard_.processor)) {
            return Explanation::invlpg_spares_code;
        }
        return Explanation::none;
    }

    void count_explanation(unsigned index, const AccessView& view)
    {
        switch (explain(index, view)) {
        case Explanation::by_tables: break;
        case Explanation::in_the_set: ++judged_.counts.permitted; break;
        case Explanation::faults_keep: ++judged_.counts.fault_invalidated_nothing; break;
        case Explanation::invlpg_spares_code: ++judged_.counts.code_spared; break;
        case Explanation::none: disagree(index, view); break;
        }
    }

    void disagree(unsigned index, const AccessView& view)
    {
        if (!judged_.disagreement.empty()) return;
        judged_.disagreement =
            fmt::format("operation {}: the machine answers {}, the tables say {}, the oracle says {} (portable) and {} "
                        "(its vendor)",
                        index, describe(view.machine), describe(view.tables), verdict_name(view.portable),
                        verdict_name(view.vendor));
    }

    const Program& program_;
    const Standard& standard_;
    Judged judged_;
    std::vector<Outcome> outcomes_; ///< of accesses, in order
};

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
    code_spared += other.code_spared;
    may_go_wrong += other.may_go_wrong;
    return *this;
}

Standard standard_for(Target target, const machine::Profile& bochs)
{
    Standard standard{.processor = emulated_processor};
    if (target == Target::bochs) standard.model = bochs;
    if (target == Target::qemu) standard.excuses = {true, true};
    return standard;
}

Judged judge(const Program& program, const Answer& answer, const Standard& standard)
{
    Judged judged = Trial{program, answer, standard}.run();
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
    Hearing hearing{program, standard};
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
        text += fmt::format(", tables {}, oracle: {} (portable), {} (its vendor)\n", describe(view.tables),
                            verdict_name(view.portable), verdict_name(view.vendor));
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
