// SPDX-License-Identifier: MIT
// Which format an input is taken for.
#include "sim/replay/reader.hpp"

#include "tests/replay/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::replay::test {
namespace {

using namespace std::string_literals;

TEST(OpenReferences, RecognisesTheFormatByItsContent)
{
    EXPECT_EQ(read_all("==1== Lackey\nI  10,1\n").format, InputFormat::lackey);
    EXPECT_EQ(read_all(native_bytes({load(8)})).format, InputFormat::native);
    EXPECT_EQ(read_all(ChampsimRecord{4}.bytes()).format, InputFormat::champsim);
}

TEST(OpenReferences, DoesAsItIsTold)
{
    EXPECT_EQ(read_all(ChampsimRecord{0}.bytes(), InputFormat::champsim).references.size(), 1U);
    EXPECT_NE(failure(" L 10,1\n", InputFormat::native), "");
    EXPECT_NE(failure(" L 10,1\n", InputFormat::champsim), "");
    EXPECT_NE(failure(native_bytes({load(8)}), InputFormat::lackey), "");
}

TEST(OpenReferences, RefusesWhatItDoesNotKnow)
{
    EXPECT_EQ(failure(""), "t: is empty (a trace is expected)");
    EXPECT_EQ(failure("hello"),
              "t: no trace of memory references: it begins with \"hello\" (legal are lackey, champsim "
              "and native)");
    EXPECT_NE(failure("{\"drywalk_trace\":1}\n").find("is it a trace for drywalk check?"), std::string::npos);
    EXPECT_NE(failure(std::string(64, '\0')), "") << "no instruction at all";
    EXPECT_NE(failure(ChampsimRecord{4}.bytes().substr(0, 63)), "");
    const std::string garbage = failure("\xff\x00\x01\n\x1b"s);
    EXPECT_NE(garbage, "");
    for (const char each : garbage)
        EXPECT_TRUE(each >= ' ' && each <= '~') << garbage;
}

TEST(OpenReferences, NamesAreReadBack)
{
    for (const auto format : {InputFormat::lackey, InputFormat::champsim, InputFormat::native})
        EXPECT_EQ(input_format_named(name_of(format)), format);
    EXPECT_FALSE(input_format_named("elf"));
}

} // namespace
} // namespace drywalk::replay::test
