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
    for (const char* part : {">zen4<", "against &lt;m&gt;.csv, random frames, seed 1", ">simulated<", ">measured<",
                             ">TLB is full<", ">cycles per load<", ">elements<", "a&lt;b &amp; &quot;c&quot;",
                             "mean error 20.0 %", "10.0 % without the L1D plateau"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(text.find("nan"), std::string::npos);
    EXPECT_EQ(text.find("inf"), std::string::npos);
}

/// The numbers that an attribute has in each element of a class.
std::vector<double> attributes(const std::string& text, const std::string& element, const std::string& attribute)
{
    const std::regex wanted{"<" + element + "[^>]* " + attribute + "=\"([0-9.]+)\"[^>]*>"};
    std::vector<double> values;
    for (std::sregex_iterator at{text.begin(), text.end(), wanted}, end; at != end; ++at)
        values.push_back(std::stod((*at)[1]));
    return values;
}

Comparison buffers(double first_cycles, double last_cycles)
{
    MeasuredCurves curves{kib_of_buffer, {}};
    for (const std::uint64_t stride : {64U, 4096U}) {
        for (std::uint64_t kib = 16; kib <= 16'384; kib *= 2) {
            Pattern pattern;
            pattern.series = "stride " + std::to_string(stride) + " B";
            pattern.size = kib;
            pattern.spacing = stride;
            pattern.elements = kib * 1024 / stride;
            curves.points.push_back({pattern, kib < 16'384 ? first_cycles : last_cycles});
        }
    }
    return compare(curves, [](const Pattern&) { return 5.0; });
}

TEST(SvgPlot, HasTheGreaterLatencyFurtherUp)
{
    const machine::Machine zen4 = machine("zen4");
    const std::vector<double> heights = attributes(svg_plot(buffers(5, 100), {zen4, "m.csv", {}}), "circle", "cy");
    ASSERT_EQ(heights.size(), 1U + 22U) << "the legend's and each point";
    EXPECT_LT(heights[11], heights[1]) << "100 cycles above 5";
}

/// The second curve is flat: its points lie where those of the first one do.
TEST(SvgPlot, UsesOneRangeOfCyclesInAllPanels)
{
    const machine::Machine zen4 = machine("zen4");
    Comparison comparison = buffers(5, 100);
    comparison.series[1].points.back().measured = 5;
    const std::vector<double> heights = attributes(svg_plot(comparison, {zen4, "m.csv", {}}), "circle", "cy");
    EXPECT_EQ(heights.back(), heights[1]);
}

TEST(SvgPlot, HasUnitsAtItsTicksAndMarksCapacities)
{
    const machine::Machine zen4 = machine("zen4"); // 72 and 3072 entries, 32 KiB, 1 MiB, 32 MiB
    const std::string text = svg_plot(buffers(5, 100), {zen4, "m.csv", {}});
    for (const char* part : {">16 KiB<", ">1 MiB<", ">16 MiB<", ">size of the buffer<", ">stride 64 B: mean error"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
    for (const char* part : {">L1 TLB<", ">L2 TLB<", ">L1D<", ">L2<"})
        EXPECT_EQ(count(text, part), 2U) << part << " in both panels";
    EXPECT_EQ(count(text, ">L3<"), 0U) << "beyond the axis";
    EXPECT_EQ(count(text, "class=\"tlb\""), 4U + 1U) << "two in each panel, and the legend's";
}

/// 11 pixels are more than a bold character of 16 takes in any usual font.
TEST(SvgPlot, IsAsWideAsItsTitleAndItsLegend)
{
    machine::Machine zen4 = machine("zen4");
    zen4.profile.nested.on = true;
    Comparison comparison = small_comparison();
    comparison.series.resize(1);
    const std::string name = "a_measured_file_whose_name_is_longer_than_one_panel_is_wide_by_far.csv";
    const std::string text = svg_plot(comparison, {zen4, name, {}});
    const double width = attributes(text, "svg", "width").at(0);
    EXPECT_GE(width, 16 + 11.0 * static_cast<double>(machine_text({zen4, name, {}}).size()));
    EXPECT_GE(width,
              16 + 7.0 * static_cast<double>(name.size() + std::string{"against , random frames, seed 1"}.size()));
    for (const double x : attributes(text, "line", "x2"))
        EXPECT_LE(x, width);
}

TEST(SvgPlot, OfNothingIsAPictureToo)
{
    const machine::Machine zen4 = machine("zen4");
    EXPECT_TRUE(well_formed(svg_plot({}, {zen4, "m.csv", {}})));
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
