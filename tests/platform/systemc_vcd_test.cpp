// SPDX-License-Identifier: MIT
// The waveform: whole, under its own name, with the signals worth seeing and the run's length.
#include "sim/platform/plain_platform.hpp"
#include "sim/platform/systemc_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <unistd.h>

namespace drywalk::platform {
namespace {

using namespace test;
namespace fs = std::filesystem;

std::string text_of(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

TEST(SystemcPlatform, WritesAWaveformAndLosesNothingByIt)
{
    const fs::path folder = fs::temp_directory_path() / ("drywalk_vcd_test_" + std::to_string(::getpid()));
    fs::create_directories(folder);
    const fs::path file = folder / "run.vcd";
    const machine::Profile profile = machine("tiny_by_hand");
    const std::vector<std::byte> program = turns(Discipline::global_invlpg_partial, 2, 2, 1, 4).bytes();

    PlatformOptions options;
    output::AtomicFile vcd{file};
    options.vcd = &vcd;
    const RunResult result = run_systemc(profile, some_costs, program, options);
    vcd.commit();
    EXPECT_TRUE(same(result, run_plain(profile, some_costs, program)));
    const std::string text = text_of(file);
    for (const char* signal : {"activity", "walking", "ring_3", "cr3", "walks", "invlpgs", "stale_uses"})
        EXPECT_NE(text.find(std::string{" "} + signal), std::string::npos) << signal;
    EXPECT_NE(text.find("$timescale\n     1 ns\n$end"), std::string::npos);
    EXPECT_NE(text.find("$enddefinitions"), std::string::npos);
    const std::size_t last = text.rfind("\n#");
    ASSERT_NE(last, std::string::npos);
    const std::uint64_t last_change = std::stoull(text.substr(last + 2));
    EXPECT_LE(last_change, result.total_cycles);
    EXPECT_GT(last_change, result.total_cycles - 1'000); // one nanosecond a cycle, to the end
    EXPECT_EQ(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}), 1)
        << "something partial is left";
    fs::remove_all(folder);
}

} // namespace
} // namespace drywalk::platform
