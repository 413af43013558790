// SPDX-License-Identifier: MIT
// The rules of the source tree, as functions of one file's path and text: who may include whom, and the rest of what
// CONTRIBUTING.md asks of every file that a program can see.
#pragma once

#include <string>
#include <vector>

namespace drywalk::architecture {

struct SourceFile {
    std::string path; ///< from the repository's root, with '/'
    std::string text;
};

struct Finding {
    unsigned line = 0; ///< from 1; 0 if the file as a whole is meant
    std::string message;
};

inline constexpr unsigned most_lines = 500;
inline constexpr unsigned most_lines_of_an_installed_header = 900; ///< others copy it: it is one file

/// Everything that is wrong with `file`.
[[nodiscard]] std::vector<Finding> check(const SourceFile& file);

/// True if check() knows rules for a file of this name.
[[nodiscard]] bool is_source(const std::string& path);

/// `text` with comments, and outside preprocessor lines string and character literals too, turned into spaces.
/// Lines stay where they are.
[[nodiscard]] std::string code_of(const std::string& text);

/// What the files of one folder may include, as prefixes.
struct FolderArrows {
    std::string folder;
    std::vector<std::string> may_include;
};

/// The rules of the folders that CONTRIBUTING.md has a line for, in its order.
[[nodiscard]] std::vector<FolderArrows> documented_arrows();

} // namespace drywalk::architecture
