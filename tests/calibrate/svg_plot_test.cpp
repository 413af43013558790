// SPDX-License-Identifier: MIT
// The plot is well-formed, and every point is in it.
#include "sim/calibrate/report.hpp"

#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <vector>

namespace drywalk::calibrate::test {
namespace {

/// Every element is closed, in order, and no bare ampersand or nested angle bracket is left.
testing::AssertionResult well_formed(const std::string& text)
{
    static const std::regex tag{R"(<(/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(/?)>)"};
    static const std::regex bare{R"(&(?!(?:amp|lt|gt|quot);))"};
    if (std::regex_search(text, bare)) return testing::AssertionFailure() << "a bare ampersand";
    std::vector<std::string> open;
    std::size_t tags = 0;
    for (std::sregex_iterator at{text.begin(), text.end(), tag}, end; at != end; ++at, ++tags) {
        const std::smatch& match = *at;
        if (match[1].length() != 0) {
            if (open.empty() || open.back() != match[2]) return testing::AssertionFailure() << "</" << match[2] << ">";
            open.pop_back();
        } else if (match[4].length() == 0) {
            open.push_back(match[2]);
        }
    }
    const auto brackets = static_cast<std::size_t>(std::count(text.begin(), text.end(), '<'));
    if (brackets != tags) return testing::AssertionFailure() << brackets - tags << " stray brackets";
    return open.empty() ? testing::AssertionSuccess() : testing::AssertionFailure() << open.back() << " is open";
}

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

TEST(SvgPlot, IsWellFormedAndShowsEverything)
{
    const machine::Machine zen4 = machine("zen4");
    const std::string text = svg_plot(small_comparison(), {zen4, "<m>.csv", {}});
    EXPECT_TRUE(well_formed(text));
    EXPECT_TRUE(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    EXPECT_EQ(count(text, "<circle"), 8U + 1U) << "each point, and the legend";
    EXPECT_EQ(count(text, "<polyline"), 2U);
    for (const char* part : {"zen4 against &lt;m&gt;.csv", ">simulated<", ">measured<", ">cycles a load<", ">elements<",
                             "a&lt;b &amp; &quot;c&quot;", "mean error 20.0 %"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(text.find("nan"), std::string::npos);
    EXPECT_EQ(text.find("inf"), std::string::npos);
}

TEST(SvgPlot, OfASinglePointHasAxes)
{
    const machine::Machine zen4 = machine("zen4");
    Comparison comparison = small_comparison();
    comparison.series.resize(1);
    comparison.series[0].points.resize(1);
    const std::string text = svg_plot(comparison, {zen4, "m.csv", {}});
    EXPECT_TRUE(well_formed(text));
    EXPECT_EQ(text.find("nan"), std::string::npos);
}

} // namespace
} // namespace drywalk::calibrate::test
