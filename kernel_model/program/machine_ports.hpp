// SPDX-License-Identifier: MIT
// How an emulated machine is told to end: one copy for the kernel and for the tool that starts the machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace drywalk::kernel::machine_ports {

/// QEMU's isa-debug-exit device: the process ends with 2 * value + 1.
inline constexpr std::uint16_t qemu_exit_port = 0xf4;
inline constexpr std::uint32_t qemu_success = 0x10;
inline constexpr std::uint32_t qemu_failure = 0x11;

[[nodiscard]] constexpr int qemu_exit_status(std::uint32_t value) { return static_cast<int>(value << 1 | 1); }

/// Bochs and its BIOS end when this word arrives at this port.
inline constexpr std::uint16_t bochs_shutdown_port = 0x8900;
inline constexpr std::string_view bochs_shutdown_word = "Shutdown";

} // namespace drywalk::kernel::machine_ports
