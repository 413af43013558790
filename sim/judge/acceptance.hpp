// SPDX-License-Identifier: MIT
// Findings that a comment in the source accepts: "drywalk: accept KIND reason".
#pragma once

#include "sim/judge/source_place.hpp"
#include "sim/judge/verdict.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::judge {

/// The sources below one directory. Files that are missing, outside of it, or no regular files hold no comments.
class SourceTree {
public:
    static constexpr std::size_t longest_file = std::size_t{8} * 1024 * 1024; ///< a longer one is not looked at
    static constexpr std::size_t most_bytes = std::size_t{256} * 1024 * 1024; ///< of all files together

    explicit SourceTree(const std::filesystem::path& root);

    /// The reason given on the line or on the line before it for accepting `kind`. A comment that names no kind of
    /// finding, or gives no reason, throws InputError.
    [[nodiscard]] std::optional<std::string> reason_at(const SourcePlace& place, std::string_view kind);

private:
    struct Comment {
        std::size_t column = 0; ///< from 1
        std::string kind;
        std::string reason;
    };
    using Comments = std::multimap<std::uint64_t, Comment>; ///< by line

    [[nodiscard]] const Comments& comments_of(const std::string& file);
    [[nodiscard]] std::optional<std::filesystem::path> inside(const std::string& file) const;
    [[nodiscard]] Comments read(const std::filesystem::path& file);

    std::filesystem::path root_; ///< empty: there is no such directory
    std::map<std::string, Comments> known_;
    std::size_t bytes_ = 0;
};

/// For each finding, violations first, why it is accepted: by the line to fix, or by the finding's own line. Empty: it
/// is not. Throws InputError.
[[nodiscard]] std::vector<std::string> acceptances(const TraceVerdict& verdict, SourceTree& sources);

} // namespace drywalk::judge
