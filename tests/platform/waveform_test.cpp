// SPDX-License-Identifier: MIT
// The waveform's bytes: what changed, when, and nothing that differs between two runs.
#include "sim/platform/waveform.hpp"

#include "tests/platform/bystander.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace drywalk::platform {
namespace {

using namespace test;

std::string bytes_of(const std::vector<std::pair<std::uint64_t, Waveform::Values>>& samples)
{
    const Folder folder;
    output::AtomicFile file{folder.path() / "w.vcd"};
    Waveform waveform{file};
    for (const auto& [cycle, values] : samples)
        waveform.sample(cycle, values);
    waveform.finish();
    file.commit();
    std::ifstream stream{folder.path() / "w.vcd"};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string after_header(const std::string& text)
{
    const std::string end = "$enddefinitions $end\n\n";
    return text.substr(text.find(end) + end.size());
}

TEST(Waveform, BeginsWithAllValuesAndGoesOnWithChanges)
{
    const std::string text = bytes_of({{0, {1, 1, 0, 0x5000, 0, 0, 0}}, {7, {2, 0, 1, 0x5000, 3, 0, 0}}});
    EXPECT_EQ(after_header(text), "#0\n$dumpvars\nb1 a\n1b\n0c\nb101000000000000 d\nb0 e\nb0 f\nb0 g\n$end\n"
                                  "#7\nb10 a\n0b\n1c\nb11 e\n");
}

TEST(Waveform, TakesTheLastOfSeveralValuesForOneCycleAndLeavesOutWhatDidNotChange)
{
    const Waveform::Values one{1};
    const Waveform::Values two{2};
    EXPECT_EQ(after_header(bytes_of({{0, one}, {5, two}, {5, one}, {9, one}, {12, two}})),
              "#0\n$dumpvars\nb1 a\n0b\n0c\nb0 d\nb0 e\nb0 f\nb0 g\n$end\n#12\nb10 a\n");
}

TEST(Waveform, DeclaresEachSignalOnceAndCarriesNoDate)
{
    const std::string text = bytes_of({});
    EXPECT_EQ(text, bytes_of({}));
    EXPECT_EQ(text.find("$date"), std::string::npos);
    for (const Waveform::Signal& signal : Waveform::signals)
        EXPECT_NE(text.find(" " + std::string{signal.name} + " $end\n"), std::string::npos);
}

} // namespace
} // namespace drywalk::platform
