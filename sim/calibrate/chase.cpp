// SPDX-License-Identifier: MIT
#include "sim/calibrate/chase.hpp"

#include "models/mmu/mmu.hpp"
#include "sim/calibrate/chase_memory.hpp"

#include <algorithm>

namespace drywalk::calibrate {

namespace {

constexpr x86::Access user_read{x86::AccessKind::read, true, false};

[[nodiscard]] std::uint64_t lines_of(const memory::CacheProfile& cache)
{
    return std::uint64_t{cache.sets} * cache.ways;
}

[[nodiscard]] std::uint64_t warming_loads(const mmu::Profile& profile, const Pattern& pattern, unsigned loads_per_line)
{
    const memory::HierarchyProfile& caches = profile.memory;
    const std::uint64_t lines = lines_of(caches.l1d) + lines_of(caches.l2) + lines_of(caches.l3);
    constexpr std::uint64_t tlbs = 1 << 16; ///< more than enough to fill them
    return std::min(2 * pattern.elements, loads_per_line * lines + tlbs);
}

/// Whole laps, unless one lap is too many.
[[nodiscard]] std::uint64_t measured_loads(std::uint64_t elements, const ChaseEffort& effort)
{
    const std::uint64_t laps = std::max<std::uint64_t>(1, effort.least_measured / elements);
    return std::min(laps * elements, effort.most_measured);
}

/// The processor that runs the chase.
class Chaser {
public:
    Chaser(const mmu::Profile& profile, const Pattern& pattern, const ChaseOptions& options)
        : pattern_{pattern}, order_{pattern.elements, options.seed}, tables_{pattern},
          caches_{profile.memory, options.placement, options.seed}, mmu_{profile, tables_.memory(), caches_, ledger_}
    {
        mmu_.reset(tables_.mode());
    }

    /// Cycles of the next `loads` loads together.
    std::uint64_t run(std::uint64_t loads)
    {
        std::uint64_t cycles = 0;
        for (; loads != 0; --loads) {
            const x86::LinearAddress address = chase_buffer + pattern_.offset(order_[position_]);
            const mmu::Translated translated = mmu_.translate(address, user_read);
            cycles += translated.cycles + caches_.access(translated.physical).cycles;
            if (++position_ == order_.count()) position_ = 0;
        }
        return cycles;
    }

private:
    const Pattern& pattern_;
    RandomOrder order_;
    ChaseTables tables_;
    PlacedCaches caches_;
    mmu::Ledger ledger_;
    mmu::Mmu mmu_;
    std::uint64_t position_ = 0;
};

} // namespace

double simulated_cycles(const mmu::Profile& profile, const Pattern& pattern, const ChaseOptions& options,
                        const ChaseEffort& effort)
{
    Chaser chaser{profile, pattern, options};
    (void)chaser.run(warming_loads(profile, pattern, effort.warming_loads_per_line));
    const std::uint64_t loads = measured_loads(pattern.elements, effort);
    return static_cast<double>(chaser.run(loads)) / static_cast<double>(loads);
}

} // namespace drywalk::calibrate
