// SPDX-License-Identifier: MIT
// Giving up: one line on the serial port, then the machine ends.
#pragma once

#include "kernel_model/boot/log_format.hpp"

namespace drywalk::kernel::x86_64 {

/// `line` was begun with log::panic_tag.
[[noreturn]] void panic(log::Line line);
[[noreturn]] void panic(const char* text);

} // namespace drywalk::kernel::x86_64
