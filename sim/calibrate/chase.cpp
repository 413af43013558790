// SPDX-License-Identifier: MIT
#include "sim/calibrate/chase.hpp"

#include "models/mmu/mmu.hpp"
#include "sim/calibrate/chase_memory.hpp"

#include <algorithm>
#include <array>

namespace drywalk::calibrate {

namespace {

constexpr x86::Access user_read{x86::AccessKind::read, true, false};

[[nodiscard]] std::uint64_t lines_of(const machine::CacheProfile& cache)
{
    return std::uint64_t{cache.sets} * cache.ways;
}

[[nodiscard]] std::uint64_t warming_loads(const machine::Profile& profile, const Pattern& pattern,
                                          const ChaseEffort& effort)
{
    const machine::HierarchyProfile& caches = profile.memory;
    const std::uint64_t lines = lines_of(caches.l1d) + lines_of(caches.l2) + lines_of(caches.l3);
    constexpr std::uint64_t tlbs = 1 << 16; ///< more than enough to fill them
    const std::uint64_t enough = effort.warming_loads_per_line * lines + tlbs;
    return std::max(effort.least_warming, std::min(2 * pattern.elements, enough));
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
    Chaser(const machine::Profile& profile, const Pattern& pattern, const ChaseOptions& options)
        : pattern_{pattern}, order_{pattern.elements, options.seed}, tables_{pattern, profile.nested,
                                                                             profile.nested.on ? FrameOrder::scattered
                                                                                               : FrameOrder::ascending,
                                                                             options.seed},
          caches_{profile.memory, options.placement, options.seed}, mmu_{profile, tables_.memory(), caches_, ledger_}
    {
        mmu_.load_host_root(tables_.host_root());
        mmu_.reset(tables_.mode());
    }

    void run(std::uint64_t loads)
    {
        for (; loads != 0; --loads) {
            const x86::LinearAddress address = chase_buffer + pattern_.offset(order_[position_]);
            const mmu::Translated translated = mmu_.translate(address, user_read);
            const memory::Service data = caches_.access(translated.physical);
            ++translated_by_[static_cast<unsigned>(translated.source)];
            data_.cycles += data.cycles;
            ++data_.served[static_cast<unsigned>(data.served_by)];
            if (++position_ == order_.count()) position_ = 0;
        }
    }

    /// The next `loads` loads.
    [[nodiscard]] Simulated measure(std::uint64_t loads)
    {
        const machine::MmuLedger before = ledger_;
        translated_by_ = {};
        data_ = {};
        run(loads);
        return summary(ledger_.since(before), static_cast<double>(loads));
    }

private:
    struct Data {
        std::uint64_t cycles = 0;
        std::array<std::uint64_t, machine::served_by_count> served{};
    };

    [[nodiscard]] Simulated summary(const machine::MmuLedger& spent, double loads) const
    {
        const auto a_load = [&](std::uint64_t count) { return static_cast<double>(count) / loads; };
        const auto translated_by = [&](mmu::Tlb::Source source) {
            return a_load(translated_by_[static_cast<unsigned>(source)]);
        };
        Served served;
        served.translation_cycles = a_load(spent.total_cycles());
        served.data_cycles = a_load(data_.cycles);
        served.l1_tlb_hits = translated_by(mmu::Tlb::Source::l1);
        served.l2_tlb_hits = translated_by(mmu::Tlb::Source::l2);
        served.walks = translated_by(mmu::Tlb::Source::none);
        served.walk_references = a_load(spent.walks().count);
        for (unsigned cache = 0; cache < machine::served_by_count; ++cache) {
            const machine::WalkReference leaf{leaf_level(pattern_.page_size), static_cast<machine::ServedBy>(cache)};
            served.leaf[cache] = a_load(spent[leaf].count);
            served.data[cache] = a_load(data_.served[cache]);
        }
        return {served.translation_cycles + served.data_cycles, served};
    }

    const Pattern& pattern_;
    RandomOrder order_;
    ChaseTables tables_;
    PlacedCaches caches_;
    machine::MmuLedger ledger_;
    mmu::Mmu mmu_;
    std::array<std::uint64_t, 3> translated_by_{}; ///< loads, by Tlb::Source
    Data data_;
    std::uint64_t position_ = 0;
};

} // namespace

Simulated simulated(const machine::Profile& profile, const Pattern& pattern, const ChaseOptions& options,
                    const ChaseEffort& effort)
{
    Chaser chaser{profile, pattern, options};
    chaser.run(warming_loads(profile, pattern, effort));
    return chaser.measure(measured_loads(pattern.elements, effort));
}

} // namespace drywalk::calibrate
