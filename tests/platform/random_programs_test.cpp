// SPDX-License-Identifier: MIT
// Over random programs on every machine: neither the fast path nor the quantum changes anything that a run shows; on
// SystemC for some of them.
#include "sim/platform/isolated.hpp"
#include "sim/platform/plain_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::platform {
namespace {

using namespace test;

class RandomProgram {
public:
    explicit RandomProgram(std::uint64_t seed) : random_{seed}
    {
        builder_.header.discipline = static_cast<Discipline>(below(kernel::discipline_count));
        const std::uint32_t images = 1 + below(3);
        for (std::uint32_t image = 0; image < images; ++image) {
            const std::uint32_t code = 1 + below(4);
            const std::uint32_t data = below(4);
            fewest_code_ = std::min(fewest_code_, code);
            fewest_pages_ = std::min(fewest_pages_, code + data);
            builder_.image({.code_pages = code, .data_pages = data, .page_size = 0, .data_writable = below(2)});
        }
        builder_.header.partial_pages = below(fewest_pages_ + 1);
        for (std::uint32_t instance = 0; instance < instances; ++instance)
            builder_.instance({.image = below(images), .working_set_pages = working_set_pages});
        for (std::uint32_t body = 0; body < bodies; ++body)
            builder_.body(some_items());
        add_operations();
    }

    [[nodiscard]] std::vector<std::byte> bytes() { return builder_.bytes(); }

private:
    static constexpr std::uint32_t instances = 3;
    static constexpr std::uint32_t bodies = 4;
    static constexpr std::uint32_t working_set_pages = 4;

    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    /// A page more than the smallest template has: some accesses fault in some Images.
    UserItem some_item()
    {
        const std::uint64_t working_set = builder_.header.working_set_base + below(working_set_pages) * 4096 + 8;
        switch (below(5)) {
        case 0: return builder_.call(below(fewest_code_));
        case 1: return builder_.store(below(fewest_pages_ + 1), below(1'000));
        case 2: return {working_set, below(1'000), kernel::UserAction::store, 0};
        case 3: return {working_set, 0, kernel::UserAction::load, 0};
        default: return builder_.load(below(fewest_pages_ + 1));
        }
    }
    std::vector<UserItem> some_items()
    {
        std::vector<UserItem> items;
        for (std::uint32_t count = 1 + below(12); count > 0; --count)
            items.push_back(some_item());
        return items;
    }
    void add_operations()
    {
        for (std::uint32_t count = 3 + below(10); count > 0; --count) {
            builder_.operation(OperationKind::call, below(instances));
            builder_.operation(OperationKind::run, below(bodies));
            if (below(2) == 0) builder_.pair(below(instances), below(bodies));
            builder_.operation(OperationKind::run, below(bodies));
            builder_.operation(OperationKind::halt);
        }
    }

    std::mt19937_64 random_;
    ProgramBuilder builder_;
    std::uint32_t fewest_code_ = 8;
    std::uint32_t fewest_pages_ = 16;
};

std::vector<machine::Profile> all_machines()
{
    std::vector<machine::Profile> profiles;
    for (const std::string& name : machine::machine_names(machine_directory))
        profiles.push_back(machine(name));
    return profiles;
}

CpuOptions without_fast_path()
{
    CpuOptions options = recording();
    options.fast_path = false;
    return options;
}

TEST(RandomPrograms, ShowTheSameWithAndWithoutTheFastPathAndAtEveryQuantum)
{
    const std::vector<machine::Profile> profiles = all_machines();
    std::uint64_t stale = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        const std::vector<std::byte> program = RandomProgram{seed}.bytes();
        const machine::Profile& profile = profiles[seed % profiles.size()];
        const RunResult usual = run_plain(profile, some_costs, program, recording());
        ASSERT_EQ(usual.refusal, kernel::Refusal::none) << seed;
        ASSERT_TRUE(same(run_plain(profile, some_costs, program, without_fast_path()), usual)) << seed;
        ASSERT_TRUE(same(run_plain(profile, some_costs, program, with_quantum(1, recording())), usual)) << seed;
        stale += usual.counts.stale.loads;
    }
    EXPECT_GT(stale, 100U);
}

TEST(RandomPrograms, ShowTheSameOnSystemc)
{
    const std::vector<machine::Profile> profiles = all_machines();
    std::vector<Job> jobs;
    std::vector<RunResult> plain;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        PlatformOptions options;
        options.cpu = seed % 2 == 0 ? with_quantum(1, recording()) : without_fast_path();
        jobs.push_back({&profiles[seed % profiles.size()], &some_costs, RandomProgram{seed}.bytes(), options});
        plain.push_back(run_plain(*jobs.back().profile, some_costs, jobs.back().program, recording()));
    }
    const std::vector<Outcome> isolated = run_isolated(jobs);
    for (std::size_t index = 0; index < plain.size(); ++index)
        EXPECT_TRUE(same(isolated[index].result.value(), plain[index])) << index;
}

} // namespace
} // namespace drywalk::platform
