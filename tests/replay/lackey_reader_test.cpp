// SPDX-License-Identifier: MIT
// Lackey's text: what each line means, and what is said of lines that mean nothing.
#include "sim/replay/lackey_reader.hpp"

#include "tests/replay/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::replay::test {
namespace {

using References = std::vector<Reference>;

const std::string banner = "==12== Lackey, an example Valgrind tool\n--12-- verbose\n**12** from the client\n";

TEST(LackeyReader, ReadsTheFourKindsOfLine)
{
    const Read read = read_all(banner + "I  0401ab70,3\n L 1fff000708,8\n S 1fff000700,16\n M 0421B0C0,4\n==12== \n");
    EXPECT_EQ(read.format, InputFormat::lackey);
    EXPECT_EQ(read.references,
              (References{fetch(0x401ab70, 3), load(0x1fff000708, 8), store(0x1fff000700, 16), modify(0x421b0c0, 4)}));
    EXPECT_FALSE(read.cut_short);
}

TEST(LackeyReader, NeedsNoBannerAndNoLastLineFeed)
{
    EXPECT_EQ(read_all(" L 10,1\n S 20,2").references, (References{load(0x10, 1), store(0x20, 2)}));
    EXPECT_EQ(read_all("I  10,1\n\nI  11,2\n").references, (References{fetch(0x10, 1), fetch(0x11, 2)}));
}

TEST(LackeyReader, ReadsWhateverTheBlocks)
{
    std::string text = banner;
    References expected;
    for (std::uint64_t index = 0; index < 1000; ++index) {
        text += " L " + std::string(index % 7, '0') + std::to_string(1000 + index) + ",8\n";
        expected.push_back(load(std::stoull(std::to_string(1000 + index), nullptr, 16), 8));
    }
    for (const std::size_t at_once : {1U, 2U, 63U, 1000U})
        EXPECT_EQ(read_all(std::make_unique<Trickle>(text, at_once)).references, expected) << at_once;
}

TEST(LackeyReader, TakesAddressesOfBothHalves)
{
    EXPECT_EQ(read_all(" L 7fffffffffff,1\n L ffff800000000000,8\n L ffffffffffffffff,1\n").references,
              (References{load(0x7fff'ffff'ffff, 1), load(0xffff'8000'0000'0000, 8), load(~std::uint64_t{0}, 1)}));
}

TEST(LackeyReader, TellsWhereALineIsWrong)
{
    const std::string good = " L 10,1\n";
    EXPECT_EQ(failure(good + " L 1000,8 \n"), "t:2:10: nothing is expected after the size");
    EXPECT_EQ(failure(good + " L 1000\n"), "t:2:8: a comma and a size are expected");
    EXPECT_EQ(failure(good + " L 1000,\n"), "t:2:9: a size in bytes is expected");
    EXPECT_EQ(failure(good + " L ,8\n"), "t:2:4: a hexadecimal address is expected");
    EXPECT_EQ(failure(good + " L 0x10,8\n"), "t:2:5: a comma and a size are expected");
    EXPECT_EQ(failure(good + " L 10,0\n"), "t:2:7: a size that is not from 1 to 4096 bytes");
    EXPECT_EQ(failure(good + " L 10,4097\n"), "t:2:7: a size that is not from 1 to 4096 bytes");
    EXPECT_EQ(failure(good + " L 10,99999999999999999999\n"), "t:2:7: a size that is not from 1 to 4096 bytes");
    EXPECT_EQ(failure(good + " L 00000000000000010,8\n"), "t:2:4: an address of more than 16 hexadecimal digits");
    EXPECT_EQ(failure(good + " L 800000000000,8\n"), "t:2:4: 0x800000000000: not a canonical address");
    EXPECT_EQ(failure(good + " L 7fffffffffff,2\n"), "t:2:4: 0x7fffffffffff: not a canonical address");
    EXPECT_EQ(failure(good + " L ffffffffffffffff,2\n"), "t:2:4: 0xffffffffffffffff: not a canonical address");
    EXPECT_TRUE(failure(good + "hello world\n").starts_with("t:2:1: \"hello world\": no line of a lackey trace"));
    EXPECT_TRUE(failure(good + "I 10,8\n").starts_with("t:2:1: \"I 10,8\": no line of a lackey trace"));
    EXPECT_TRUE(failure(good + "L\n").starts_with("t:2:1: \"L\": no line of a lackey trace"));
}

TEST(LackeyReader, RefusesGarbageWithoutRepeatingIt)
{
    const std::string what = failure(" L 10,1\n\xff\xfe\x80\x01garbage\n");
    EXPECT_TRUE(what.starts_with("t:2:1: ")) << what;
    for (const char each : what)
        EXPECT_TRUE(each >= ' ' && each <= '~') << what;
}

TEST(LackeyReader, RefusesALineThatDoesNotEnd)
{
    const std::string what = failure(" L 10,1\n L " + std::string(1'000'000, '0'));
    EXPECT_TRUE(what.starts_with("t:2:65537: a line of more than 65536 bytes")) << what;
}

} // namespace
} // namespace drywalk::replay::test
