// SPDX-License-Identifier: MIT
// Reading serial logs: good ones, damaged ones, and ones with other programs' text in them.

#include "sim/boot/serial_log.hpp"

#include "kernel_model/program/log_format.hpp"

#include <gtest/gtest.h>
#include <random>

namespace drywalk::boot {
namespace {

namespace log = kernel::log;
using kernel::Observation;
using kernel::ObservationKind;

const std::vector<Observation> three{
    {ObservationKind::booted, 0, 0x3bfa000, 0x6000},
    {ObservationKind::page_fault, 0x15, 6, 0x80'4020'2000},
    {ObservationKind::finished, 2, 8, 0xffff'ffff'ffff'ffff},
};

std::string observation_line(std::uint64_t number, const Observation& observation)
{
    log::Line line{log::observation_tag};
    line.hex(number).decimal(static_cast<std::uint64_t>(observation.kind));
    return std::string{line.hex(observation.code).hex(observation.a).hex(observation.b).finish()};
}

std::string path_line(unsigned path, std::uint64_t passes, std::uint64_t ticks)
{
    return std::string{log::Line{log::path_tag}.decimal(path).hex(passes).hex(ticks).finish()};
}

std::string end_line(std::uint64_t count, std::string_view observation_lines)
{
    log::Crc32 crc;
    crc.add(observation_lines);
    return std::string{log::Line{log::end_tag}.hex(count).hex(crc.value()).finish()};
}

std::string observation_lines()
{
    std::string text;
    for (std::size_t at = 0; at < three.size(); ++at)
        text += observation_line(at, three[at]);
    return text;
}

std::string good_log()
{
    return observation_lines() + path_line(3, 4, 0x80) + end_line(three.size(), observation_lines());
}

TEST(Crc32, GivesTheStandardCheckValue)
{
    log::Crc32 crc;
    crc.add("123456789");
    EXPECT_EQ(crc.value(), 0xcbf4'3926U);
}

TEST(LogLine, IsWhatTheKernelWroteOnTheWire)
{
    // Taken from a run under QEMU.
    EXPECT_EQ(observation_line(0, three[0]), "dw 0 0 0 3bfa000 6000 a1\n");
}

TEST(LogLine, DropsWhatDoesNotFitAndStaysChecked)
{
    log::Line line{log::panic_tag};
    for (int word = 0; word < 100; ++word)
        line.text("overlong");
    const std::string text{line.finish()};
    EXPECT_LT(text.size(), 200U);
    EXPECT_EQ(text.back(), '\n');
}

TEST(SerialLog, ReadsBackWhatWasWritten)
{
    const auto parsed = parse_serial_log(good_log());
    EXPECT_EQ(parsed.problem, LogProblem::none) << parsed.message;
    EXPECT_EQ(parsed.log.observations, three);
    EXPECT_EQ(parsed.log.paths[3].passes, 4U);
    EXPECT_DOUBLE_EQ(parsed.log.paths[3].ticks_per_pass(), 32.0);
    EXPECT_DOUBLE_EQ(parsed.log.paths[0].ticks_per_pass(), 0.0);
}

TEST(SerialLog, PassesOverFirmwareTextAndCarriageReturns)
{
    std::string text = "SeaBIOS (version 1.16)\r\n\x1b[2JGNU GRUB  version 2.06\ndwarf fortress\n\n\n";
    for (const char character : good_log()) {
        if (character == '\n') text += '\r';
        text += character;
    }
    text += "powered off";
    const auto parsed = parse_serial_log(text);
    EXPECT_EQ(parsed.problem, LogProblem::none) << parsed.message;
    EXPECT_EQ(parsed.log.observations, three);
}

TEST(SerialLog, TellsSilenceFromTruncation)
{
    EXPECT_EQ(parse_serial_log("").problem, LogProblem::nothing);
    EXPECT_EQ(parse_serial_log("SeaBIOS\nNo bootable device.\n").problem, LogProblem::nothing);
    EXPECT_EQ(parse_serial_log(observation_lines()).problem, LogProblem::truncated);
}

TEST(SerialLog, ReportsEveryTruncationPoint)
{
    const std::string whole = good_log();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto problem = parse_serial_log(std::string_view{whole}.substr(0, length)).problem;
        EXPECT_TRUE(problem == LogProblem::nothing || problem == LogProblem::truncated) << length;
    }
}

TEST(SerialLog, RefusesAWrongCheckAndNamesTheLine)
{
    std::string text = good_log();
    text[text.find("3bfa000")] = '4';
    const auto parsed = parse_serial_log(text);
    EXPECT_EQ(parsed.problem, LogProblem::bad_check);
    EXPECT_NE(parsed.message.find("line 1"), std::string::npos) << parsed.message;
}

TEST(SerialLog, RefusesMissingAndRepeatedObservations)
{
    const std::string missing = observation_line(0, three[0]) + observation_line(2, three[2]);
    EXPECT_EQ(parse_serial_log(missing).problem, LogProblem::out_of_order);
    const std::string repeated = observation_line(0, three[0]) + observation_line(0, three[0]);
    EXPECT_EQ(parse_serial_log(repeated).problem, LogProblem::out_of_order);
}

TEST(SerialLog, RefusesAClosingLineAboutOtherObservations)
{
    EXPECT_EQ(parse_serial_log(observation_lines() + end_line(2, observation_lines())).problem, LogProblem::bad_total);
    EXPECT_EQ(parse_serial_log(observation_lines() + end_line(3, "other")).problem, LogProblem::bad_total);
}

TEST(SerialLog, RefusesCheckedLinesThatAreNotInTheFormat)
{
    const auto problem_of = [](log::Line line) { return parse_serial_log(line.finish()).problem; };
    EXPECT_EQ(problem_of(log::Line{log::observation_tag}.text("0 0 0 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::observation_tag}.text("0 0 0 0 0 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::observation_tag}.text("0 99 0 0 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::observation_tag}.text("0 0 0 0x1 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::observation_tag}.text("0 0 100000000 0 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::path_tag}.text("99 0 0")), LogProblem::malformed);
    EXPECT_EQ(problem_of(log::Line{log::end_tag}.text("zero 0")), LogProblem::malformed);
}

TEST(SerialLog, HandsOnThePanicText)
{
    log::Line panic{log::panic_tag};
    const auto parsed = parse_serial_log(observation_lines() + std::string{panic.text("no memory map").finish()});
    EXPECT_EQ(parsed.problem, LogProblem::panicked);
    EXPECT_NE(parsed.message.find("no memory map"), std::string::npos) << parsed.message;
    EXPECT_EQ(parsed.log.observations.size(), 3U);
}

/// One flipped byte anywhere is never read as another observation.
TEST(SerialLog, SurvivesRandomDamage)
{
    std::mt19937 random{1}; // NOLINT(cert-msc51-cpp): the same damage at every run
    const std::string whole = good_log();
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        const std::size_t at = random() % text.size();
        text[at] = static_cast<char>(text[at] ^ static_cast<char>(1 + random() % 255));
        const auto parsed = parse_serial_log(text);
        if (parsed.problem == LogProblem::none) {
            ASSERT_EQ(parsed.log.observations, three) << text;
        }
    }
}

TEST(SerialLog, SurvivesNoise)
{
    std::mt19937 random{2}; // NOLINT(cert-msc51-cpp)
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (auto length = random() % 300; length != 0; --length)
            text += "dw- 0123abcdef\n\r\xff"[random() % 18];
        EXPECT_NE(parse_serial_log(text).problem, LogProblem::none) << text;
    }
}

} // namespace
} // namespace drywalk::boot
