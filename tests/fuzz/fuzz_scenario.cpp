// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a scenario file, through parser, schema, checks, sweep and compiler. Only InputError may come
// out.
#include "sim/input/input_error.hpp"
#include "sim/scenario/load.hpp"

#include "tests/support/source_tree.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace drywalk;

/// Programs grow with the number of operations; what is long is only more of the same.
constexpr std::size_t most_variants = 16;

void read(const std::filesystem::path& file)
{
    const scenario::DataDirectory data{source_tree() / "scenarios"};
    const scenario::Scenario scenario = scenario::load_scenario(file, data);
    const std::vector<scenario::Variant> variants = expand(scenario);
    for (std::size_t index = 0; index < std::min(variants.size(), most_variants); ++index) {
        for (const kernel::Discipline discipline : variants[index].scenario.disciplines)
            (void)compile_program(variants[index].scenario, discipline);
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const test::TemporaryDirectory directory;
    try {
        read(directory.write("scenario.json", {reinterpret_cast<const char*>(data), size}));
    } catch (const InputError&) {
        return 0; // one of the two ways out
    }
    return 0;
}
