// SPDX-License-Identifier: MIT
// Files that are not the JSON we read: each one line, with the place.
#include "sim/input/json_text.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

namespace drywalk::scenario::test {
namespace {

[[nodiscard]] std::string complaint_about_json(const std::string& text)
{
    try {
        (void)parse_json(text, "f.json");
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(JsonText, AcceptsWhatIsJson)
{
    EXPECT_EQ(parse_json(R"({"a": [1, -2, 3.5, true, null, "ü"]})", "f.json").at("a").size(), 6U);
    EXPECT_EQ(parse_json("\xef\xbb\xbf{}", "f.json"), nlohmann::json::object()) << "a byte order mark is let pass";
}

TEST(JsonText, SyntaxErrorsNameLineAndColumn)
{
    const std::string message = complaint_about_json("{\n  \"a\": 1,\n  \"b\" 2\n}");
    EXPECT_EQ(message.substr(0, 12), "f.json:3:7: ") << message;
    EXPECT_NE(message.find("expected ':'"), std::string::npos) << message;
}

TEST(JsonText, ATruncatedDocumentIsBlamedOnItsEnd)
{
    const std::string message = complaint_about_json("{\"a\": [1,");
    EXPECT_EQ(message.substr(0, 13), "f.json:1:10: ") << message;
    EXPECT_NE(message.find("unexpected end of input"), std::string::npos) << message;
}

TEST(JsonText, RefusesWhatFollowsTheDocument)
{
    EXPECT_NE(complaint_about_json("{} {}").find("f.json:1:4: "), std::string::npos);
}

TEST(JsonText, RefusesAnEmptyFile)
{
    EXPECT_EQ(complaint_about_json(""), "f.json:1:1: the file is empty (a JSON object is expected)");
}

TEST(JsonText, RefusesADuplicateKeyWhereItStands)
{
    EXPECT_EQ(complaint_about_json("{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}"),
              "f.json:3:4: key \"a\" appears twice (each key once)");
}

TEST(JsonText, TheSameKeyInTwoObjectsIsNoDuplicate)
{
    EXPECT_EQ(complaint_about_json(R"([{"a": 1}, {"a": {"a": 2}}])"), "");
}

TEST(JsonText, DepthIsBounded)
{
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_EQ(complaint_about_json(nested(deepest_nesting)), "");
    EXPECT_EQ(complaint_about_json(nested(deepest_nesting + 1)), "f.json:1:65: nested too deeply (at most 64 levels)");
    EXPECT_NE(complaint_about_json(std::string(1'000'000, '[')), "");
}

TEST(JsonText, StringsAreBounded)
{
    const auto with_string = [](std::size_t length) { return "[\"" + std::string(length, 'a') + "\"]"; };
    EXPECT_EQ(complaint_about_json(with_string(longest_string)), "");
    EXPECT_NE(complaint_about_json(with_string(longest_string + 1)).find("a string of 4097 bytes (at most 4096)"),
              std::string::npos);
    EXPECT_NE(complaint_about_json("{\"" + std::string(5000, 'k') + "\": 1}").find("5000 bytes"), std::string::npos);
}

TEST(JsonText, RefusesIllFormedUtf8InPlainAscii)
{
    const std::string message = complaint_about_json("{\"a\": \"\xff\xfe\"}");
    EXPECT_EQ(message, "f.json:1:8: a string that is not UTF-8 (JSON is UTF-8)");
}

TEST(JsonText, RefusesANumberThatNoDoubleHolds)
{
    EXPECT_NE(complaint_about_json("[1e999]").find("f.json:1:"), std::string::npos);
    EXPECT_NE(complaint_about_json("[NaN]"), "");
}

TEST(JsonText, MessagesStayOnOneLine)
{
    const std::string message = complaint_about_json("{\"a\nb\": 1}");
    EXPECT_NE(message, "");
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(JsonText, RefusesANulByteAndWhatFollows)
{
    using namespace std::string_literals;
    EXPECT_EQ(complaint_about_json("{}\0 this is not JSON"s),
              "f.json:1:3: a NUL byte (JSON has none, and nothing may follow the value)");
    EXPECT_EQ(complaint_about_json("{\n\0}"s).substr(0, 22), "f.json:2:1: a NUL byte");
    EXPECT_NE(complaint_about_json("{}\0"s), "");
    EXPECT_NE(complaint_about_json("\0"s), "");
    EXPECT_EQ(complaint_about_json(R"(["\u0000"])"), "") << "an escaped one is a character as others are";
}

TEST(JsonText, MessagesAreShortHoweverLongTheInput)
{
    const std::size_t million = 1'000'000;
    for (const std::string& text :
         {"[" + std::string(million, '9') + "]", "[" + std::string(million, 'x') + "]",
          "{\"" + std::string(4000, 'k') + "\": 1, \"" + std::string(4000, 'k') + "\": 2}",
          "[\"" + std::string(million, 's') + "\n\"]", "[1e" + std::string(million, '9') + "]"}) {
        const std::string message = complaint_about_json(text);
        EXPECT_NE(message, "");
        EXPECT_LT(message.size(), 300U) << message;
    }
}

} // namespace
} // namespace drywalk::scenario::test
