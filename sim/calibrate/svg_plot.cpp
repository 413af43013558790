// SPDX-License-Identifier: MIT
// The plot of a comparison, written by hand as SVG.
#include "sim/calibrate/capacities.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/calibrate/size_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace drywalk::calibrate {

namespace {

constexpr double panel_width = 420;
constexpr double panel_height = 300;
constexpr double left = 52; ///< from the panel's edge to its axes
constexpr double right = 32;
constexpr double top = 56; ///< heading and the names of the capacities
constexpr double bottom = 50;
constexpr double head = 92;   ///< title and legend
constexpr double margin = 16; ///< around title and legend
constexpr std::size_t columns = 3;

constexpr const char* style = "text{font-family:sans-serif;font-size:12px;fill:#222}"
                              ".title{font-size:16px;font-weight:bold}.small{font-size:11px;fill:#444}"
                              ".grid{stroke:#ddd;stroke-width:1}.axis{stroke:#444;stroke-width:1;fill:none}"
                              ".simulated{stroke:#1f5fa8;stroke-width:2;fill:none}"
                              ".measured{fill:#c8401a;fill-opacity:0.75}"
                              ".tlb{stroke:#2a7d3b;stroke-width:1.5;stroke-dasharray:6 3}"
                              ".cache{stroke:#777;stroke-width:1.5;stroke-dasharray:2 3}";

[[nodiscard]] std::string escaped(const std::string& text)
{
    std::string result;
    for (const char each : text) {
        switch (each) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default: result += each;
        }
    }
    return result;
}

[[nodiscard]] std::string label(double x, double y, const std::string& text, const char* anchor = "middle",
                                const char* of_class = "small")
{
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y, anchor,
                       of_class, escaped(text));
}

[[nodiscard]] std::string line(double x1, double y1, double x2, double y2, const char* of_class)
{
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                       of_class);
}

[[nodiscard]] const char* class_of(Capacity::Kind kind) { return kind == Capacity::Kind::tlb ? "tlb" : "cache"; }

/// A logarithmic axis between whole powers of two.
struct Axis {
    double low, high; ///< logarithms to base 2
    double from, to;  ///< in the picture

    [[nodiscard]] static Axis over(double least, double most, double from, double to)
    {
        const double low = std::floor(std::log2(least));
        return {.low = low, .high = std::max(std::ceil(std::log2(most)), low + 1), .from = from, .to = to};
    }
    [[nodiscard]] double place(double value) const
    {
        return from + (std::log2(value) - low) / (high - low) * (to - from);
    }
    [[nodiscard]] bool has(double value) const { return std::log2(value) >= low && std::log2(value) <= high; }
    /// Every how many powers of two there is a label, of at most `most` labels.
    [[nodiscard]] double step(double most) const { return std::max(1.0, std::ceil((high - low) / most)); }
};

/// What all panels of a figure share.
struct Figure {
    const machine::Profile& profile;
    bool in_kib;         ///< sizes are KiB; otherwise elements
    double least_cycles; ///< of all points, so that panels can be compared by eye
    double most_cycles;
};

[[nodiscard]] Figure figure_of(const Comparison& comparison, const Subject& subject)
{
    const std::vector<ComparedPoint> points = all_points(comparison);
    const double any = points.empty() ? 1 : points.front().measured;
    Figure figure{.profile = subject.machine.profile,
                  .in_kib = comparison.size_name == kib_of_buffer,
                  .least_cycles = any,
                  .most_cycles = any};
    for (const ComparedPoint& point : points) {
        figure.least_cycles = std::min({figure.least_cycles, point.measured, point.simulated});
        figure.most_cycles = std::max({figure.most_cycles, point.measured, point.simulated});
    }
    return figure;
}

class Panel {
public:
    Panel(const Figure& figure, const ComparedSeries& series, double x, double y)
        : figure_{figure}, series_{series}, left_{x + left}, right_{x + panel_width - right}, top_{y + top},
          bottom_{y + panel_height - bottom}
    {
        const auto first = static_cast<double>(series.points.front().pattern.size);
        const auto last = static_cast<double>(series.points.back().pattern.size);
        x_ = Axis::over(first, last, left_, right_);
        y_ = Axis::over(figure.least_cycles, figure.most_cycles, bottom_, top_);
    }

    [[nodiscard]] std::string text() const
    {
        const double middle = (left_ + right_) / 2;
        const std::string heading =
            fmt::format("{}: mean error {:.1f} %", series_.name, 100 * mean_error(series_.points).absolute);
        return label(middle, top_ - 38, heading, "middle", "") + grid() +
               label(middle, bottom_ + 36, figure_.in_kib ? "size of the buffer" : "elements") +
               fmt::format("<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\" "
                           "class=\"small\">cycles per load</text>\n",
                           left_ - 38, (top_ + bottom_) / 2) +
               capacities() + curve() + dots();
    }

private:
    [[nodiscard]] std::string grid() const
    {
        std::string text;
        for (double power = y_.low; power <= y_.high; power += y_.step(10)) {
            const double y = y_.place(std::exp2(power));
            text += line(left_, y, right_, y, "grid") +
                    label(left_ - 6, y + 4, fmt::format("{:g}", std::exp2(power)), "end");
        }
        for (double power = x_.low; power <= x_.high; power += x_.step(7)) {
            const double x = x_.place(std::exp2(power));
            text += line(x, top_, x, bottom_, "grid") + label(x, bottom_ + 16, size_text(std::exp2(power)));
        }
        return text + line(left_, top_, left_, bottom_, "axis") + line(left_, bottom_, right_, bottom_, "axis");
    }

