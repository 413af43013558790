// SPDX-License-Identifier: MIT
// What the name of an output stands for: a regular file, or something that bytes are written through to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace drywalk::output {

struct Destination {
    enum class Kind {
        regular, ///< a regular file, or a name that is not taken: replaced as a whole
        open,    ///< a file descriptor of this process: -, /dev/stdout, /dev/fd/N
        special, ///< a device, a FIFO or a socket, or a file that another process has open
    };

    Kind kind = Kind::regular;
    std::filesystem::path path;        ///< symbolic links followed; not of an open file
    int descriptor = -1;               ///< of an open file
    std::optional<struct stat> status; ///< of what is there already
};

/// Follows symbolic links. Throws InputError if `name` is empty or leads to a folder, or if it cannot be looked up.
[[nodiscard]] Destination destination_of(const std::filesystem::path& name);

/// Throws the InputError that `name` cannot be written, with `why`.
[[noreturn]] void cannot_write(const std::filesystem::path& name, const std::string& why);
/// The same, because of `error`, a value of errno.
[[noreturn]] void cannot_write(const std::filesystem::path& name, int error);

} // namespace drywalk::output
