// SPDX-License-Identifier: MIT
// ChampSim's records: the order of their references, and where they are wrong.
#include "sim/replay/champsim_reader.hpp"

#include "tests/replay/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::replay::test {
namespace {

using References = std::vector<Reference>;

const std::string plain = ChampsimRecord{0x400000, {0x1000}, {0x2000}}.bytes();

TEST(ChampsimReader, GivesTheFetchThenLoadsThenStores)
{
    const std::string bytes = ChampsimRecord{0x400000, {0x1000, 0x2000, 0x3000, 0x4000}, {0x5000, 0x6000}, 1}.bytes() +
                              ChampsimRecord{0x400004}.bytes();
    const Read read = read_all(bytes);
    EXPECT_EQ(read.format, InputFormat::champsim);
    EXPECT_EQ(read.references, (References{fetch(0x400000, 1), load(0x1000, 1), load(0x2000, 1), load(0x3000, 1),
                                           load(0x4000, 1), store(0x5000, 1), store(0x6000, 1), fetch(0x400004, 1)}));
}

TEST(ChampsimReader, ReadsWhateverTheBlocks)
{
    std::string bytes;
    References expected;
    for (std::uint64_t index = 1; index <= 500; ++index) {
        bytes += ChampsimRecord{index * 4, {index * 4096}}.bytes();
        expected.push_back(fetch(index * 4, 1));
        expected.push_back(load(index * 4096, 1));
    }
    for (const std::size_t at_once : {1U, 63U, 64U, 65U, 4096U})
        EXPECT_EQ(read_all(std::make_unique<Trickle>(bytes, at_once)).references, expected) << at_once;
}

TEST(ChampsimReader, TellsWhereATraceIsCut)
{
    for (std::size_t left = 1; left < 64; ++left) {
        const std::string what = failure(plain + plain.substr(0, left));
        EXPECT_EQ(what,
                  "t: byte 64: the trace ends in the middle of a record (" + std::to_string(left) + " of 64 bytes)");
    }
}

TEST(ChampsimReader, RefusesWhatIsNoRecord)
{
    EXPECT_EQ(failure(plain + ChampsimRecord{4, {}, {}, 2}.bytes()),
              "t: byte 64: no ChampSim record: is_branch and branch_taken, its bytes 8 and 9, are not 0 or 1");
    EXPECT_EQ(failure(plain + ChampsimRecord{std::uint64_t{1} << 60}.bytes()),
              "t: byte 64: a record with 0x1000000000000000: not a canonical address");
    EXPECT_EQ(failure(plain + ChampsimRecord{4, {0x8000'0000'0000}}.bytes()),
              "t: byte 64: a record with 0x800000000000: not a canonical address");
    EXPECT_EQ(failure(plain + ChampsimRecord{4, {}, {0, 0x8000'0000'0000}}.bytes()),
              "t: byte 64: a record with 0x800000000000: not a canonical address");
}

} // namespace
} // namespace drywalk::replay::test
