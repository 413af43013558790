// SPDX-License-Identifier: MIT
// A directory for the files of one machine run.
#pragma once

#include <filesystem>
#include <optional>

namespace drywalk::boot {

/// A fresh temporary directory, removed with everything in it at the end; or one that the user named, which stays.
class WorkDirectory {
public:
    /// Throws std::filesystem::filesystem_error.
    explicit WorkDirectory(const std::optional<std::filesystem::path>& kept);
    ~WorkDirectory();
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    bool temporary_;
};

} // namespace drywalk::boot
