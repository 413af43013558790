// SPDX-License-Identifier: MIT
// Files that are written whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::output {

struct OutputFile {
    std::filesystem::path path;
    std::string text;
};

/// Writes each text to a temporary file beside its path, then renames them all; missing folders are made. Throws
/// InputError, and then no path has changed.
void write_whole(const std::vector<OutputFile>& files);
void write_whole(const std::filesystem::path& file, const std::string& text);

} // namespace drywalk::output
