// SPDX-License-Identifier: MIT
// The port through which a kernel reaches one processor of a simulated machine, and which one a thread's kernel is on.
#pragma once

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel::hal {

/// One function per HAL call; hal.hpp says what each means. A simulation implements it once per processor: what a call
/// does happens on that processor.
class SimulatedMachine {
public:
    SimulatedMachine() = default;
    SimulatedMachine(const SimulatedMachine&) = delete;
    SimulatedMachine& operator=(const SimulatedMachine&) = delete;
    virtual ~SimulatedMachine() = default;

    /// The line that makes the next call, for observers.
    virtual void at(const Where& /*where*/) {}

    virtual std::uint64_t load(PhysicalAddress address) = 0;
    virtual void store(PhysicalAddress address, std::uint64_t value) = 0;
    virtual void zero_page(PhysicalAddress page) = 0;
    virtual void copy_page(PhysicalAddress to, PhysicalAddress from) = 0;
    virtual void release_page(PhysicalAddress page) = 0;
    virtual void use_state_cache_window(PhysicalAddress begin, PhysicalAddress end) = 0;

    virtual void write_cr0(x86::Cr0 value) = 0;
    virtual void write_cr3(x86::Cr3 value) = 0;
    virtual void write_cr4(x86::Cr4 value) = 0;
    virtual void write_efer(x86::Efer value) = 0;
    [[nodiscard]] virtual x86::Cr0 read_cr0() const = 0;
    [[nodiscard]] virtual x86::Cr4 read_cr4() const = 0;
    [[nodiscard]] virtual x86::Efer read_efer() const = 0;
    virtual void invlpg(LinearAddress address) = 0;
    [[nodiscard]] virtual bool has_pcids() const = 0;

    [[nodiscard]] virtual UserExit enter_user(const UserState& state) = 0;
    [[nodiscard]] virtual UserExit resume_user() = 0;
    virtual void begin_path(Path path) = 0;

    [[nodiscard]] virtual const ProgramHeader& program_header() const = 0;
    /// The bytes of the workload program, for the record functions.
    [[nodiscard]] virtual const std::byte* program() const = 0;
    virtual void load_mailbox(const BodyRecord& body) = 0;
    [[nodiscard]] virtual std::uint64_t mailbox_result(std::uint32_t index) const = 0;
    virtual void receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to) = 0;
    virtual void report(const Observation& observation) = 0;
};

/// Binds the kernel's HAL calls to one processor of one machine while this object lives; what was bound before is bound
/// again afterwards. hal.hpp has free functions, as on a real processor, so the binding is the one thing that a call
/// does not name. Each host thread has its own: several machines, and several processors of one, can live in one
/// process. The kernel itself runs once at a time, for run_kernel() keeps it in static storage.
class MachineInUse {
public:
    explicit MachineInUse(SimulatedMachine& machine);
    ~MachineInUse();
    MachineInUse(const MachineInUse&) = delete;
    MachineInUse& operator=(const MachineInUse&) = delete;

    /// Nothing is bound while this object lives. For a kernel that lets another one run on the same host thread, as
    /// coroutines do, until it is its turn again.
    class Suspension {
    public:
        Suspension();
        ~Suspension();
        Suspension(const Suspension&) = delete;
        Suspension& operator=(const Suspension&) = delete;

    private:
        SimulatedMachine* suspended_;
    };

private:
    SimulatedMachine* before_;
};

} // namespace drywalk::kernel::hal
