// SPDX-License-Identifier: MIT
#include "sim/study/study.hpp"

#include <algorithm>
#include <map>

namespace drywalk::study {

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

bool cheaper(const Curve::value_type& point) { return point.second < 0; }

/// Where the straight line between the last cheaper point and `dearer`, the point after it, reaches zero.
double crossing(Curve::const_iterator dearer)
{
    const auto left = std::prev(dearer);
    const double share = -left->second / (dearer->second - left->second);
    return left->first + share * (dearer->first - left->first);
}

BreakEven judge(Discipline discipline, const Pages& pages, const Curve& extra)
{
    const auto first_dearer = std::ranges::find_if_not(extra, cheaper);
    if (first_dearer == extra.end()) return {discipline, pages, BreakEven::Kind::always_cheaper, 0};
    if (std::ranges::none_of(extra, cheaper)) return {discipline, pages, BreakEven::Kind::never_cheaper, 0};
    if (first_dearer == extra.begin() || std::any_of(first_dearer, extra.end(), cheaper)) {
        return {discipline, pages, BreakEven::Kind::mixed, 0};
    }
    return {discipline, pages, BreakEven::Kind::crosses, crossing(first_dearer)};
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

} // namespace drywalk::study
