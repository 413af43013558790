// SPDX-License-Identifier: MIT
// What the kernel calls on one processor of a simulated machine, handed to the part of the simulation that carries it
// out.
#pragma once

#include "kernel_model/hal/sim/machine.hpp"
#include "sim/platform/core.hpp"
#include "sim/platform/harness.hpp"
#include "sim/platform/kernel_costs.hpp"
#include "sim/platform/supervisor_memory.hpp"
#include "sim/platform/user_execution.hpp"

#include <array>

namespace drywalk::platform {

class KernelPort final : public kernel::hal::SimulatedMachine {
public:
    using PathPasses = std::array<std::uint64_t, kernel::hal::path_count>;

    /// What the kernel's instructions and its pages cost on the machine.
    struct Costs {
        KernelCosts kernel;
        machine::PlatformCosts platform;
    };

    /// `core` and `harness` outlive the port.
    KernelPort(Core& core, Harness& harness, const Costs& costs);

    [[nodiscard]] const UserCounts& user_counts() const { return user_.counts(); }
    [[nodiscard]] const PathPasses& path_passes() const { return path_passes_; }

    // kernel::hal::SimulatedMachine
    void at(const kernel::hal::Where& where) override { core_.at(where); }
    std::uint64_t load(x86::PhysicalAddress address) override { return memory_.load(address); }
    void store(x86::PhysicalAddress address, std::uint64_t value) override { memory_.store(address, value); }
    void zero_page(x86::PhysicalAddress page) override { memory_.zero_page(page); }
    void copy_page(x86::PhysicalAddress to, x86::PhysicalAddress from) override { memory_.copy_page(to, from); }
    void release_page(x86::PhysicalAddress page) override;
    void use_state_cache_window(x86::PhysicalAddress begin, x86::PhysicalAddress end) override
    {
        memory_.use_state_cache_window(begin, end);
    }
    void write_cr0(x86::Cr0 value) override { core_.write_cr0(value); }
    void write_cr3(x86::Cr3 value) override { core_.write_cr3(value); }
    void write_cr4(x86::Cr4 value) override { core_.write_cr4(value); }
    void write_efer(x86::Efer value) override { core_.write_efer(value); }
    [[nodiscard]] x86::Cr0 read_cr0() const override { return core_.mode().cr0; }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return core_.mode().cr4; }
    [[nodiscard]] x86::Efer read_efer() const override { return core_.mode().efer; }
    void invlpg(x86::LinearAddress address) override { core_.invlpg(address); }
    [[nodiscard]] bool has_pcids() const override { return core_.has_pcids(); }
    [[nodiscard]] kernel::hal::UserExit enter_user(const kernel::hal::UserState& state) override
    {
        return user_.enter(state);
    }
    [[nodiscard]] kernel::hal::UserExit resume_user() override { return user_.resume(); }
    void begin_path(kernel::hal::Path path) override;
    [[nodiscard]] const kernel::ProgramHeader& program_header() const override { return harness_.header(); }
    [[nodiscard]] const std::byte* program() const override { return harness_.program().data(); }
    void load_mailbox(const kernel::BodyRecord& body) override { harness_.fill_mailbox(core_.shared().memory(), body); }
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index) const override
    {
        return Harness::mailbox_result(core_.shared().memory(), index);
    }
    void receive_page(std::uint32_t cap, std::uint32_t page, x86::PhysicalAddress to) override;
    void report(const kernel::Observation& observation) override { harness_.report(observation, core_.elapsed()); }

private:
    void end_setup();

    Core& core_;
    Harness& harness_;
    Costs costs_;
    SupervisorMemory memory_;
    UserExecution user_;
    PathPasses path_passes_{};
};

} // namespace drywalk::platform
