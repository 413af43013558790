// SPDX-License-Identifier: MIT
#include "sim/output/atomic_file.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/files_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace drywalk::output {

namespace fs = std::filesystem;

namespace {

constexpr mode_t any_file = 0666;   ///< less the umask
constexpr mode_t any_folder = 0777; ///< less the umask
constexpr mode_t permission_bits = 07777;

/// "NAME.PID.N.partial" beside `file`; a long name is cut, so that the whole fits.
[[nodiscard]] fs::path temporary_beside(const fs::path& file, unsigned number)
{
    const std::string suffix = fmt::format(".{}.{}.partial", ::getpid(), number);
    std::string name = file.filename();
    name.resize(std::min<std::size_t>(name.size(), NAME_MAX - suffix.size()));
    return fs::path{file}.replace_filename(name + suffix);
}

} // namespace

AtomicFile::AtomicFile(fs::path name, Replaces replaces)
    : name_{std::move(name)}, replaces_{replaces}, destination_{destination_of(name_)}
{
    if (destination_.kind == Destination::Kind::regular)
        open_temporary();
    else
        open_through();
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : name_{std::move(other.name_)}, replaces_{other.replaces_}, destination_{std::move(other.destination_)},
      descriptor_{std::exchange(other.descriptor_, -1)}, folders_{std::move(other.folders_)}, temporary_{std::move(
                                                                                                  other.temporary_)}
{
    other.folders_.clear();
    other.temporary_.reset();
}

AtomicFile::~AtomicFile()
{
    if (descriptor_ >= 0) ::close(descriptor_);
    temporary_.reset();
    while (!folders_.empty())
        folders_.pop_back(); // the innermost first
}

void AtomicFile::open_through()
{
    if (destination_.kind == Destination::Kind::open) {
        descriptor_ = ::fcntl(destination_.descriptor, F_DUPFD_CLOEXEC, 0);
    } else {
        // Of a file that another process writes to, what is there stays.
        descriptor_ = ::open(destination_.path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    }
    if (descriptor_ < 0) cannot_write(name_, errno);
}

void AtomicFile::open_temporary()
{
    const fs::path& file = destination_.path;
    if (destination_.status && ::access(file.c_str(), W_OK) != 0) cannot_write(name_, errno);
    if (file.has_parent_path()) make_folders(file.parent_path());
    for (unsigned number = 0; descriptor_ < 0; ++number) {
        const fs::path temporary = temporary_beside(file, number);
        const SignalsHeld held;
        descriptor_ = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, any_file);
        if (descriptor_ >= 0)
            temporary_.emplace(Leftover::Kind::file, temporary);
        else if (errno != EEXIST)
            cannot_write(name_, errno);
    }
    copy_permissions();
}

void AtomicFile::make_folders(const fs::path& folder)
{
    if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return;
    make_folders(folder.has_filename() ? folder.parent_path() : folder.parent_path().parent_path());
    const SignalsHeld held;
    if (::mkdir(folder.c_str(), any_folder) == 0)
        folders_.emplace_back(Leftover::Kind::folder, folder);
    else if (errno != EEXIST) // another process may have been faster
        cannot_write(name_, errno);
}

/// The owner first: a change of owner clears bits. Who may not give files away keeps them.
void AtomicFile::copy_permissions() const
{
    if (!destination_.status) return;
    if (::fchown(descriptor_, destination_.status->st_uid, destination_.status->st_gid) != 0) errno = 0;
    if (::fchmod(descriptor_, destination_.status->st_mode & permission_bits) != 0) cannot_write(name_, errno);
}

void AtomicFile::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) cannot_write(name_, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void AtomicFile::complete()
{
    if (descriptor_ < 0) return;
    // Some file systems say only now that there is no room, or that the disk failed.
    if (temporary_ && ::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) cannot_write(name_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) cannot_write(name_, errno);
    if (temporary_) refuse_input();
}

void AtomicFile::refuse_input() const
{
    struct stat status {};
    if (replaces_ == Replaces::its_own_input || ::stat(destination_.path.c_str(), &status) != 0) return;
    if (!was_read(status)) return;
    throw InputError{one_line(
        fmt::format("{}: this command has read it, and it would be lost (name another file)", name_.string()))};
}

void AtomicFile::commit()
{
    complete();
    if (!temporary_) return;
    const SignalsHeld held;
    if (::rename(temporary_->path().c_str(), destination_.path.c_str()) != 0) cannot_write(name_, errno);
    temporary_->keep();
    for (Leftover& folder : folders_)
        folder.keep();
}

void AtomicFile::adopt()
{
    if (temporary_) temporary_->adopt();
    for (Leftover& folder : folders_)
        folder.adopt();
}

void write_whole(const fs::path& name, std::string_view text)
{
    AtomicFile file{name};
    file.write(text);
    file.commit();
}

} // namespace drywalk::output
