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
    // The capability kernel's:
    cap,          ///< a: DataCap that exists from the start, b: its content address
    entered,      ///< CALL: a: slot, b: depth after it, code: the callee's Image
    call_refused, ///< CALL: a: slot, b: kernel::CallFault; nothing of the caller changed
    state,    ///< at the end of a frame, one a persistent mapping: a: its slot, b: the content address that is there
              ///< now (0: none), code: pages published
    left,     ///< a frame ended and was committed: a: the slot it was called through, b: depth after, code: Image
    faulted,  ///< a frame ended and was discarded: a: FrameFault, b: depth after, code: Image
    slot_set, ///< derive, put, copy or clear: a: slot, b: what is there now: content address, chain or 0
    counter,  ///< code: kernel::Counter, b: its value at the end
};
inline constexpr std::uint8_t observation_kind_count = 18;

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

/// Why a CALL did not come about.
enum class CallFault : std::uint8_t {
    none,
    not_an_instance, ///< the slot is empty or holds a DataCap
    no_endpoint,     ///< the Image has no such endpoint
    cap_too_long,    ///< a mapping's DataCap has more pages than the mapping
    not_data,        ///< a mapping's slot holds an Instance
    out_of_memory,   ///< the frame pool or the state cache is exhausted
};

/// Why a frame was discarded.
enum class FrameFault : std::uint8_t {
    none,
    page_fault,    ///< a page_fault observation before it says where
    out_of_memory, ///< in the page-fault handler, at a derivation, or while its end was being published
    bad_operation, ///< an operation named what is not there
};

/// What the capability kernel counts over a whole program.
enum class Counter : std::uint8_t {
    cr3_writes,
    cr4_writes,
    invlpgs,
    copy_on_writes,   ///< page faults that a private copy answered
    pages_brought_in, ///< leaves made by the page-fault handler without a copy
    pages_copied,     ///< 4 KiB each
    pages_zeroed,     ///< for the workload's memory, tables left out
    tables_allocated,
    tables_released,
    runtimes_built,
    runtimes_reused,
    runtimes_dropped,
    caps_published, ///< new content
    caps_found,     ///< publishing found the content there already
    caps_evicted,
    caps_brought_again, ///< by the host, after an eviction
    directory_probes,
    heap_frames_in_use, ///< at the end
    state_pages_in_use, ///< at the end
};
inline constexpr std::uint8_t counter_count = 19;

} // namespace drywalk::kernel
