// SPDX-License-Identifier: MIT
// What made a result: program, command, input, machine. Every report names it, so that two results that differ can be
// told apart. It holds no date and no folder: the same run gives the same bytes on every machine.
#pragma once

#include "sim/output/page_width.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::output {

/// Another value for one number, name or flag of a machine profile, as people read it: "200", "tree_plru", "yes".
struct OverriddenNumber {
    std::string pointer; ///< such as "/costs/invlpg"
    std::string before;  ///< the profile's value; empty: it has none
    std::string after;
    std::string source; ///< "set by the scenario"

    bool operator==(const OverriddenNumber&) const = default;
};

/// What does not apply is empty.
struct MadeBy {
    std::string version; ///< of drywalk; empty: the program and its command are not known
    std::string commit;  ///< that it was built from
    std::string command;
    std::string input; ///< names of the files that were read
    std::string machine;
    std::string machine_title;
    std::vector<OverriddenNumber> overrides;
    std::string host_page_size; ///< as a guest: "4k", "2m" or "1g"
    std::optional<std::uint64_t> seed;
    std::string workload;
};

/// "on bare metal", or "as a guest whose host maps pages of 4 KiB".
[[nodiscard]] std::string runs_on(const std::string& host_page_size);

/// Four or five lines, and one for each override; empty for an empty `made_by`.
[[nodiscard]] std::string made_by_text(const MadeBy& made_by, PageWidth width = {});

/// The object `made_by` of a JSON report.
[[nodiscard]] nlohmann::ordered_json made_by_json(const MadeBy& made_by);

} // namespace drywalk::output
