// SPDX-License-Identifier: MIT
// A directory for the files of one machine run.

#include "sim/boot/work_directory.hpp"

namespace drywalk::boot {

namespace fs = std::filesystem;

WorkDirectory::WorkDirectory(const std::optional<fs::path>& kept)
{
    if (kept) {
        path_ = fs::absolute(*kept);
        fs::create_directories(path_);
    } else {
        path_ = temporary_.emplace("drywalk-boot-").path();
    }
}

} // namespace drywalk::boot
