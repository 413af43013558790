// SPDX-License-Identifier: MIT
// What the kernel reports, one record an operation; the simulator and the machines are compared on these.
#pragma once

#include <cstdint>

namespace drywalk::kernel {

enum class ObservationKind : std::uint8_t {
    booted,     ///< a: bytes left in the frame pool, b: bytes used by the kernel's own tables
    image,      ///< a: Image, b: bytes used so far
    instance,   ///< a: Instance, b: bytes used so far
    called,     ///< a: Instance, b: depth after the CALL
    value,      ///< a: item's index in its body, b: the value read, written or returned
    page_fault, ///< a: item's index in its body, b: CR2, code: error code
    ran,        ///< a: body, b: Instance
    halted,     ///< a: Instance, b: depth after the HALT
    refused,    ///< a: the operation's index, b: kernel::Refusal
    finished,   ///< a: CR3 writes, b: INVLPGs, code: CR4 writes
};

struct Observation {
    ObservationKind kind = ObservationKind::booted;
    std::uint32_t code = 0;
    std::uint64_t a = 0;
    std::uint64_t b = 0;

    constexpr bool operator==(const Observation&) const = default;
};

/// Why the kernel could not carry out the program.
enum class Refusal : std::uint8_t {
    none,
    bad_program,     ///< the header or a record is not what workload.hpp says
    out_of_memory,   ///< the frame pool is exhausted
    call_too_deep,   ///< more than max_call_depth frames
    nothing_to_halt, ///< HALT without a frame
    not_running,     ///< RUN without a frame
    unexpected_exit, ///< ring 3 left by neither the software interrupt nor a page fault
};

} // namespace drywalk::kernel
