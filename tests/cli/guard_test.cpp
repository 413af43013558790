// SPDX-License-Identifier: MIT
// Errors that nothing has caught: whose mistake they are, and what is said.
#include "sim/cli/guard.hpp"

#include "sim/cli/exit_code.hpp"
#include "sim/input/input_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>

namespace drywalk::cli {
namespace {

struct Ended {
    int code;
    std::string said;
};

template <typename Run>
Ended end_of(const Run& run)
{
    testing::internal::CaptureStderr();
    const int code = guarded("run s.json", run);
    return {code, testing::internal::GetCapturedStderr()};
}

TEST(Guard, PassesTheExitCodeOn)
{
    const Ended ended = end_of([] { return 1; });
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.said, "");
}

TEST(Guard, BadInputIsTwo)
{
    const Ended ended = end_of([]() -> int { throw InputError{"a.json:1:2: what is wrong"}; });
    EXPECT_EQ(ended.code, exit_bad_input);
    EXPECT_EQ(ended.said, "drywalk: a.json:1:2: what is wrong\n");
}

TEST(Guard, SeveralMistakesAreALineEach)
{
    EXPECT_EQ(end_of([]() -> int { throw InputError{"a: one\nb: two"}; }).said, "drywalk: a: one\ndrywalk: b: two\n");
}

TEST(Guard, WhatTheSystemRefusesIsNoInternalError)
{
    const Ended memory = end_of([]() -> int { throw std::bad_alloc{}; });
    EXPECT_EQ(memory.code, exit_bad_input);
    EXPECT_TRUE(memory.said.starts_with("drywalk: run s.json: not enough memory")) << memory.said;
    const std::error_code full = std::make_error_code(std::errc::no_space_on_device);
    EXPECT_EQ(end_of([&]() -> int { throw std::filesystem::filesystem_error("cannot write", full); }).code,
              exit_bad_input);
}

TEST(Guard, WhatNothingExpectsIsAnInternalErrorInOneLine)
{
    const Ended json = end_of([] { return nlohmann::json::parse("{}").at("missing").get<int>(); });
    EXPECT_EQ(json.code, exit_internal_error);
    EXPECT_TRUE(json.said.starts_with("drywalk: internal error: ")) << json.said;
    EXPECT_NE(json.said.find("please report"), std::string::npos);
    EXPECT_EQ(std::ranges::count(json.said, '\n'), 1);
    EXPECT_EQ(end_of([] { return std::optional<int>{}.value(); }).code, exit_internal_error);
    EXPECT_EQ(end_of([]() -> int { throw std::logic_error{"two\nlines"}; }).said.find("two\\x0alines"),
              std::string{"drywalk: internal error: "}.size());
    EXPECT_EQ(end_of([]() -> int { throw 7; }).code, exit_internal_error);
}

} // namespace
} // namespace drywalk::cli
