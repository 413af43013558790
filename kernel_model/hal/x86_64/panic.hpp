// SPDX-License-Identifier: MIT
// Giving up: one line on the serial port, then the machine ends.
#pragma once

#include "kernel_model/hal/x86_64/ring3.hpp"
#include "kernel_model/program/log_format.hpp"

namespace drywalk::kernel::x86_64 {

/// `line` was begun with log::panic_tag.
[[noreturn]] void panic(log::Line line);
[[noreturn]] void panic(const char* text);
/// For an exception that is not expected.
[[noreturn]] void panic(const ExceptionFrame& frame);

} // namespace drywalk::kernel::x86_64
