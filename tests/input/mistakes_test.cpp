// SPDX-License-Identifier: MIT
// Mistakes told together: each once, in their order, and no more than a screen holds.
#include "sim/input/mistakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk {
namespace {

std::string told(const Mistakes& mistakes)
{
    try {
        mistakes.throw_if_any();
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(Mistakes, NoneIsNoError)
{
    Mistakes mistakes;
    EXPECT_TRUE(mistakes.gather([] {}));
    EXPECT_TRUE(mistakes.empty());
    EXPECT_EQ(told(mistakes), "");
}

TEST(Mistakes, EachIsToldOnceInOrder)
{
    Mistakes mistakes;
    EXPECT_FALSE(mistakes.gather([] { throw InputError{"first"}; }));
    EXPECT_FALSE(mistakes.gather([] { throw InputError{"second\nfirst\nthird"}; }));
    EXPECT_EQ(told(mistakes), "first\nsecond\nthird");
}

TEST(Mistakes, OthersThanInputErrorsPass)
{
    Mistakes mistakes;
    EXPECT_THROW(mistakes.gather([] { throw std::runtime_error{"a bug"}; }), std::runtime_error);
}

TEST(Mistakes, ALongListIsCut)
{
    Mistakes mistakes;
    for (int number = 0; number < 1000; ++number)
        mistakes.add(std::to_string(number));
    EXPECT_TRUE(mistakes.full());
    const std::string text = told(mistakes);
    EXPECT_EQ(std::ranges::count(text, '\n') + 1, static_cast<std::ptrdiff_t>(most_reported_mistakes));
    EXPECT_TRUE(text.ends_with("18\nthere are more mistakes (mend these first)")) << text;
}

} // namespace
} // namespace drywalk
