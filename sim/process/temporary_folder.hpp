// SPDX-License-Identifier: MIT
// A folder for temporary files that goes away, however this process ends.
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace drywalk::process {

/// Where temporary files go: what TMPDIR names, as an absolute path, or /tmp. Throws InputError, which names TMPDIR, if
/// no file can be made there.
[[nodiscard]] std::filesystem::path temporary_root();

/// A fresh folder in temporary_root(). A second process watches over it and removes it with everything in it if this
/// one ends without having done so, also by SIGKILL.
class TemporaryFolder {
public:
    /// `prefix` begins the folder's name. Throws InputError.
    explicit TemporaryFolder(const std::string& prefix);
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    void start_guardian();

    std::filesystem::path path_;
    pid_t guardian_ = -1;
    int alive_ = -1; ///< the guardian sees this end of a pipe close
};

} // namespace drywalk::process
