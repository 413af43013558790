// SPDX-License-Identifier: MIT
// Findings that were there before: a file of fingerprints, so that a check fails only for new ones.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::judge {

/// One group of findings. Only `fingerprint` and `discipline` are compared; the rest is for people.
struct BaselineEntry {
    std::string fingerprint;
    std::string kind;
    std::string place;      ///< the line to fix
    std::string use;        ///< the line that may go wrong; empty: not given
    std::string discipline; ///< of a scenario's run; empty: a trace
    bool operator==(const BaselineEntry&) const = default;
};

struct Baseline {
    std::vector<BaselineEntry> entries;
};

/// The text of a baseline file.
[[nodiscard]] std::string baseline_text(const Baseline& baseline);

/// Reads such a text; `file` is what errors call it. Throws InputError.
[[nodiscard]] Baseline parse_baseline(std::string_view text, const std::string& file);

/// Throws InputError.
[[nodiscard]] Baseline load_baseline(const std::filesystem::path& file);

} // namespace drywalk::judge
