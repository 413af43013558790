// SPDX-License-Identifier: MIT
#include "sim/output/made_by.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace drywalk::output {

namespace {

using nlohmann::ordered_json;

[[nodiscard]] std::string machine_lines(const MadeBy& made_by, PageWidth width)
{
    const std::string title = made_by.machine_title.empty() ? "" : fmt::format(" ({})", made_by.machine_title);
    const std::string seed = made_by.seed ? fmt::format(", seed {}", *made_by.seed) : "";
    return wrapped("machine " + made_by.machine + title, width, 0, 2) +
           wrapped(runs_on(made_by.host_page_size) + seed, width, 2, 4);
}

/// A number as a number; "200" is one, "16 x 4" is none.
[[nodiscard]] ordered_json value_json(const std::string& shown)
{
    return ordered_json::accept(shown) ? ordered_json::parse(shown) : ordered_json(shown);
}

[[nodiscard]] ordered_json overrides_json(const MadeBy& made_by)
{
    ordered_json list = ordered_json::array();
    for (const OverriddenNumber& each : made_by.overrides) {
        list.push_back({{"pointer", each.pointer},
                        {"profile", value_json(each.before)},
                        {"value", value_json(each.after)},
                        {"source", each.source}});
    }
    return list;
}

} // namespace

std::string runs_on(const std::string& host_page_size)
{
    if (host_page_size.empty()) return "on bare metal";
    const std::string unit = host_page_size.back() == 'k' ? "KiB" : host_page_size.back() == 'm' ? "MiB" : "GiB";
    return fmt::format("as a guest whose host maps pages of {} {}", host_page_size.substr(0, host_page_size.size() - 1),
                       unit);
}

std::string made_by_text(const MadeBy& made_by, PageWidth width)
{
    std::string text;
    if (!made_by.machine.empty()) text += machine_lines(made_by, width);
    for (const OverriddenNumber& each : made_by.overrides) {
        text += wrapped(fmt::format("{} = {} instead of {} ({})", each.pointer, each.after,
                                    each.before.empty() ? "nothing" : each.before, each.source),
                        width, 2, 4);
    }
    if (!made_by.workload.empty()) text += wrapped("workload: " + made_by.workload, width, 0, 2);
    if (made_by.version.empty()) return text;
    // The command is not broken, so that it can be pasted.
    return text +
           fmt::format("made by drywalk {} ({}):\n  {}\n", made_by.version, made_by.commit, one_line(made_by.command));
}

ordered_json made_by_json(const MadeBy& made_by)
{
    ordered_json object{{"drywalk", made_by.version},
                        {"commit", made_by.commit},
                        {"command", one_line(made_by.command)},
                        {"input", one_line(made_by.input)}};
    if (!made_by.machine.empty()) {
        object["machine"] = made_by.machine;
        object["machine_overrides"] = overrides_json(made_by);
        object["guest"] = !made_by.host_page_size.empty();
        if (!made_by.host_page_size.empty()) object["host_page_size"] = made_by.host_page_size;
    }
    if (made_by.seed) object["seed"] = *made_by.seed;
    if (!made_by.workload.empty()) object["workload"] = made_by.workload;
    return object;
}

} // namespace drywalk::output
