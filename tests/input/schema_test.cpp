// SPDX-License-Identifier: MIT
// The schemas as the checks of documents: Valijson judges, our own walk explains, and the two must agree.
#include "sim/input/json_text.hpp"
#include "sim/input/schema.hpp"
#include "sim/input/schema_violation.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace drywalk::scenario::test {
namespace {

using nlohmann::json;

/// All pointers into `value`, its own first.
void list_pointers(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& pointers)
{
    pointers.push_back(at);
    if (value.is_object()) {
        for (const auto& [name, member] : value.items())
            list_pointers(member, at / name, pointers);
    } else if (value.is_array()) {
        for (std::size_t index = 0; index < value.size(); ++index)
            list_pointers(value[index], at / index, pointers);
    }
}

[[nodiscard]] std::vector<json> strange_values()
{
    return {json(nullptr),
            json(true),
            json(0),
            json(1),
            json(-1),
            json(70),
            json(1e18),
            json(0.5),
            json(""),
            json("all"),
            json("x y"),
            json("0x10"),
            json::object(),
            json::array(),
            json::array({1, "a"}),
            json({{"a", 1}}),
            json(~0ULL),
            json("not_global"),
            json({{"min", 1}}),
            json("2M")};
}

/// Replaces, removes and adds everywhere; each result goes to `judge`.
template <typename Judge>
void for_every_change(const json& document, const Judge& judge)
{
    std::vector<json::json_pointer> pointers;
    list_pointers(document, json::json_pointer{}, pointers);
    for (const json::json_pointer& at : pointers) {
        for (const json& value : strange_values()) {
            json changed = document;
            changed[at] = value;
            judge(changed);
            if (document.at(at).is_object()) {
                changed = document;
                changed[at]["extra"] = value;
                judge(changed);
            }
        }
        if (at.empty()) continue;
        json changed = document;
        json& parent = changed[at.parent_pointer()];
        if (parent.is_object()) {
            parent.erase(at.back());
        } else {
            parent.erase(static_cast<std::size_t>(std::stoul(at.back())));
        }
        judge(changed);
    }
}

void expect_agreement(const Schema& schema, const std::filesystem::path& file, std::size_t& refused)
{
    const json document = parse_json(read_text(file), file.string());
    ASSERT_TRUE(schema.fits(document)) << file;
    for_every_change(document, [&](const json& changed) {
        const std::vector<SchemaViolation> all = find_violations(schema.text(), changed);
        ASSERT_EQ(schema.fits(changed), all.empty())
            << (all.empty() ? "" : all.front().pointer + ": " + all.front().what) << '\n'
            << changed.dump();
        if (!all.empty()) ++refused;
    });
}

TEST(Schema, TheExplanationAgreesWithValijsonOnChangedScenarios)
{
    const Schema schema{data.scenarios / "scenario.schema.json"};
    std::size_t refused = 0;
    for (const char* name : {"cross_image_stale_global", "stale_store_corrupts", "evicting_working_set",
                             "two_mib_template_leaf", "bad_incoming_flush_leaves_longer_template",
                             "explicit_slot_replacement", "study_ladder", "sub_vm_data_recurse", "ping_pong"})
        expect_agreement(schema, data.scenarios / (std::string{name} + ".json"), refused);
    EXPECT_GT(refused, 1000U);
}

TEST(Schema, TheExplanationAgreesWithValijsonOnAChangedMachine)
{
    const Schema schema{data.scenarios / "machine.schema.json"};
    std::size_t refused = 0;
    expect_agreement(schema, data.scenarios / "machines" / "tiny_by_hand.json", refused);
    EXPECT_GT(refused, 1000U);
}

/// Every object that lists properties refuses others.
void expect_closed(const json& node, const std::string& at)
{
    if (!node.is_object()) return;
    if (node.contains("properties")) {
        EXPECT_EQ(node.value("additionalProperties", json(true)), json(false)) << at;
    }
    for (const auto& [name, member] : node.items())
        expect_closed(member, pointer_to(at, name));
}

TEST(Schema, NoObjectIsOpen)
{
    for (const char* name : {"scenario.schema.json", "machine.schema.json"})
        expect_closed(Schema{data.scenarios / name}.text(), name);
}

TEST(Schema, AllViolationsAreFoundTheGraverFirst)
{
    const json schema = json::parse(R"({
        "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "size": {"type": "integer", "maximum": 8},
            "list": {"type": "array", "items": {"type": "integer", "minimum": 1}},
            "others": {"type": "object", "additionalProperties": {"type": ["number", "string"]}}
        }})");
    const json document = json::parse(R"({"size": 9, "list": [0, "x", 1], "colour": 1, "others": {"": {}}})");
    std::vector<std::string> found;
    for (const SchemaViolation& violation : find_violations(schema, document))
        found.push_back(violation.pointer + ": " + violation.what);
    EXPECT_EQ(found, (std::vector<std::string>{
                         ": unknown key \"colour\" (legal: list, name, others, size)",
                         ": key \"name\" is missing (required: name)",
                         "/list/1: \"x\" where integer is legal",
                         "/others/: an object where number or string is legal",
                         "/list/0: 0 is out of range (legal: at least 1)",
                         "/size: 9 is out of range (legal: at most 8)",
                     }));
}

TEST(Schema, AMillionViolationsTakeNoMoreThanOnesThatAreTold)
{
    const json schema = json::parse(R"({"type": "array", "items": {"type": "integer"}})");
    EXPECT_LT(find_violations(schema, json(std::vector<std::string>(1'000'000, "x"))).size(), 100U);
}

TEST(Schema, WhatIsNoSchemaIsRefused)
{
    const TemporaryDirectory directory;
    EXPECT_THROW(Schema{directory.write("broken.json", R"({"type": 5})")}, InputError);
    EXPECT_THROW(Schema{directory.path() / "missing.json"}, InputError);
}

TEST(Schema, PointersAreEscaped)
{
    EXPECT_EQ(pointer_to("/a", std::string{"b/c~d"}), "/a/b~1c~0d");
    EXPECT_EQ(pointer_to("/a", std::size_t{3}), "/a/3");
}

} // namespace
} // namespace drywalk::scenario::test
