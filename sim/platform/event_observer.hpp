// SPDX-License-Identifier: MIT
// What the processors of a simulated machine do, event by event, in the vocabulary of the trace format.
#pragma once

#include "kernel_model/hal/hal.hpp"
#include "models/x86/control.hpp"
#include "models/x86/walk.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::platform {

/// How an access is to end instead of as the concrete TLB has it: on the translation, or with a page fault.
struct Override {
    std::optional<x86::Translation> used;
};

/// The state before the first event; memory is all zero.
struct BeginState {
    unsigned cpus = 1;
    std::uint64_t memory_bytes = 0;
    x86::PagingMode mode; ///< of every processor
};

/// Sees every event in order, each with the number of the processor that causes it. It must not change the machine,
/// except through what access() returns.
class EventObserver {
public:
    using Where = kernel::hal::Where;

    EventObserver() = default;
    EventObserver(const EventObserver&) = delete;
    EventObserver& operator=(const EventObserver&) = delete;
    virtual ~EventObserver() = default;

    virtual void begin(const BeginState& state) = 0;
    virtual void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where) = 0;
    virtual void mov_cr0(unsigned cpu, x86::Cr0 value, const Where& where) = 0;
    virtual void mov_cr3(unsigned cpu, x86::Cr3 value, const Where& where) = 0;
    virtual void mov_cr4(unsigned cpu, x86::Cr4 value, const Where& where) = 0;
    virtual void wrmsr_efer(unsigned cpu, x86::Efer value, const Where& where) = 0;
    virtual void invlpg(unsigned cpu, x86::LinearAddress linear, const Where& where) = 0;
    /// The kernel has no further use for [address, address + bytes).
    virtual void release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes, const Where& where) = 0;
    /// An access of `bytes` bytes, about to be translated.
    [[nodiscard]] virtual std::optional<Override> access(unsigned cpu, x86::LinearAddress linear, x86::Access access,
                                                         unsigned bytes) = 0;
    /// A page fault that the concrete TLB raised was delivered for the access just made.
    virtual void page_fault(unsigned cpu, x86::LinearAddress linear) = 0;
};

} // namespace drywalk::platform
