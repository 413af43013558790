// SPDX-License-Identifier: MIT
// Which files this process has read, wherever that was: none of them may be replaced by what it writes.
#pragma once

#include <filesystem>

#include <sys/stat.h>

namespace drywalk {

/// The open file was read, or will be. Anything but a regular file is passed over.
void note_read(int descriptor);
/// The same by its name; a file that is not there is passed over.
void note_read(const std::filesystem::path& file);

/// By device and number, so links do not hide it.
[[nodiscard]] bool was_read(const struct stat& status);

} // namespace drywalk
