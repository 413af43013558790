// SPDX-License-Identifier: MIT
// Where entry.S leads: set the machine up, run the kernel, end the machine.

#include "kernel_model/core/kernel.hpp"
#include "kernel_model/hal/x86_64/descriptors.hpp"
#include "kernel_model/hal/x86_64/log.hpp"
#include "kernel_model/hal/x86_64/path_counters.hpp"
#include "kernel_model/hal/x86_64/program.hpp"
#include "kernel_model/hal/x86_64/serial.hpp"

namespace drywalk::kernel {

extern "C" [[noreturn]] void kernel_entry(std::uint32_t loader_magic, std::uint64_t multiboot_information)
{
    using namespace x86_64;
    initialize_serial();
    // The firmware or the loader may have left an unfinished line on the port.
    write_serial("\n");
    load_descriptors();
    adopt_program(loader_magic, x86::PhysicalAddress{multiboot_information});
    calibrate_path_counters();
    // A refusal is in the log as an observation.
    static_cast<void>(run_kernel());
    finish_log();
    shut_down(Ending::success);
}

} // namespace drywalk::kernel
