// SPDX-License-Identifier: MIT
// A simulated machine in front of another one: a test overrides what it wants to see or to leave out.
#pragma once

#include "kernel_model/hal/sim/machine.hpp"

namespace drywalk::test {

class ForwardingMachine : public kernel::hal::SimulatedMachine {
public:
    explicit ForwardingMachine(kernel::hal::SimulatedMachine& behind) : behind_{behind} {}

    void at(const kernel::hal::Where& where) override { behind_.at(where); }
    std::uint64_t load(x86::PhysicalAddress address) override { return behind_.load(address); }
    void store(x86::PhysicalAddress address, std::uint64_t value) override { behind_.store(address, value); }
    void zero_page(x86::PhysicalAddress page) override { behind_.zero_page(page); }
    void copy_page(x86::PhysicalAddress to, x86::PhysicalAddress from) override { behind_.copy_page(to, from); }
    void release_page(x86::PhysicalAddress page) override { behind_.release_page(page); }
    void use_state_cache_window(x86::PhysicalAddress begin, x86::PhysicalAddress end) override
    {
        behind_.use_state_cache_window(begin, end);
    }
    void write_cr0(x86::Cr0 value) override { behind_.write_cr0(value); }
    void write_cr3(x86::Cr3 value) override { behind_.write_cr3(value); }
    void write_cr4(x86::Cr4 value) override { behind_.write_cr4(value); }
    void write_efer(x86::Efer value) override { behind_.write_efer(value); }
    [[nodiscard]] x86::Cr0 read_cr0() const override { return behind_.read_cr0(); }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return behind_.read_cr4(); }
    [[nodiscard]] x86::Efer read_efer() const override { return behind_.read_efer(); }
    void invlpg(x86::LinearAddress address) override { behind_.invlpg(address); }
    [[nodiscard]] bool has_pcids() const override { return behind_.has_pcids(); }
    [[nodiscard]] kernel::hal::UserExit enter_user(const kernel::hal::UserState& state) override
    {
        return behind_.enter_user(state);
    }
    [[nodiscard]] kernel::hal::UserExit resume_user() override { return behind_.resume_user(); }
    void begin_path(kernel::hal::Path path) override { behind_.begin_path(path); }
    [[nodiscard]] const kernel::ProgramHeader& program_header() const override { return behind_.program_header(); }
    [[nodiscard]] const std::byte* program() const override { return behind_.program(); }
    void load_mailbox(const kernel::BodyRecord& body) override { behind_.load_mailbox(body); }
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index) const override
    {
        return behind_.mailbox_result(index);
    }
    void receive_page(std::uint32_t cap, std::uint32_t page, x86::PhysicalAddress to) override
    {
        behind_.receive_page(cap, page, to);
    }
    void report(const kernel::Observation& observation) override { behind_.report(observation); }

private:
    kernel::hal::SimulatedMachine& behind_;
};

} // namespace drywalk::test
