// SPDX-License-Identifier: MIT
// The command lines and files of QEMU, Bochs and GRUB.
#pragma once

#include "sim/process/command.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::boot {

/// A program or file that a machine needs, and the Debian package that has it.
struct Requirement {
    std::string_view name; ///< a program in PATH, or an absolute path
    std::string_view package;
};

[[nodiscard]] const std::vector<Requirement>& qemu_requirements();
[[nodiscard]] const std::vector<Requirement>& bochs_requirements();

/// The first that is not there, as a line for people.
[[nodiscard]] std::optional<std::string> missing_requirement(const std::vector<Requirement>& requirements);

/// The files of a run. All but `kernel` are in one directory.
struct RunFiles {
    std::filesystem::path directory;
    std::filesystem::path kernel;
    std::filesystem::path program;
    std::filesystem::path serial_output;
};

struct QemuOptions {
    std::string accelerator;
    std::string processor;
    std::uint64_t memory_mib = 0;
    bool count_instructions = false;
};

// The commands name the files of a run without their directory, whose name may hold what these programs cannot take
// (QEMU cuts at commas and spaces, Bochs at quotes): they are for in_directory().

[[nodiscard]] std::vector<std::string> qemu_command(const RunFiles& files, const QemuOptions& options);

/// Lays out a directory tree and returns the command that makes the CD image of it for Bochs.
[[nodiscard]] std::vector<std::string> prepare_cd_image(const RunFiles& files);

/// Writes Bochs's configuration and returns the command that boots the CD image.
[[nodiscard]] std::vector<std::string> prepare_bochs(const RunFiles& files, std::uint64_t memory_mib);

/// The command `words`, to be run in the directory of `files`.
[[nodiscard]] process::Command in_directory(const RunFiles& files, std::vector<std::string> words,
                                            std::chrono::milliseconds time_limit);

/// Bochs's own log of a run.
[[nodiscard]] std::filesystem::path bochs_log(const RunFiles& files);

} // namespace drywalk::boot
