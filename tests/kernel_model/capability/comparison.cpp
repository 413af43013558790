// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/comparison.hpp"

#include "sim/boot/comparison.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <vector>

namespace drywalk::reference {

using kernel::Observation;

namespace {

constexpr std::size_t context = 4;

/// A bijection that grows as names and addresses are seen.
class Names {
public:
    [[nodiscard]] bool correspond(std::uint64_t name, std::uint64_t address)
    {
        if ((name == 0) != (address == 0)) return false;
        return addresses_.try_emplace(name, address).first->second == address &&
               names_.try_emplace(address, name).first->second == name;
    }

private:
    std::map<std::uint64_t, std::uint64_t> addresses_;
    std::map<std::uint64_t, std::uint64_t> names_;
};

bool agree(const Expectation& expected, const Observation& reported, Names& names)
{
    const Observation& wanted = expected.observation;
    if (wanted.kind != reported.kind || wanted.a != reported.a) return false;
    if (((wanted.code ^ reported.code) & ~expected.open_code_bits) != 0) return false;
    return expected.b_is_name ? names.correspond(wanted.b, reported.b) : wanted.b == reported.b;
}

std::string describe_at(std::span<const Observation> observations, std::size_t at)
{
    if (at >= observations.size()) return "(nothing more)";
    return fmt::format("{}  [a {:#x} b {:#x} code {:#x}]", boot::describe(observations[at]), observations[at].a,
                       observations[at].b, observations[at].code);
}

std::string difference_text(std::span<const Observation> expected, std::span<const Observation> reported,
                            std::size_t at)
{
    std::string text = fmt::format("first difference at observation {}:\n", at);
    for (std::size_t row = at - std::min(at, context); row <= at + context; ++row) {
        if (row >= expected.size() && row >= reported.size()) break;
        fmt::format_to(std::back_inserter(text), "{} {:>4}  expected: {}\n        reported: {}\n",
                       row == at ? '>' : ' ', row, describe_at(expected, row), describe_at(reported, row));
    }
    return text;
}

} // namespace

std::optional<std::string> first_difference(std::span<const Expectation> expected,
                                            std::span<const Observation> reported)
{
    std::vector<Observation> wanted;
    std::ranges::transform(expected, std::back_inserter(wanted), &Expectation::observation);
    std::vector<Observation> seen;
    std::ranges::copy_if(reported, std::back_inserter(seen), &has_meaning, &Observation::kind);
    Names names;
    for (std::size_t at = 0; at < std::max(wanted.size(), seen.size()); ++at) {
        const bool both = at < wanted.size() && at < seen.size();
        if (!both || !agree(expected[at], seen[at], names)) return difference_text(wanted, seen, at);
    }
    return std::nullopt;
}

} // namespace drywalk::reference
