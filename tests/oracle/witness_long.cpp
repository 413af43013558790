// SPDX-License-Identifier: MIT
// The long form of witness_test: COUNT random traces for each vendor, from SEED. Exit code 1 if a finding names other
// events than brute force, or if advice does not cure.
#include "models/x86/vendor_names.hpp"
#include "tests/oracle/witnesses.hpp"

#include <fmt/format.h>

#include <string>

using namespace drywalk;
using namespace drywalk::oracle::test;

namespace {

[[nodiscard]] bool check(x86::Vendor vendor, std::uint64_t count, std::uint64_t seed)
{
    const WitnessCount witnesses = witnesses_of_random_traces(seed, vendor, count, 1);
    fmt::print("{}: {} traces, {} wrong witnesses\n", x86::name_of(vendor), witnesses.traces, witnesses.wrong);
    for (const auto& [verdict, times] : witnesses.findings)
        fmt::print("  {:9} {}\n", times, name_of(verdict));
    fmt::print("{}", witnesses.first);
    const AdviceCount advice = advice_of_random_traces(seed, vendor, count);
    fmt::print("  advice: {} findings, {} cured, {} without a remedy, {} by INVPCID of everything\n{}", advice.findings,
               advice.cured, advice.without_remedy, advice.of_everything, advice.first);
    return witnesses.wrong == 0 && advice.cured + advice.without_remedy == advice.findings;
}

} // namespace

int main(int argc, char** argv)
{
    const std::uint64_t count = argc > 1 ? std::stoull(argv[1]) : 20'000;
    const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
    fmt::print("{} traces for each vendor, seed {}\n", count, seed);
    bool right = true;
    for (const x86::Vendor vendor : x86::vendors)
        right = check(vendor, count, seed) && right;
    return right ? 0 : 1;
}
