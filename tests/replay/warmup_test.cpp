// SPDX-License-Identifier: MIT
// What a replay counts after a warm-up.
#include "sim/replay/replay.hpp"

#include "sim/machine/machine.hpp"
#include "tests/replay/support.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::replay::test {
namespace {

using References = std::vector<Reference>;

machine::Profile profile_of(const std::string& name)
{
    return machine::load_machine(source_tree() / "scenarios/machines", name).profile;
}

ReplayResult replayed(const std::string& machine, const References& references, std::uint64_t warmup_records = 0)
{
    ReplayOptions options;
    options.warmup_records = warmup_records;
    Replay replay{profile_of(machine), options};
    replay.play(references);
    return replay.result();
}

References random_references(std::size_t count, std::uint64_t pages)
{
    std::mt19937_64 random{5};
    References references;
    for (std::size_t index = 0; index < count; ++index) {
        const std::uint64_t address = 0x10'0000 + random() % (pages * x86::small_page_bytes - 8);
        references.push_back(reference(static_cast<ReferenceKind>(random() % 4), address, 8));
    }
    return references;
}

/// What the whole trace counts, less what its beginning counts alone.
TEST(Warmup, IsNotCounted)
{
    const References trace = random_references(6000, 1000);
    const References beginning{trace.begin(), trace.begin() + 2500};
    for (const char* name : {"skylake_sp", "zen4"}) {
        const ReplayResult whole = replayed(name, trace);
        const ReplayResult first = replayed(name, beginning);
        const ReplayResult rest = replayed(name, trace, 2500);
        EXPECT_EQ(rest.counts.records, 3500U);
        EXPECT_EQ(rest.counts.references(), whole.counts.references() - first.counts.references());
        EXPECT_EQ(rest.ledger, whole.ledger.since(first.ledger));
        EXPECT_EQ(rest.total_cycles, rest.ledger.total_cycles());
        EXPECT_EQ(rest.counts.data_tlb.misses, whole.counts.data_tlb.misses - first.counts.data_tlb.misses);
        EXPECT_EQ(rest.counts.walks.faulted, whole.counts.walks.faulted - first.counts.walks.faulted);
        EXPECT_EQ(rest.counts.page_faults, whole.counts.page_faults - first.counts.page_faults);
        EXPECT_EQ(rest.counts.pager.small_pages, whole.counts.pager.small_pages) << "the footprint is that of the end";
        EXPECT_GT(rest.counts.page_faults, 0U);
        EXPECT_GT(first.counts.page_faults, 0U);
    }
}

TEST(Warmup, CountsNothingWhileItLasts)
{
    const ReplayResult result = replayed("zen4", random_references(9, 100), 10);
    EXPECT_EQ(result.counts.references(), 0U);
    EXPECT_EQ(result.total_cycles, 0U);
}

} // namespace
} // namespace drywalk::replay::test
