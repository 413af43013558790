// SPDX-License-Identifier: MIT
// libFuzzer: changes a JSON document value by value, so that most of what it makes gets past the parser and the schema.
// Every fourth input is changed byte by byte instead.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using nlohmann::json;
using Random = std::minstd_rand;

[[nodiscard]] std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

/// The document and everything in it.
void collect(json& value, std::vector<json*>& all)
{
    all.push_back(&value);
    if (!value.is_structured()) return;
    for (json& child : value)
        collect(child, all);
}

/// Numbers at which limits lie, and other types where a number or a name is expected.
[[nodiscard]] json interesting(Random& random)
{
    static const json values =
        json::parse(R"([0, 1, 2, 3, -1, 4, 7, 8, 12, 64, 100, 101, 511, 512, 513, 4095, 4096, 8192,
        65535, 65536, 1e9, 2147483648, 18446744073709551615, 1.5, 1e300, -0.0, true, null, [], {}, "", "on", "4K", "2m",
        "1G", [64, 12], {"tree_plru": [8, 4]}, "zen4", "./my.json", "/costs/invlpg", "/machine", "/nested", "0x0", "0x7fffffff", "0xffffffffffffffff"])");
    return values[below(random, values.size())];
}

void change(json& document, Random& random)
{
    std::vector<json*> all;
    collect(document, all);
    json& chosen = *all[below(random, all.size())];
    const json other = *all[below(random, all.size())];
    switch (below(random, 5)) {
    case 0: chosen = interesting(random); return;
    case 1: chosen = other; return;
    case 2:
        if (chosen.is_number_integer())
            chosen = static_cast<std::int64_t>(chosen.get<std::uint64_t>() + below(random, 5) - 2);
        return;
    case 3:
        if (chosen.is_structured() && !chosen.empty()) {
            chosen.erase(std::next(chosen.begin(), static_cast<std::ptrdiff_t>(below(random, chosen.size()))));
        }
        return;
    default:
        if (chosen.is_array()) chosen.push_back(chosen.empty() ? other : chosen[below(random, chosen.size())]);
        return;
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    Random random{seed};
    json document = json::parse(data, data + size, nullptr, false);
    if (document.is_discarded() || below(random, 4) == 0) return LLVMFuzzerMutate(data, size, most);
    for (std::size_t changes = 1 + below(random, 3); changes != 0; --changes)
        change(document, random);
    const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
    std::memcpy(data, text.data(), text.size());
    return text.size();
}
