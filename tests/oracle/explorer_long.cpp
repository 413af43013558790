// SPDX-License-Identifier: MIT
// The long form of oracle_explorer_test: COUNT random traces for each vendor, from SEED. Exit code 1 if the oracle and
// the explorer disagree on any.
#include "tests/oracle/agreement.hpp"

#include <fmt/format.h>

#include <string>

using namespace drywalk;
using namespace drywalk::oracle::test;

namespace {

struct VendorName {
    x86::Vendor vendor;
    const char* name;
};

[[nodiscard]] bool compare(const VendorName& vendor, std::uint64_t count, std::uint64_t seed)
{
    const Comparison comparison = compare_on_random_traces(seed, vendor.vendor, count, 1);
    fmt::print("{}: {} traces, {} events, {} disagreements\n", vendor.name, comparison.traces, comparison.events,
               comparison.disagreements);
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
    for (const VendorName& vendor :
         {VendorName{x86::Vendor::intel, "intel"}, VendorName{x86::Vendor::amd, "amd"},
          VendorName{x86::Vendor::amd_tce, "amd-tce"}, VendorName{x86::Vendor::portable, "portable"}}) {
        agree = compare(vendor, count, seed) && agree;
    }
    return agree ? 0 : 1;
}
