// SPDX-License-Identifier: MIT
// Giving up: one line on the serial port, then the machine ends.

#include "kernel_model/hal/x86_64/panic.hpp"

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/hal/x86_64/serial.hpp"

namespace drywalk::kernel {

namespace x86_64 {

void panic(log::Line line)
{
    // A line of its own, whatever was being written.
    write_serial("\n");
    write_serial(line.finish());
    shut_down(Ending::failure);
}

void panic(const char* text) { panic(log::Line{log::panic_tag}.text(text)); }

void panic(const ExceptionFrame& frame)
{
    panic(log::Line{log::panic_tag}
              .text("exception in the kernel: vector")
              .decimal(frame.vector)
              .text("rip")
              .hex(frame.instruction)
              .text("cr2")
              .hex(read_cr2())
              .text("error")
              .hex(frame.error_code)
              .text("rsp")
              .hex(frame.stack));
}

} // namespace x86_64

void hal::broken_invariant(const char* what) { x86_64::panic(what); }

// The compiler's call when a pure virtual function is reached or an assertion of the library fails.
extern "C" [[noreturn]] void abort() { x86_64::panic("abort"); }

} // namespace drywalk::kernel
