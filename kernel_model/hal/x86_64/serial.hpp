// SPDX-License-Identifier: MIT
// The log's way out, and the machine's end.
#pragma once

#include <string_view>

namespace drywalk::kernel::x86_64 {

/// COM1 at 115,200 baud, 8 data bits, no interrupts.
void initialize_serial();
void write_serial(std::string_view text);

enum class Ending : unsigned char { success, failure };
/// Powers the machine off, in the way of each emulator that has one.
[[noreturn]] void shut_down(Ending ending);

} // namespace drywalk::kernel::x86_64