    [[nodiscard]] std::string size_text(double size) const
    {
        return figure_.in_kib ? bytes_text(size * 1024) : fmt::format("{}", static_cast<std::uint64_t>(size));
    }

    /// TLBs are named in the upper row, caches in the lower one: what is close together differs in kind.
    [[nodiscard]] std::string capacities() const
    {
        std::string text;
        for (const Capacity& each : capacities_of(figure_.profile, series_.points.back().pattern)) {
            if (!x_.has(each.size)) continue;
            const double x = x_.place(each.size);
            text += line(x, top_, x, bottom_, class_of(each.kind)) +
                    label(x, top_ - (each.kind == Capacity::Kind::tlb ? 18 : 5), each.name);
        }
        return text;
    }

    [[nodiscard]] std::string curve() const
    {
        std::string points;
        for (const ComparedPoint& point : series_.points)
            points += fmt::format("{:.1f},{:.1f} ", x_of(point), y_.place(point.simulated));
        points.pop_back();
        return fmt::format("<polyline points=\"{}\" class=\"simulated\"/>\n", points);
    }

    [[nodiscard]] std::string dots() const
    {
        std::string text;
        for (const ComparedPoint& point : series_.points) {
            text += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"measured\"/>\n", x_of(point),
                                y_.place(point.measured));
        }
        return text;
    }

    [[nodiscard]] double x_of(const ComparedPoint& point) const
    {
        return x_.place(static_cast<double>(point.pattern.size));
    }

    const Figure& figure_;
    const ComparedSeries& series_;
    double left_, right_, top_, bottom_;
    Axis x_{};
    Axis y_{};
};

/// Title and legend, line by line, and how wide they are at most in any sans-serif font.
struct Head {
    std::string text;
    double width = 0;

    void add(double x, double y, const std::string& words, const char* of_class, double pixels_per_character)
    {
        text += label(x, y, words, "start", of_class);
        width = std::max(width, x + pixels_per_character * static_cast<double>(words.size()) + margin);
    }
};

constexpr double small_character = 7;  ///< pixels, generously
constexpr double title_character = 11; ///< likewise

void add_key(Head& head_of_figure)
{
    constexpr double y = 68;
    head_of_figure.text += line(16, y - 4, 44, y - 4, "simulated") +
                           fmt::format("<circle cx=\"128\" cy=\"{:.0f}\" r=\"3\" class=\"measured\"/>\n", y - 4) +
                           line(212, y - 4, 240, y - 4, "tlb") + line(330, y - 4, 358, y - 4, "cache");
    head_of_figure.add(50, y, "simulated", "small", small_character);
    head_of_figure.add(138, y, "measured", "small", small_character);
    head_of_figure.add(246, y, "TLB is full", "small", small_character);
    head_of_figure.add(364, y, "cache is full", "small", small_character);
}

[[nodiscard]] Head head_of(const Comparison& comparison, const Subject& subject)
{
    const MeanError mean = mean_error(all_points(comparison));
    const MeanError beyond = mean_error_beyond_l1d(all_points(comparison));
    Head result;
    result.add(margin, 24, machine_text(subject), "title", title_character);
    result.add(margin, 44,
               fmt::format("against {}, {} frames, seed {}", subject.measured_file,
                           placement_name(subject.options.placement), subject.options.seed),
               "small", small_character);
    add_key(result);
    result.add(margin, 86,
               fmt::format("mean absolute error up to {}: {:.1f} %; {:.1f} % without the L1D plateau",
                           bytes_text(static_cast<double>(comparison.judged_bytes)), 100 * mean.absolute,
                           100 * beyond.absolute),
               "small", small_character);
    return result;
}

} // namespace

std::string svg_plot(const Comparison& comparison, const Subject& subject)
{
    const std::size_t across = std::clamp<std::size_t>(comparison.series.size(), 1, columns);
    const std::size_t rows = (comparison.series.size() + across - 1) / across;
    const Head head_of_figure = head_of(comparison, subject);
    const double width = std::max(static_cast<double>(across) * panel_width, head_of_figure.width);
    const double height = head + static_cast<double>(rows) * panel_height;
    std::string text = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
                                   "viewBox=\"0 0 {0:g} {1:g}\">\n<style>{2}</style>\n"
                                   "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
                                   width, height, style);
    text += head_of_figure.text;
    const Figure figure = figure_of(comparison, subject);
    for (std::size_t index = 0; index < comparison.series.size(); ++index) {
        const std::size_t row = index / across;
        const double x = static_cast<double>(index % across) * panel_width;
        const double y = head + static_cast<double>(row) * panel_height;
        text += Panel{figure, comparison.series[index], x, y}.text();
    }
    return text + "</svg>\n";
}

} // namespace drywalk::calibrate
