// SPDX-License-Identifier: MIT
// JUnit XML, as test reports of GitLab, Jenkins and others read it: a suite for each run, a test case for each group.
#include "models/x86/vendor_names.hpp"
#include "sim/input/utf8.hpp"
#include "sim/judge/advice.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>

#include <iterator>

namespace drywalk::judge {

namespace {

/// U+FFFE and U+FFFF are no characters of XML. [XML 1.0] 2.2
[[nodiscard]] bool is_noncharacter(std::string_view character)
{
    return character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf";
}

/// `text` for an attribute or an element. What XML cannot hold is left out: control characters, and what is no UTF-8.
[[nodiscard]] std::string escaped(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, length == 0 ? 1 : length);
        text.remove_prefix(character.size());
        const auto first = static_cast<unsigned char>(character.front());
        const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
        if (length == 0 || control || is_noncharacter(character)) continue;
        switch (first) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        case '\n': result += "&#10;"; break;
        case '\t': result += "&#9;"; break;
        default: result += character;
        }
    }
    return result;
}

struct Counts {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t skipped = 0;
};

class Writer {
public:
    explicit Writer(const Report& report) : report_{report} {}

    [[nodiscard]] std::string write()
    {
        Counts all;
        for (const CheckedRun& run : report_.runs) {
            const Counts counts = counts_of(run);
            all.tests += counts.tests;
            all.failures += counts.failures;
            all.skipped += counts.skipped;
        }
        line(R"(<?xml version="1.0" encoding="UTF-8"?>)");
        line(R"(<testsuites name="drywalk check" tests="{}" failures="{}" errors="0" skipped="{}">)", all.tests,
             all.failures, all.skipped);
        for (const CheckedRun& run : report_.runs)
            add_suite(run);
        line("</testsuites>");
        return text_;
    }

private:
    template <typename... Values>
    void line(fmt::format_string<Values...> form, Values&&... values)
    {
        fmt::format_to(std::back_inserter(text_), form, std::forward<Values>(values)...);
        text_ += '\n';
    }

    [[nodiscard]] bool fails(const Group& group) const
    {
        return group.disposition == Disposition::fresh && (group.is_violation || report_.strict);
    }

    /// Findings beyond those that were kept belong to no group, but fail.
    [[nodiscard]] bool fails_beyond(const CheckedRun& run) const
    {
        const TraceVerdict& verdict = run.verdict;
        return verdict.violations.total > verdict.violations.kept.size() ||
               (report_.strict && verdict.warnings.total > verdict.warnings.kept.size());
    }

    /// One case more than groups: the judging itself.
    [[nodiscard]] Counts counts_of(const CheckedRun& run) const
    {
        Counts counts{run.groups.size() + 1, fails_beyond(run) ? 1U : 0U, 0};
        for (const Group& group : run.groups) {
            counts.failures += fails(group) ? 1U : 0U;
            counts.skipped += group.disposition == Disposition::fresh ? 0U : 1U;
        }
        return counts;
    }

    void add_suite(const CheckedRun& run)
    {
        const TraceVerdict& verdict = run.verdict;
        const Counts counts = counts_of(run);
        line(R"(  <testsuite name="{}" tests="{}" failures="{}" errors="0" skipped="{}">)", escaped(run.title()),
             counts.tests, counts.failures, counts.skipped);
        line("    <properties>");
        add_property("events", verdict.events);
        add_property("accesses", verdict.accesses);
        add_property("architectural_faults", verdict.architectural_faults);
        add_property("violations", verdict.violations.total);
        add_property("warnings", verdict.warnings.total);
        add_property("redundant_invalidations", verdict.redundant_invalidations.total);
        add_property("vendor", x86::name_of(verdict.vendor));
        line("    </properties>");
        add_judging(run);
        for (const Group& group : run.groups)
            add_case(run, group);
        line("  </testsuite>");
    }

    template <typename Value>
    void add_property(std::string_view name, const Value& value)
    {
        line(R"(      <property name="{}" value="{}"/>)", name, value);
    }

    void add_judging(const CheckedRun& run)
    {
        if (!fails_beyond(run)) {
            line(R"(    <testcase classname="drywalk" name="the trace was judged"/>)");
            return;
        }
        line(R"(    <testcase classname="drywalk" name="the trace was judged">)");
        line(R"(      <failure type="too-many-findings" message="more findings than are looked at for causes"/>)");
        line("    </testcase>");
    }

    void add_case(const CheckedRun& run, const Group& group)
    {
        const std::string message = escaped(message_of(run.verdict, group));
        const std::string_view kind = name_of(group.verdict);
        std::string at = fmt::format(R"(file="{}")", escaped(group.place.file));
        if (group.place.line != 0) at += fmt::format(R"( line="{}")", group.place.line);
        line(R"(    <testcase classname="{}" name="{} [{}]" {}>)", kind, escaped(shown(group.place)), group.fingerprint,
             at);
        line("      <properties>");
        line(R"(        <property name="findings" value="{}"/>)", group.findings.size());
        line("      </properties>");
        if (fails(group)) {
            line(R"(      <failure type="{}" message="{}">{}</failure>)", kind, message,
                 escaped(group_text(run, group)));
        } else if (group.disposition == Disposition::known) {
            line(R"(      <skipped message="known: {}"/>)", message);
        } else if (group.disposition == Disposition::accepted) {
            line(R"(      <skipped message="accepted: {}"/>)", escaped(group.reason));
        } else {
            line("      <system-out>{}</system-out>", escaped(group_text(run, group)));
        }
        line("    </testcase>");
    }

    const Report& report_;
    std::string text_;
};

} // namespace

std::string junit_report(const Report& report) { return Writer{report}.write(); }

} // namespace drywalk::judge
