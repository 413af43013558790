// SPDX-License-Identifier: MIT
// A directory for the files of one machine run.
#pragma once

#include "sim/process/temporary_folder.hpp"

#include <filesystem>
#include <optional>

namespace drywalk::boot {

/// A fresh temporary directory, removed with everything in it at the end; or one that the user named, which stays.
class WorkDirectory {
public:
    /// Throws InputError or std::filesystem::filesystem_error.
    explicit WorkDirectory(const std::optional<std::filesystem::path>& kept);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    std::optional<process::TemporaryFolder> temporary_;
};

} // namespace drywalk::boot
