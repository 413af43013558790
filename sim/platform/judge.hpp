// SPDX-License-Identifier: MIT
// The oracle beside a run: every event of the simulated processor is judged against every permitted TLB.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/platform/event_observer.hpp"
#include "sim/platform/origin_log.hpp"
#include "sim/platform/source_line.hpp"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace drywalk::platform {

/// An access that may go wrong, or a release of memory that a stale entry still leads to, as it is reported.
struct JudgedAccess {
    oracle::EventIndex event = 0;
    oracle::Verdict verdict = oracle::Verdict::ok;
    x86::LinearAddress linear; ///< of a release: an address that the stale entry translates
    x86::Access access;        ///< of a release: a read by the kernel, which nobody made
    x86::WalkOutcome tables;   ///< not of a release
    oracle::Witness witness;
    oracle::Remedy remedy;
    SourceLine established_at;
    SourceLine broken_at;
    x86::PhysicalAddress released; ///< of a release: the page
    SourceLine at;                 ///< of a release: who made it

    [[nodiscard]] bool is_release() const { return oracle::is_release(verdict); }
    bool operator==(const JudgedAccess&) const = default;
};

/// Invalidations of one line that removed nothing that mattered.
struct RedundantInvalidation {
    SourceLine at;
    std::uint64_t count = 0;
    oracle::EventIndex first_event = 0;
    bool is_invlpg = true; ///< otherwise a write of CR4
    constexpr bool operator==(const RedundantInvalidation&) const = default;
};

struct JudgeSummary {
    std::uint64_t events = 0;
    std::uint64_t accesses = 0;
    std::array<std::uint64_t, oracle::verdict_count> verdicts{}; ///< by oracle::Verdict
    std::vector<JudgedAccess> judged;                            ///< the first of each cause, violations and warnings
    std::vector<RedundantInvalidation> redundant_invalidations;
    std::uint64_t overridden = 0;  ///< accesses that were made to go wrong
    bool release_replayed = false; ///< the event that was to go wrong is a release, which has no access that could

    [[nodiscard]] std::uint64_t violations() const;
    [[nodiscard]] std::uint64_t warnings() const;
    bool operator==(const JudgeSummary&) const = default;
};

/// Which accesses go wrong on purpose.
enum class Adversary : std::uint8_t {
    none,      ///< none: the judge only watches
    wherever,  ///< all that some permitted TLB lets go wrong
    one_event, ///< the one whose event is named
};

struct JudgeOptions {
    x86::Vendor vendor = x86::Vendor::portable;
    Adversary adversary = Adversary::none;
    oracle::EventIndex event = 0; ///< for Adversary::one_event
};

class Judge final : public EventObserver {
public:
    explicit Judge(const JudgeOptions& options) : options_{options} {}

    [[nodiscard]] const JudgeSummary& summary() const { return summary_; }

    void begin(const BeginState& state) override;
    void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where) override;
    void mov_cr0(unsigned cpu, x86::Cr0 value, const Where& where) override;
    void mov_cr3(unsigned cpu, x86::Cr3 value, const Where& where) override;
    void mov_cr4(unsigned cpu, x86::Cr4 value, const Where& where) override;
    void wrmsr_efer(unsigned cpu, x86::Efer value, const Where& where) override;
    void invlpg(unsigned cpu, x86::LinearAddress linear, const Where& where) override;
    void release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes, const Where& where) override;
    [[nodiscard]] std::optional<Override> access(unsigned cpu, x86::LinearAddress linear, x86::Access access,
                                                 unsigned bytes) override;
    void page_fault(unsigned cpu, x86::LinearAddress linear) override;

private:
    void escalate(oracle::EventIndex release);
    void note_recycled(const oracle::RootJudgement& judgement, const Where& where);
    void note_origin(const Where& where);
    [[nodiscard]] SourceLine line_of(oracle::EventIndex event) const { return origins_.at(event); }
    void note_invalidation(bool mattered, bool is_invlpg, const Where& where);
    void note_judgement(x86::LinearAddress linear, x86::Access access, const oracle::Judgement& judgement);
    void note_cause(JudgedAccess judged);
    [[nodiscard]] bool goes_wrong_on_purpose(const oracle::Judgement& judgement) const;

    JudgeOptions options_;
    std::unique_ptr<oracle::Oracle> oracle_;
    JudgeSummary summary_;
    OriginLog origins_; ///< the lines of stores and control-register writes, by event
};

} // namespace drywalk::platform
