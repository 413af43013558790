// SPDX-License-Identifier: MIT
// A simulated machine: memory, caches and a list of processors.
#pragma once

#include "sim/platform/core.hpp"

#include <deque>

namespace drywalk::platform {

/// What a machine is made of. Everything it refers to outlives the machine.
struct MachineSetup {
    const machine::Profile& profile;
    std::uint64_t memory_bytes = 0; ///< of the software; if that is a guest, the host's tables lie above
    memory::Port& caches;
    std::vector<EventObserver*> observers;
    bool fast_path = true;
};

class Machine {
public:
    explicit Machine(const MachineSetup& setup);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Adds the processor with the next number; it stays where it is. Its time passes on `timeline`.
    Core& add_processor(Timeline& timeline, std::uint64_t quantum = 1);
    [[nodiscard]] Core& cpu(unsigned number) { return cpus_.at(number); }
    [[nodiscard]] unsigned cpu_count() const { return static_cast<unsigned>(cpus_.size()); }
    [[nodiscard]] const machine::Profile& profile() const { return profile_; }
    [[nodiscard]] SharedMemory& shared() { return shared_; }
    [[nodiscard]] memory::PhysicalMemory& memory() { return shared_.memory(); }

    /// Every processor in power-on state but for `mode`; the observers are told. Memory stays as it is.
    void reset(const x86::PagingMode& mode);

private:
    machine::Profile profile_;
    std::uint64_t memory_bytes_;
    SharedMemory shared_;
    x86::PhysicalAddress host_root_; ///< if software runs as a guest
    std::deque<Core> cpus_;
};

} // namespace drywalk::platform
