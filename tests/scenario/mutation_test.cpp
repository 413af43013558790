// SPDX-License-Identifier: MIT
// Damaged scenario files: whatever the damage, a file loads or is refused in a few lines; nothing else happens.
#include "sim/input/json_text.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::scenario::test {
namespace {

struct Tally {
    std::size_t loaded = 0;
    std::size_t refused = 0;
};

class Damage : public ::testing::Test {
protected:
    void try_text(const std::string& text)
    {
        try {
            const Scenario scenario = load_scenario(directory.write("s.json", text), data);
            (void)compile_program(scenario, scenario.disciplines.front());
            ++tally.loaded;
        } catch (const InputError& error) {
            const std::string message = error.what();
            EXPECT_FALSE(message.empty());
            EXPECT_LT(std::ranges::count(message, '\n'), 20) << message;
            ++tally.refused;
        }
    }

    TemporaryDirectory directory;
    Tally tally;
    const std::string pairs = small_scenario().dump(1);
    const std::string steps = stepped_scenario(R"([{"call": "a"}, {"run": [{"load": "0x8040200008"},
        {"store": {"template_page": 3}, "value": 7}, {"call": {"template_page": 1}}]}, {"halt": true}])")
                                  .dump(1);
    const std::string operations = operated_scenario(R"([{"call": {"slot": 1}}, {"run": [{"sum": {"memory": 0},
        "count": 5}, {"fill": "0x40100000", "count": 2, "value": 7}]}, {"derive": {"slot": 9, "image": "A"}},
        {"halt": {}}])")
                                       .dump(1);
};

TEST_F(Damage, Truncation)
{
    for (const std::string& text : {pairs, steps, operations}) {
        for (std::size_t length = 0; length < text.size(); ++length)
            try_text(text.substr(0, length));
    }
    EXPECT_EQ(tally.loaded, 0U) << "no proper beginning of an object is an object";
}

TEST_F(Damage, FlippedBits)
{
    for (const std::string& text : {pairs, steps, operations}) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string damaged = text;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << at % 8));
            try_text(damaged);
        }
    }
    EXPECT_GT(tally.refused, 500U);
    EXPECT_GT(tally.loaded, 0U) << "a digit that became another";
}

TEST_F(Damage, ForeignBytes)
{
    for (const char byte : {'\0', '"', '{', '9', '\xff', '\n', '-'}) {
        for (std::size_t at = 0; at < steps.size(); at += 3) {
            std::string damaged = steps;
            damaged[at] = byte;
            try_text(damaged);
            damaged = steps;
            damaged.insert(at, 1, byte);
            try_text(damaged);
        }
    }
    EXPECT_GT(tally.refused, 500U);
}

} // namespace
} // namespace drywalk::scenario::test
