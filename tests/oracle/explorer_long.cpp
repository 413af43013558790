// SPDX-License-Identifier: MIT
// The long form of oracle_explorer_test: COUNT random traces for each vendor, from SEED. Exit code 1 if the oracle and
// the explorer disagree on any.
#include "models/x86/vendor_names.hpp"
#include "tests/oracle/agreement.hpp"

#include <fmt/format.h>

#include <string>

using namespace drywalk;
using namespace drywalk::oracle::test;

namespace {

[[nodiscard]] bool compare(x86::Vendor vendor, std::uint64_t count, std::uint64_t seed)
{
    const Comparison comparison = compare_on_random_traces(seed, vendor, count, 1);
    fmt::print("{}: {} traces, {} events, {} disagreements\n", x86::name_of(vendor), comparison.traces,
               comparison.events, comparison.disagreements);
    for (const auto& [verdict, times] : comparison.verdicts)
        fmt::print("  {:9} {}\n", times, name_of(verdict));
    fmt::print("{}", comparison.first);
    return comparison.disagreements == 0;
}

} // namespace

int main(int argc, char** argv)
{
    const std::uint64_t count = argc > 1 ? std::stoull(argv[1]) : 200'000;
    const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
    fmt::print("{} traces for each vendor, seed {}\n", count, seed);
    bool agree = true;
    for (const x86::Vendor vendor : x86::vendors)
        agree = compare(vendor, count, seed) && agree;
    return agree ? 0 : 1;
}
