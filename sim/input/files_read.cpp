// SPDX-License-Identifier: MIT
#include "sim/input/files_read.hpp"

#include <mutex>
#include <set>
#include <utility>

namespace drywalk {

namespace {

/// Of the process: reading is spread over all commands, and files are few.
class FilesRead {
public:
    void add(const struct stat& status)
    {
        if (!S_ISREG(status.st_mode)) return;
        const std::scoped_lock lock{mutex_};
        known_.emplace(status.st_dev, status.st_ino);
    }
    [[nodiscard]] bool contains(const struct stat& status)
    {
        const std::scoped_lock lock{mutex_};
        return known_.contains({status.st_dev, status.st_ino});
    }

private:
    std::mutex mutex_;
    std::set<std::pair<dev_t, ino_t>> known_;
};

FilesRead& files_read()
{
    static FilesRead all;
    return all;
}

} // namespace

void note_read(int descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) == 0) files_read().add(status);
}

void note_read(const std::filesystem::path& file)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0) files_read().add(status);
}

bool was_read(const struct stat& status) { return files_read().contains(status); }

} // namespace drywalk
