// SPDX-License-Identifier: MIT
// A file that is written whole or not at all: everything that this program writes goes through it.
#pragma once

#include "sim/output/destination.hpp"
#include "sim/output/leftovers.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace drywalk::output {

/// Of a regular file, and of a name that is not taken, the bytes go to a temporary file beside it that takes its place
/// with commit(), with the permission bits of the file that was there; symbolic links are followed, missing folders are
/// made. Without commit(), and if a signal ends the process, nothing has changed and nothing is left.
/// To anything else (a device, a FIFO, - for standard output, /dev/fd/N) the bytes are written through.
/// A file that this process has read is not replaced, unless the caller says that it renews it.
/// Every function throws InputError: one line with the name and the system's reason.
class AtomicFile {
public:
    /// What may stand where the file is to be.
    enum class Replaces { no_input, its_own_input };

    explicit AtomicFile(std::filesystem::path name, Replaces replaces = Replaces::no_input);
    AtomicFile(AtomicFile&& other) noexcept;
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    AtomicFile& operator=(AtomicFile&&) = delete;

    void write(std::string_view bytes);
    /// All bytes are written, and stored as far as the system tells. Nothing may follow but commit().
    void complete();
    /// complete(), and the file takes its place.
    void commit();
    /// In a forked child that writes what its parent will commit.
    void adopt();
    /// As the caller named it.
    [[nodiscard]] const std::filesystem::path& name() const { return name_; }

private:
    void open_through();
    void open_temporary();
    void make_folders(const std::filesystem::path& folder);
    void copy_permissions() const;
    void refuse_input() const;

    std::filesystem::path name_;
    Replaces replaces_;
    Destination destination_;
    int descriptor_ = -1;
    std::vector<Leftover> folders_; ///< that were made for it
    std::optional<Leftover> temporary_;
};

/// Writes all of `text` to the file of that name.
void write_whole(const std::filesystem::path& name, std::string_view text);

} // namespace drywalk::output
