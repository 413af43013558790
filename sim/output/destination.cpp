// SPDX-License-Identifier: MIT
#include "sim/output/destination.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace drywalk::output {

namespace fs = std::filesystem;

namespace {

constexpr int most_links = 40; ///< as the kernel follows

[[nodiscard]] fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : "."; }

/// True for the links of /proc, such as /proc/self/fd/1: what they lead to is open, and has no name of its own.
[[nodiscard]] bool is_in_proc(const fs::path& link)
{
    struct statfs filesystem {};
    return ::statfs(folder_of(link).c_str(), &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
}

/// The number in a path like /proc/self/fd/1, if it is about this process.
[[nodiscard]] std::optional<int> own_descriptor(const fs::path& link)
{
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(link), error);
    const fs::path own = fs::canonical("/proc/self/fd", error);
    const std::string number = link.filename();
    int descriptor = -1;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), descriptor);
    const bool is_number = problem == std::errc{} && end == number.data() + number.size();
    return folder == own && is_number ? std::optional{descriptor} : std::nullopt;
}

[[nodiscard]] Destination open_file(const fs::path& name, int descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) cannot_write(name, errno);
    return {.kind = Destination::Kind::open, .path = {}, .descriptor = descriptor, .status = status};
}

/// What stands at the end of the links, none of which is followed any more.
[[nodiscard]] Destination end_of_links(const fs::path& name, const fs::path& path)
{
    Destination destination{.kind = Destination::Kind::regular, .path = path, .descriptor = -1, .status = {}};
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) cannot_write(name, errno);
        if (!path.has_filename()) cannot_write(name, "a file is expected, this names a folder");
        return destination;
    }
    if (S_ISDIR(status.st_mode)) cannot_write(name, "a folder has this name");
    destination.status = status;
    if (!S_ISREG(status.st_mode) || is_in_proc(path)) destination.kind = Destination::Kind::special;
    return destination;
}

} // namespace

void cannot_write(const fs::path& name, const std::string& why)
{
    throw InputError{one_line(fmt::format("{}: cannot be written: {}", name.string(), why))};
}

void cannot_write(const fs::path& name, int error) { cannot_write(name, std::generic_category().message(error)); }

Destination destination_of(const fs::path& name)
{
    if (name.empty()) cannot_write("\"\"", "the name is empty");
    if (name == "-") return open_file(name, STDOUT_FILENO);
    fs::path path = name;
    for (int links = 0; links < most_links; ++links) {
        std::error_code error;
        if (const std::optional<int> descriptor = own_descriptor(path)) return open_file(name, *descriptor);
        const bool is_link = fs::is_symlink(fs::symlink_status(path, error));
        if (!is_link || is_in_proc(path)) {
            // A link of /proc that is not about this process's files, such as /proc/self, is for the kernel to follow.
            const fs::path target = is_link ? fs::read_symlink(path, error) : fs::path{};
            if (!is_link || error || !target.is_relative() || path.parent_path().filename() == "fd")
                return end_of_links(name, path);
        }
        path = folder_of(path) / fs::read_symlink(path, error);
        if (error) cannot_write(name, error.value());
    }
    cannot_write(name, ELOOP);
}

} // namespace drywalk::output
