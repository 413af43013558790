// SPDX-License-Identifier: MIT
// A simulated machine for code that uses the kernel's page tables and runs no workload program.
#pragma once

#include "kernel_model/hal/sim/machine.hpp"

namespace drywalk::kernel::hal {

/// Memory is left to implement; every other request of a kernel is a broken invariant unless it is overridden.
class ProgramlessMachine : public SimulatedMachine {
public:
    void copy_page(PhysicalAddress /*to*/, PhysicalAddress /*from*/) override { refuse(); }
    void release_page(PhysicalAddress /*page*/) override { refuse(); }
    void use_state_cache_window(PhysicalAddress /*begin*/, PhysicalAddress /*end*/) override { refuse(); }

    void write_cr0(x86::Cr0 /*value*/) override { refuse(); }
    void write_cr3(x86::Cr3 /*value*/) override { refuse(); }
    void write_cr4(x86::Cr4 /*value*/) override { refuse(); }
    void write_efer(x86::Efer /*value*/) override { refuse(); }
    [[nodiscard]] x86::Cr0 read_cr0() const override { refuse(); }
    [[nodiscard]] x86::Cr4 read_cr4() const override { refuse(); }
    [[nodiscard]] x86::Efer read_efer() const override { refuse(); }
    void invlpg(LinearAddress /*address*/) override { refuse(); }
    [[nodiscard]] bool has_pcids() const override { refuse(); }

    [[nodiscard]] UserExit enter_user(const UserState& /*state*/) override { refuse(); }
    [[nodiscard]] UserExit resume_user() override { refuse(); }
    void begin_path(Path /*path*/) override {} ///< instructions are not counted

    [[nodiscard]] const ProgramHeader& program_header() const override { refuse(); }
    [[nodiscard]] const std::byte* program() const override { refuse(); }
    void load_mailbox(const BodyRecord& /*body*/) override { refuse(); }
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t /*index*/) const override { refuse(); }
    void receive_page(std::uint32_t /*cap*/, std::uint32_t /*page*/, PhysicalAddress /*to*/) override { refuse(); }
    void report(const Observation& /*observation*/) override { refuse(); }

private:
    [[noreturn]] static void refuse() { broken_invariant("no workload program runs on this machine"); }
};

} // namespace drywalk::kernel::hal
