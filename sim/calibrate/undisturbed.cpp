// SPDX-License-Identifier: MIT
#include "sim/calibrate/undisturbed.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace drywalk::calibrate {

namespace {

/// The piece that a quarter of all pieces are faster than.
[[nodiscard]] double lower_quartile(const TimedRepeats& repeats)
{
    std::vector<double> all;
    for (const std::vector<double>& pieces : repeats)
        all.insert(all.end(), pieces.begin(), pieces.end());
    std::ranges::sort(all);
    return all[all.size() / 4];
}

[[nodiscard]] double mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

Undisturbed undisturbed(const TimedRepeats& repeats)
{
    const double usual = lower_quartile(repeats);
    double least = std::numeric_limits<double>::infinity();
    std::size_t pieces = 0;
    std::size_t left_out = 0;
    std::size_t mostly_kept = 0;
    for (const std::vector<double>& repeat : repeats) {
        std::vector<double> kept = repeat;
        std::erase_if(kept, [&](double each) { return each > 1.5 * usual; });
        pieces += repeat.size();
        left_out += repeat.size() - kept.size();
        if (kept.empty() || 2 * kept.size() < repeat.size()) continue;
        ++mostly_kept;
        least = std::min(least, mean(kept));
    }
    return {.cycles = mostly_kept == 0 ? usual : least,
            .disturbed = 10 * left_out > pieces,
            .trustworthy = 2 * mostly_kept >= repeats.size()};
}

} // namespace drywalk::calibrate
