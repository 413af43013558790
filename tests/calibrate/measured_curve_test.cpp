// SPDX-License-Identifier: MIT
// Files with measured latencies: both forms, and what is said of wrong ones.
#include "sim/calibrate/measured_curve.hpp"

#include "sim/input/input_error.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate {
namespace {

std::string complaint(const std::string& text)
{
    try {
        (void)parse_measured(text, "m.csv");
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(MeasuredCurves, ReadsLatenciesOfWholeBuffers)
{
    const MeasuredCurves curves = parse_measured("size_kb,stride_bytes,cycles\n32,64,4\r\n\n64,4096,12.5", "m.csv");
    EXPECT_EQ(curves.size_name, "KiB of buffer");
    ASSERT_EQ(curves.points.size(), 2U);
    EXPECT_EQ(curves.points[0].pattern.elements, 512U);
    EXPECT_EQ(curves.points[0].pattern.spacing, 64U);
    EXPECT_EQ(curves.points[0].pattern.series, "stride 64 B");
    EXPECT_EQ(curves.points[1].pattern.elements, 16U);
    EXPECT_EQ(curves.points[1].cycles, 12.5);
}

TEST(MeasuredCurves, ReadsNamedPatterns)
{
    const MeasuredCurves curves = parse_measured("pattern,elements,stride_pages,cycles_median\n"
                                                 "one_line_per_4k_page,8,1,4\n"
                                                 "one_line_per_2m_page,16,1,4\n"
                                                 "packed_lines,24,0,4\n"
                                                 "one_line_per_page_at_stride,80,512,51.4\n",
                                                 "m.csv");
    EXPECT_EQ(curves.size_name, "elements");
    ASSERT_EQ(curves.points.size(), 4U);
    EXPECT_EQ(curves.points[0].pattern.spacing, 4096U);
    EXPECT_EQ(curves.points[0].pattern.lines, Lines::varied);
    EXPECT_EQ(curves.points[1].pattern.page_size, x86::PageSize::size_2m);
    EXPECT_EQ(curves.points[2].pattern.spacing, 64U);
    EXPECT_EQ(curves.points[3].pattern.spacing, 512U * 4096U);
    EXPECT_EQ(curves.points[3].pattern.series, "one_line_per_page_at_stride 512 pages");
}

TEST(MeasuredCurves, ReadsWhatSpreadsheetsAndPeopleWrite)
{
    const MeasuredCurves usual = parse_measured("size_kb,stride_bytes,cycles\n32,64,4\n64,4096,12.5\n", "m.csv");
    for (const char* text :
         {"\xef\xbb\xbfsize_kb,stride_bytes,cycles\n32,64,4\n64,4096,12.5\n",
          "# measured at night\n size_kb , stride_bytes,\tcycles \n  # L1\n32, 64, 4 \n\n64 ,4096,12.5",
          "size_kb;stride_bytes;cycles\r\n32;64;4\r\n64; 4096;12.5\r\n"}) {
        const MeasuredCurves curves = parse_measured(text, "m.csv");
        ASSERT_EQ(curves.points.size(), 2U) << text;
        EXPECT_EQ(curves.points[1].pattern.series, usual.points[1].pattern.series);
        EXPECT_EQ(curves.points[1].pattern.size, usual.points[1].pattern.size);
        EXPECT_EQ(curves.points[1].cycles, 12.5);
    }
}

TEST(BadMeasuredCurves, APointStandsOnce)
{
    EXPECT_EQ(complaint("size_kb,stride_bytes,cycles\n32,64,4\n\n64,64,5\n32,64,6\n"),
              "m.csv:5:1: the same point as in line 2 (legal: each once)");
    EXPECT_EQ(complaint("size_kb,stride_bytes,cycles\n32,64,4\n32,128,4\n"), "");
    EXPECT_EQ(complaint("pattern,elements,stride_pages,cycles\none_line_per_page_at_stride,8,1,4\n"
                        "one_line_per_page_at_stride,8,2,4\none_line_per_page_at_stride,8,1,5\n"),
              "m.csv:4:1: the same point as in line 2 (legal: each once)");
}

TEST(BadMeasuredCurves, ASemicolonTableHasDecimalPoints)
{
    EXPECT_TRUE(complaint("size_kb;stride_bytes;cycles\n32;64;4,5\n").starts_with("m.csv:2:7: \"4,5\" where cycles"));
}

TEST(BadMeasuredCurves, AreRefusedAtTheirPlace)
{
    const std::string buffers = "size_kb,stride_bytes,cycles\n";
    const std::string named = "pattern,elements,stride_pages,cycles\n";
    EXPECT_TRUE(complaint("").starts_with("m.csv:0:1: no known heading (legal: size_kb,"));
    EXPECT_TRUE(complaint("a,b,c\n1,2,3\n").starts_with("m.csv:1:1: no known heading"));
    EXPECT_EQ(complaint(buffers), "m.csv:1:1: no points below the heading");
    EXPECT_EQ(complaint(buffers + "32,64,4\n32,64\n"), "m.csv:3:6: another field is missing");
    EXPECT_EQ(complaint(buffers + "32,64,4,5\n"), "m.csv:2:9: more fields than the heading has");
    EXPECT_TRUE(complaint(buffers + "x,64,4\n").starts_with("m.csv:2:1: \"x\" where a whole number from 1 to"));
    EXPECT_TRUE(complaint(buffers + "-1,64,4\n").starts_with("m.csv:2:1: \"-1\" where"));
    EXPECT_TRUE(complaint(buffers + "99999999999999999999,64,4\n").starts_with("m.csv:2:1: "));
    EXPECT_EQ(complaint(buffers + "32,63,4\n"), "m.csv:2:4: a stride that is no power of two");
    EXPECT_EQ(complaint(buffers + "4,8192,4\n"),
              "m.csv:2:3: a stride longer than the buffer (legal: at most the buffer)");
    for (const char* cycles : {"", "0", "-4", "nan", "inf", "4x", "1e99"})
        EXPECT_TRUE(complaint(buffers + "32,64," + cycles).starts_with("m.csv:2:7: ")) << cycles;
    EXPECT_TRUE(complaint(named + "chase,8,1,4\n").find("unknown pattern \"chase\" (legal: one_line") !=
                std::string::npos);
    EXPECT_TRUE(complaint(named + "one_line_per_4k_page,8,0,4\n").starts_with("m.csv:2:24: a stride of 0 pages"));
    EXPECT_TRUE(complaint(named + "one_line_per_page_at_stride,134217728,512,4\n").find("more page tables than") !=
                std::string::npos);
}

TEST(BadMeasuredCurves, AMissingFileIsNamed)
{
    try {
        (void)load_measured("/no/such/file.csv");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_NE(std::string{error.what()}.find("/no/such/file.csv"), std::string::npos);
    }
}

} // namespace
} // namespace drywalk::calibrate
