// SPDX-License-Identifier: MIT
#include "sim/measure/study.hpp"

#include <algorithm>
#include <map>

namespace drywalk::measure {

namespace {

using kernel::Discipline;

/// Cycles a pair by switch percentage: one line of a chart.
using Curve = std::map<std::uint32_t, double>;
using Pages = std::optional<std::uint32_t>;

std::map<std::pair<Pages, Discipline>, Curve> curves_of(const std::vector<Row>& sweep)
{
    std::map<std::pair<Pages, Discipline>, Curve> curves;
    for (const Row& row : sweep) {
        if (!row.variant.switch_percent) continue;
        curves[{row.variant.template_pages, row.discipline}][*row.variant.switch_percent] = row.cycles_per_pair();
    }
    return curves;
}

/// What `curve` costs beyond `reference` at each percentage; negative: it is cheaper.
Curve difference(const Curve& curve, const Curve& reference)
{
    Curve result;
    for (const auto& [percent, cycles] : curve) {
        if (const auto found = reference.find(percent); found != reference.end())
            result[percent] = cycles - found->second;
    }
    return result;
}

/// The first change from cheaper to not cheaper, on the straight line between two points.
double crossing(const Curve& extra)
{
    auto left = extra.begin();
    for (auto right = std::next(left); right != extra.end(); left = right++) {
        if (left->second >= 0 || right->second < 0) continue;
        const double share = -left->second / (right->second - left->second);
        return left->first + share * (right->first - left->first);
    }
    return 0;
}

BreakEven judge(Discipline discipline, const Pages& pages, const Curve& extra)
{
    const auto cheaper = [](const auto& point) { return point.second < 0; };
    if (std::ranges::all_of(extra, cheaper)) return {discipline, pages, BreakEven::Kind::always_cheaper, 0};
    if (!cheaper(*extra.begin())) return {discipline, pages, BreakEven::Kind::never_cheaper, 0};
    return {discipline, pages, BreakEven::Kind::crosses, crossing(extra)};
}

} // namespace

std::vector<BreakEven> find_break_evens(const std::vector<Row>& sweep)
{
    const auto curves = curves_of(sweep);
    std::vector<BreakEven> result;
    for (const auto& [key, curve] : curves) {
        const auto& [pages, discipline] = key;
        const auto reference = curves.find({pages, Discipline::not_global});
        if (discipline == Discipline::not_global || reference == curves.end()) continue;
        const Curve extra = difference(curve, reference->second);
        if (!extra.empty()) result.push_back(judge(discipline, pages, extra));
    }
    return result;
}

} // namespace drywalk::measure
