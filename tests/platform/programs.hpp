// SPDX-License-Identifier: MIT
// Programs and machines that the platform tests share.
#pragma once

#include "sim/machine/machine.hpp"
#include "sim/platform/kernel_run.hpp"
#include "tests/support/program_builder.hpp"
#include "tests/support/source_tree.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::platform::test {

using drywalk::test::ProgramBuilder;
using kernel::Discipline;
using kernel::OperationKind;
using kernel::UserItem;

inline const std::filesystem::path machine_directory = source_tree() / "scenarios/machines";

inline machine::Profile machine(const std::string& name)
{
    return machine::load_machine(machine_directory, name).profile;
}

/// A different number of instructions for each path, so that a mix-up shows.
inline constexpr KernelCosts some_costs{
    {1'000, 200, 300, 3,   5,   11,  7,   13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
     73,    79,  83,  89,  97,  101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181,
     191,   193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311}};

inline CpuOptions recording()
{
    CpuOptions options;
    options.record_observations = true;
    return options;
}
inline CpuOptions with_quantum(std::uint64_t cycles, CpuOptions options = {})
{
    options.quantum = cycles;
    return options;
}

inline std::vector<Discipline> all_disciplines()
{
    std::vector<Discipline> all;
    for (std::uint32_t index = 0; index < kernel::discipline_count; ++index)
        all.push_back(static_cast<Discipline>(index));
    return all;
}

/// Loads of all `pages` pages of a template and calls of its code pages.
inline std::vector<UserItem> touch_all(const ProgramBuilder& builder, std::uint64_t code_pages, std::uint64_t pages)
{
    std::vector<UserItem> items;
    for (std::uint64_t page = 0; page < pages; ++page)
        items.push_back(builder.load(page));
    for (std::uint64_t page = 0; page < code_pages; ++page)
        items.push_back(builder.call(page));
    return items;
}

/// `images` Images of `code` + `data` small pages each, an Instance of each, `pairs` pairs in turn, each touching all.
inline ProgramBuilder turns(Discipline discipline, std::uint32_t images, std::uint32_t code, std::uint32_t data,
                            std::uint32_t pairs)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    builder.header.partial_pages = 1;
    for (std::uint32_t image = 0; image < images; ++image) {
        builder.image({.code_pages = code, .data_pages = data});
        builder.instance({.image = image, .working_set_pages = 0});
    }
    const std::uint32_t body = builder.body(touch_all(builder, code, code + data));
    for (std::uint32_t pair = 0; pair < pairs; ++pair)
        builder.pair(pair % images, body);
    return builder;
}

/// A program with something of everything: faults, stores, working sets, nested frames, data that is written.
inline ProgramBuilder mixed(Discipline discipline)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    builder.header.partial_pages = 2;
    builder.image({.code_pages = 3, .data_pages = 2, .page_size = 0, .data_writable = 1});
    builder.image({.code_pages = 2, .data_pages = 1});
    builder.instance({.image = 0, .working_set_pages = 4});
    builder.instance({.image = 1, .working_set_pages = 2});
    builder.instance({.image = 0});
    const std::uint64_t working_set = builder.header.working_set_base;
    const std::uint32_t first = builder.body({builder.load(0),
                                              builder.call(1),
                                              builder.store(3, 77),
                                              builder.load(4),
                                              {working_set, 5, kernel::UserAction::store, 0}});
    const std::uint32_t second = builder.body({builder.load(0),
                                               builder.call(1),
                                               builder.load(2),
                                               builder.load(4),
                                               {working_set + 8, 0, kernel::UserAction::load, 0}});
    for (int round = 0; round < 5; ++round) {
        builder.operation(OperationKind::call, 0);
        builder.operation(OperationKind::run, first);
        builder.pair(1, second);
        builder.operation(OperationKind::run, first);
        builder.operation(OperationKind::halt);
        builder.pair(2, first);
    }
    return builder;
}

/// Nothing that a run showed differs.
inline bool same(const RunResult& left, const RunResult& right) { return left == right; }

} // namespace drywalk::platform::test
