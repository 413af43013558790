// SPDX-License-Identifier: MIT
// A directory for the files of one machine run.

#include "sim/boot/work_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace drywalk::boot {

namespace fs = std::filesystem;

namespace {

[[nodiscard]] fs::path make_temporary()
{
    std::string pattern = fs::temp_directory_path() / "drywalk-boot-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw fs::filesystem_error{"cannot make a temporary directory", pattern,
                                   std::error_code{errno, std::generic_category()}};
    }
    return pattern;
}

} // namespace

WorkDirectory::WorkDirectory(const std::optional<fs::path>& kept)
    : path_{kept ? fs::absolute(*kept) : make_temporary()}, temporary_{!kept}
{
    fs::create_directories(path_);
}

WorkDirectory::~WorkDirectory()
{
    if (!temporary_) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

} // namespace drywalk::boot
