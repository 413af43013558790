// SPDX-License-Identifier: MIT
// The plot of a comparison, written by hand as SVG.
#include "sim/calibrate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace drywalk::calibrate {

namespace {

constexpr double panel_width = 420;
constexpr double panel_height = 270;
constexpr double left = 52; ///< from the panel's edge to its axes
constexpr double right = 20;
constexpr double top = 30;
constexpr double bottom = 46;
constexpr double head = 64; ///< title and legend
constexpr std::size_t columns = 3;

constexpr const char* style = "text{font-family:sans-serif;font-size:12px;fill:#222}"
                              ".title{font-size:16px;font-weight:bold}.small{font-size:11px;fill:#444}"
                              ".grid{stroke:#ddd;stroke-width:1}.axis{stroke:#444;stroke-width:1;fill:none}"
                              ".simulated{stroke:#1f5fa8;stroke-width:2;fill:none}"
                              ".measured{fill:#c8401a;fill-opacity:0.75}";

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

/// 8192 as 8 Ki, for axes that double.
[[nodiscard]] std::string short_size(double size)
{
    if (size >= 1048576) return fmt::format("{:g}Mi", size / 1048576);
    return size >= 1024 ? fmt::format("{:g}Ki", size / 1024) : fmt::format("{:g}", size);
}

/// A logarithmic axis between whole powers of two.
struct Axis {
    double low, high; ///< logarithms to base 2
    double from, to;  ///< in the picture

    [[nodiscard]] double place(double value) const
    {
        return from + (std::log2(value) - low) / (high - low) * (to - from);
    }
    /// Every how many powers of two there is a label.
    [[nodiscard]] double step() const { return std::max(1.0, std::ceil((high - low) / 10)); }
};

class Panel {
public:
    Panel(const ComparedSeries& series, double x, double y)
        : series_{series}, left_{x + left}, right_{x + panel_width - right}, top_{y + top}, bottom_{y + panel_height -
                                                                                                    bottom}
    {
        double least = series.points.front().measured;
        double most = least;
        for (const ComparedPoint& point : series.points) {
            least = std::min({least, point.measured, point.simulated});
            most = std::max({most, point.measured, point.simulated});
        }
        const auto first = static_cast<double>(series.points.front().pattern.size);
        const auto last = static_cast<double>(series.points.back().pattern.size);
        x_ = {std::floor(std::log2(first)), std::max(std::ceil(std::log2(last)), std::floor(std::log2(first)) + 1),
              left_, right_};
        y_ = {std::floor(std::log2(least)), std::max(std::ceil(std::log2(most)), std::floor(std::log2(least)) + 1),
              bottom_, top_};
    }

    [[nodiscard]] std::string text(const std::string& size_name) const
    {
        const double middle = (left_ + right_) / 2;
        const std::string heading =
            fmt::format("{}: mean error {:.1f} %", series_.name, 100 * mean_error(series_.points).absolute);
        return label(middle, top_ - 10, heading, "middle", "") + grid() + label(middle, bottom_ + 34, size_name) +
               fmt::format("<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\" "
                           "class=\"small\">cycles a load</text>\n",
                           left_ - 38, (top_ + bottom_) / 2) +
               curve() + dots();
    }

private:
    [[nodiscard]] std::string grid() const
    {
        std::string text;
        for (double power = y_.low; power <= y_.high; power += y_.step()) {
            const double y = y_.place(std::exp2(power));
            text += line(left_, y, right_, y, "grid") +
                    label(left_ - 6, y + 4, fmt::format("{:g}", std::exp2(power)), "end");
        }
        for (double power = x_.low; power <= x_.high; power += x_.step()) {
            const double x = x_.place(std::exp2(power));
            text += line(x, top_, x, bottom_, "grid") + label(x, bottom_ + 16, short_size(std::exp2(power)));
        }
        return text + line(left_, top_, left_, bottom_, "axis") + line(left_, bottom_, right_, bottom_, "axis");
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

    const ComparedSeries& series_;
    double left_, right_, top_, bottom_;
    Axis x_{};
    Axis y_{};
};

[[nodiscard]] std::string legend(const Subject& subject, const MeanError& mean)
{
    return label(16, 26, fmt::format("{} against {}", machine_text(subject), subject.measured_file), "start", "title") +
           line(16, 48, 44, 48, "simulated") + label(50, 52, "simulated", "start") +
           "<circle cx=\"126\" cy=\"48\" r=\"3\" class=\"measured\"/>\n" + label(136, 52, "measured", "start") +
           label(208, 52,
                 fmt::format("mean absolute error up to 64 MiB: {:.1f} % over {} points", 100 * mean.absolute,
                             mean.points),
                 "start");
}

} // namespace

std::string svg_plot(const Comparison& comparison, const Subject& subject)
{
    const std::size_t across = std::min(columns, comparison.series.size());
    const std::size_t rows = (comparison.series.size() + across - 1) / across;
    const double width = static_cast<double>(across) * panel_width;
    const double height = head + static_cast<double>(rows) * panel_height;
    std::string text = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
                                   "viewBox=\"0 0 {0:g} {1:g}\">\n<style>{2}</style>\n"
                                   "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
                                   width, height, style);
    text += legend(subject, mean_error(all_points(comparison)));
    for (std::size_t index = 0; index < comparison.series.size(); ++index) {
        const std::size_t row = index / across;
        const double x = static_cast<double>(index % across) * panel_width;
        const double y = head + static_cast<double>(row) * panel_height;
        text += Panel{comparison.series[index], x, y}.text(comparison.size_name);
    }
    return text + "</svg>\n";
}

} // namespace drywalk::calibrate
