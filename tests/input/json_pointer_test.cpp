// SPDX-License-Identifier: MIT
// Pointers as people write them: followed where they lead, refused without an exception where they do not.
#include "sim/input/json_pointer.hpp"

#include <gtest/gtest.h>

namespace drywalk {
namespace {

using nlohmann::json;

TEST(JsonPointer, IsCutIntoItsTokens)
{
    EXPECT_EQ(pointer_tokens(""), std::vector<std::string>{});
    EXPECT_EQ(pointer_tokens("/a/0//b"), (std::vector<std::string>{"a", "0", "", "b"}));
    EXPECT_EQ(pointer_tokens("/~1costs~1invlpg/~0~01"), (std::vector<std::string>{"/costs/invlpg", "~~1"}));
    for (const char* wrong : {"a", "a/b", "/~", "/~2", "/a~/b"})
        EXPECT_EQ(pointer_tokens(wrong), std::nullopt) << wrong;
}

TEST(JsonPointer, LeadsToWhatIsThere)
{
    json document = {{"a", {1, {{"b", 2}}}}};
    EXPECT_EQ(*find_at(document, {}), document);
    EXPECT_EQ(*find_at(document, {"a", "1", "b"}), 2);
    *find_at(document, {"a", "0"}) = 7;
    EXPECT_EQ(document["a"][0], 7);
}

TEST(JsonPointer, LeadsNowhereWithoutAnException)
{
    const json document = {{"a", {1, 2}}};
    for (const char* index : {"2", "-", "-1", "00", "01", "", "x", "1x", "99999999999999999999"})
        EXPECT_EQ(find_at(document, {"a", index}), nullptr) << index;
    EXPECT_EQ(find_at(document, {"b"}), nullptr);
    EXPECT_EQ(find_at(document, {"a", "0", "c"}), nullptr);
}

} // namespace
} // namespace drywalk
