// SPDX-License-Identifier: MIT
// What the scenario tests share: the project's data, a small valid scenario, and files that go away again.
#pragma once

#include "sim/input/input_error.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace drywalk::scenario::test {

inline const DataDirectory data{source_tree() / "scenarios"};

using drywalk::test::TemporaryDirectory;

/// Two Images of 3 code pages and 1 data page, ten pairs. All touches are in the first line of their pages.
[[nodiscard]] inline nlohmann::json small_scenario()
{
    return nlohmann::json::parse(R"({
        "summary": "two small Images take turns",
        "machine": "tiny_by_hand",
        "placement": {"lines": "first", "frames": "in_order"},
        "images": [
            {"name": "A", "template": {"code_pages": 3, "data_pages": 1}},
            {"name": "B", "template": {"code_pages": 3, "data_pages": 1}}
        ],
        "instances": [
            {"name": "a", "image": "A", "working_set_pages": 2},
            {"name": "b", "image": "B"}
        ],
        "workload": {"pairs": {"count": 10}}
    })");
}

/// The same with an explicit workload.
[[nodiscard]] inline nlohmann::json stepped_scenario(const std::string& steps)
{
    nlohmann::json document = small_scenario();
    document["workload"] = {{"steps", nlohmann::json::parse(steps)}};
    return document;
}

/// The capability kernel: one Image with memory of each kind, two Instances of it and one of another Image.
[[nodiscard]] inline nlohmann::json capability_scenario()
{
    return nlohmann::json::parse(R"({
        "summary": "three Instances with memory",
        "machine": "tiny_by_hand",
        "kernel": {},
        "caps": [
            {"name": "data", "bytes": 5000},
            {"name": "table", "pages": 16, "seed": 7}
        ],
        "images": [
            {"name": "A", "template": {"code_pages": 3, "data_pages": 1}, "endpoints": 2,
             "memory": [
                {"start": "0x40000000", "pages": 16, "kind": "pinned", "slot": 3},
                {"start": "0x40100000", "pages": 8, "kind": "persistent", "slot": 5},
                {"start": "0x50000000", "pages": 1, "kind": "ephemeral"}],
             "pinned_slots": [{"slot": 3, "cap": "table"}]},
            {"name": "B", "template": {"code_pages": 2}}
        ],
        "instances": [
            {"name": "b", "image": "B"},
            {"name": "a", "image": "A", "slots": [{"slot": 5, "cap": "data"}, {"slot": 6, "instance": "b"}]},
            {"name": "a2", "image": "A"}
        ],
        "workload": {"sub_vm_recurse": {"depth": 2, "instance": "a"}}
    })");
}

/// The same with explicit operations.
[[nodiscard]] inline nlohmann::json operated_scenario(const std::string& operations)
{
    nlohmann::json document = capability_scenario();
    document["workload"] = {{"operations", nlohmann::json::parse(operations)}};
    return document;
}

/// Loads `text` as a scenario file called s.json.
[[nodiscard]] inline Scenario load_text(const std::string& text)
{
    const TemporaryDirectory directory;
    return load_scenario(directory.write("s.json", text), data);
}

[[nodiscard]] inline Scenario load_json(const nlohmann::json& document) { return load_text(document.dump(2)); }

/// What is said about `text`, without the directory; empty if it loads.
[[nodiscard]] inline std::string complaint_about_text(const std::string& text)
{
    try {
        (void)load_text(text);
        return "";
    } catch (const InputError& error) {
        const std::string message = error.what();
        const std::size_t at = message.find("s.json");
        return at == std::string::npos ? message : message.substr(at);
    }
}

[[nodiscard]] inline std::string complaint_about(const nlohmann::json& document)
{
    return complaint_about_text(document.dump(2));
}

/// What is said about the small scenario with `value` at `pointer`.
[[nodiscard]] inline std::string complaint_with(const std::string& pointer, const nlohmann::json& value)
{
    nlohmann::json document = small_scenario();
    document[nlohmann::json::json_pointer{pointer}] = value;
    return complaint_about(document);
}

} // namespace drywalk::scenario::test
