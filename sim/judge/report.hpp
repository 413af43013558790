// SPDX-License-Identifier: MIT
// What was checked, as text for people, JSON for tools, and the formats that continuous integration and editors read.
// All of them tell the same groups and the same counts.
#pragma once

#include "sim/judge/baseline.hpp"
#include "sim/judge/causes.hpp"
#include "sim/judge/verdict.hpp"
#include "sim/output/made_by.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace drywalk::judge {

/// One verdict, and its findings in groups, which point into it.
struct CheckedRun {
    /// `discipline` names the run of a scenario; empty: a trace. For `reasons` see groups_of().
    explicit CheckedRun(TraceVerdict judged, std::string discipline_name = {},
                        std::span<const std::string> reasons = {});
    CheckedRun(CheckedRun&&) = default;
    CheckedRun& operator=(CheckedRun&&) = default;
    CheckedRun(const CheckedRun&) = delete;
    CheckedRun& operator=(const CheckedRun&) = delete;
    ~CheckedRun() = default;

    /// What reports call it: the file, and the discipline if there is one.
    [[nodiscard]] std::string title() const;
    /// "clean", "violations", "nothing new" if all of these are known or accepted, or "nothing judged".
    [[nodiscard]] std::string_view outcome() const;
    /// Findings of the groups that have the disposition.
    [[nodiscard]] std::uint64_t count(bool violations, Disposition disposition) const;
    /// Findings beyond those that were kept count as fresh.
    [[nodiscard]] std::uint64_t fresh(bool violations) const;

    TraceVerdict verdict;
    std::string discipline;
    std::vector<Group> groups;
    std::vector<RedundantGroup> redundant;
};

struct Report {
    Report() = default;
    /// On one trace.
    Report(TraceVerdict verdict); // NOLINT(google-explicit-constructor): a verdict alone is a report
    /// On the runs of a scenario.
    explicit Report(std::vector<CheckedRun> checked) : runs{std::move(checked)} {}

    /// Marks the groups that `baseline` names as known, and fills `stale`.
    void compare_with(const Baseline& baseline);
    /// True if there are violations, or warnings if `strict`, that are neither known nor accepted.
    [[nodiscard]] bool failed() const;
    [[nodiscard]] std::uint64_t count(bool violations, Disposition disposition) const;

    std::vector<CheckedRun> runs;
    std::string scenario;   ///< its name and summary; empty: a trace was checked
    std::string machine;    ///< whose costs price redundant invalidations; empty: none
    output::MadeBy made_by; ///< at the end of the text, and in the JSON
    bool strict = false;
    std::string baseline_file;        ///< empty: there is none
    std::vector<BaselineEntry> stale; ///< entries of the baseline that were not found again
};

/// The groups as a baseline for later runs; accepted ones are left out.
[[nodiscard]] Baseline baseline_of(const Report& report);

[[nodiscard]] std::string text_report(const Report& report);
/// What text_report() says about one group.
[[nodiscard]] std::string group_text(const CheckedRun& run, const Group& group);
[[nodiscard]] std::string json_report(const Report& report);

struct SarifOptions {
    bool fingerprints = true; ///< some uploaders make their own
};
/// SARIF 2.1.0; `version` is this program's.
[[nodiscard]] std::string sarif_report(const Report& report, std::string_view version, SarifOptions options = {});

/// JUnit XML: one test case for each group.
[[nodiscard]] std::string junit_report(const Report& report);
/// One line for each group, as GCC writes its diagnostics: "file:line:column: error: text".
[[nodiscard]] std::string gcc_report(const Report& report);
/// The same as workflow commands of GitHub Actions.
[[nodiscard]] std::string github_report(const Report& report);

} // namespace drywalk::judge
