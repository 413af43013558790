// SPDX-License-Identifier: MIT
// What the kernel needs from a machine. hal/sim and hal/x86_64 implement it; core/ calls nothing else.
//
// Everything above the line "harness" is the machine: it takes time and goes through the TLB. What stands below is
// how a test bench talks to the kernel: it takes no simulated time and touches no page that the workload can.
#pragma once

#include "kernel_model/core/observation.hpp"
#include "kernel_model/core/workload.hpp"
#include "kernel_model/hal/where.hpp"
#include "models/x86/address.hpp"
#include "models/x86/control.hpp"

#include <cstdint>

namespace drywalk::kernel::hal {

using x86::LinearAddress;
using x86::PhysicalAddress;

// Memory through the direct map, as the supervisor ----------------------------------------------------------------
/// 8-byte aligned.
[[nodiscard]] std::uint64_t load(PhysicalAddress address);
void store(PhysicalAddress address, std::uint64_t value, Where where = Where::current());
/// Fills one 4 KiB page with zeroes.
void zero_page(PhysicalAddress page, Where where = Where::current());

// Control registers and invalidation ------------------------------------------------------------------------------
void write_cr0(x86::Cr0 value, Where where = Where::current());
void write_cr3(x86::Cr3 value, Where where = Where::current());
void write_cr4(x86::Cr4 value, Where where = Where::current());
void write_efer(x86::Efer value, Where where = Where::current());
[[nodiscard]] x86::Cr0 read_cr0();
[[nodiscard]] x86::Cr4 read_cr4();
[[nodiscard]] x86::Efer read_efer();
void invlpg(LinearAddress address, Where where = Where::current());

// Ring 3 ----------------------------------------------------------------------------------------------------------
/// Where the stub in ring 3 starts or continues: the item it works on next.
struct UserState {
    LinearAddress stack_top;
    std::uint32_t next_item = 0;
    std::uint32_t item_count = 0;
};

struct UserExit {
    enum class Kind : std::uint8_t { finished, page_fault, unexpected };

    Kind kind = Kind::finished;
    std::uint8_t vector = 0;         ///< the exception or interrupt that ended ring 3
    std::uint32_t error_code = 0;    ///< of a page fault
    std::uint64_t fault_address = 0; ///< CR2
    std::uint32_t item = 0;          ///< the item that faulted
};

/// Enters the stub by IRETQ and returns when an exception or the software interrupt brings the kernel back. The
/// address space to run in is loaded already.
[[nodiscard]] UserExit enter_user(const UserState& state);

/// The kernel's paths whose instructions are counted on a real machine and charged in the simulator.
enum class Path : std::uint8_t {
    boot,
    create_image,
    create_instance,
    call,
    run,        ///< into ring 3 and back, an Image switch left out
    page_fault, ///< the handler's part in C++
    halt,
    switch_image,    ///< the discipline's work when the Image changes, INVLPG loops left out
    invalidate_page, ///< one turn of an INVLPG loop
};
inline constexpr unsigned path_count = 9;

/// One pass through `path`. Passes nest: what an inner one does counts for the inner one alone, and neither ring 3 nor
/// the harness counts for any.
void begin_path(Path path);
void end_path(Path path);

/// An invariant of the kernel does not hold: reports `what` and ends the machine.
[[noreturn]] void broken_invariant(const char* what);

// Harness ---------------------------------------------------------------------------------------------------------
[[nodiscard]] const ProgramHeader& program_header();
[[nodiscard]] ImageRecord image_record(std::uint32_t index);
[[nodiscard]] InstanceRecord instance_record(std::uint32_t index);
[[nodiscard]] BodyRecord body_record(std::uint32_t index);
[[nodiscard]] OperationRecord operation_record(std::uint32_t index);
/// Puts `body`'s items into the mailbox.
void load_mailbox(const BodyRecord& body);
/// What the stub stored for item `index` of the body it ran.
[[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index);
void report(const Observation& observation);

} // namespace drywalk::kernel::hal
