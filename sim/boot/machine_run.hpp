// SPDX-License-Identifier: MIT
// Boots the kernel with a workload program on a machine and brings its log home.
#pragma once

#include "sim/boot/serial_log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace drywalk::boot {

enum class Target : std::uint8_t {
    qemu,  ///< QEMU's TCG: every MOV CR3 flushes everything, so it cannot show a stale global entry
    bochs, ///< Bochs: global entries survive MOV CR3
    kvm,   ///< the host's processor, under QEMU
};

[[nodiscard]] const char* target_name(Target target);

struct MachineRequest {
    Target target = Target::qemu;
    std::filesystem::path kernel;       ///< drywalk_kernel.elf
    std::span<const std::byte> program; ///< kernel_model/program/workload.hpp
    std::uint64_t memory_bytes = 0;     ///< of the machine; 0: what the program needs
    std::chrono::seconds time_limit{60};
    bool count_instructions = false;                       ///< QEMU only: time-stamp counter ticks become instructions
    std::optional<std::filesystem::path> work_directory{}; ///< to keep the run's files; otherwise they are temporary
};

enum class MachineStatus : std::uint8_t {
    completed,    ///< the whole log arrived
    missing_tool, ///< a program is not installed; the message names its Debian package
    unusable,     ///< KVM only: this host's does not run the kernel; the message says what it did
    timed_out,
    failed, ///< the machine or the kernel gave up, or the log is damaged
};

struct MachineResult {
    MachineStatus status = MachineStatus::failed;
    SerialLog log;       ///< complete only if `status` is completed
    std::string message; ///< one or more lines for people; empty if completed
    double seconds = 0;  ///< from the first tool's start to the machine's end
};

/// Throws InputError or std::filesystem::filesystem_error if the run's files cannot be written; everything else is in
/// the result.
[[nodiscard]] MachineResult run_on(const MachineRequest& request);

/// What is missing on this host to run `target`, in words that name the Debian package; nothing if all is there. For
/// KVM also why /dev/kvm cannot be opened.
[[nodiscard]] std::optional<std::string> missing_for(Target target);

} // namespace drywalk::boot
