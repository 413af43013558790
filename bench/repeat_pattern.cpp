// SPDX-License-Identifier: MIT
// Repeats one pattern a given number of times, for callgrind: two runs that differ in the rounds alone differ by the
// instructions of these rounds. See bench/instructions_per_access.sh.
#include "bench/patterns.hpp"
#include "bench/user_process.hpp"
#include "sim/machine/machine.hpp"
#include "tests/support/source_tree.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

int main(int argc, char** argv)
{
    using namespace drywalk;
    if (argc != 5) {
        std::cerr << "usage: bench_repeat_pattern PATTERN MACHINE on|off ROUNDS\n";
        return 2;
    }
    const auto* const pattern = std::ranges::find(bench::patterns, std::string{argv[1]}, &bench::Pattern::name);
    if (pattern == bench::patterns.end()) return 2;
    const std::filesystem::path machines = source_tree() / "scenarios" / "machines";
    const bench::Offsets offsets = pattern->offsets();
    bench::UserProcess process{machine::load_machine(machines, argv[2]).profile, bench::pages_of(offsets),
                               std::string{argv[3]} == "on"};
    const int rounds = std::atoi(argv[4]);
    std::uint64_t sum = 0;
    for (int round = 0; round < rounds; ++round) {
        for (const std::uint64_t offset : offsets)
            sum += process.load(offset);
    }
    std::cout << process.accesses() << ' ' << process.cycles() << ' ' << sum << '\n';
    return process.sound() ? 0 : 1;
}
