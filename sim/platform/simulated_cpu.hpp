// SPDX-License-Identifier: MIT
// The processor that the kernel runs on in the simulator: HAL calls become translations, references and cycles.
#pragma once

#include "kernel_model/core/layout.hpp"
#include "kernel_model/hal/sim/machine.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/mmu/mmu.hpp"
#include "sim/platform/event_observer.hpp"
#include "sim/platform/run_result.hpp"
#include "sim/platform/timeline.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace drywalk::platform {

/// Instructions of one pass through each of the kernel's paths, measured on the bare-metal build.
struct KernelCosts {
    std::array<std::uint32_t, kernel::hal::path_count> instructions{};
};

struct CpuOptions {
    bool record_observations = false;
    /// Cycles that may be gathered before the timeline hears of them; at least 1.
    std::uint64_t quantum = 10'000;
    /// Told of every event, in this order; the first that overrides an access has its way.
    std::vector<EventObserver*> observers;
    /// False: no hints and no short cuts, for the same results.
    bool fast_path = true;
    /// For tests that leave out what the kernel does: true for an INVLPG, or a write of CR4, that is not to happen.
    std::function<bool(const kernel::hal::Where&, x86::LinearAddress)> drops_invlpg;
    std::function<bool(const kernel::hal::Where&)> drops_cr4_write;
};

/// One processor, one program. Everything it refers to outlives it.
class SimulatedCpu final : public kernel::hal::SimulatedMachine {
public:
    SimulatedCpu(const mmu::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
                 memory::Port& port, Timeline& timeline, CpuOptions options);

    /// Runs the kernel from reset to its end. Call it once.
    [[nodiscard]] RunResult run();

    [[nodiscard]] const Counts& counts() const { return result_.counts; }
    [[nodiscard]] x86::Cr3 cr3() const { return mmu_.mode().cr3; }

    // kernel::hal::SimulatedMachine
    void at(const kernel::hal::Where& where) override { where_ = where; }
    std::uint64_t load(x86::PhysicalAddress address) override;
    void store(x86::PhysicalAddress address, std::uint64_t value) override;
    void zero_page(x86::PhysicalAddress page) override;
    void write_cr0(x86::Cr0 value) override;
    void write_cr3(x86::Cr3 value) override;
    void write_cr4(x86::Cr4 value) override;
    void write_efer(x86::Efer value) override;
    [[nodiscard]] x86::Cr0 read_cr0() const override { return mmu_.mode().cr0; }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return mmu_.mode().cr4; }
    [[nodiscard]] x86::Efer read_efer() const override { return mmu_.mode().efer; }
    void invlpg(x86::LinearAddress address) override;
    [[nodiscard]] kernel::hal::UserExit enter_user(const kernel::hal::UserState& state) override;
    void begin_path(kernel::hal::Path path) override;
    [[nodiscard]] const kernel::ProgramHeader& program_header() const override { return header_; }
    [[nodiscard]] const std::byte* program() const override { return program_.data(); }
    void load_mailbox(const kernel::BodyRecord& body) override;
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index) const override;
    void report(const kernel::Observation& observation) override;

private:
    /// What became of one access of ring 3.
    struct UserAccess {
        bool permitted = false;
        bool stale = false;
        x86::PhysicalAddress physical;
        x86::PageFaultCode fault;
    };
    /// What became of one item.
    struct ItemOutcome {
        bool permitted = false;
        std::uint64_t value = 0;
        x86::LinearAddress fault_address;
        x86::PageFaultCode fault;
    };

    void build_boot_tables();
    void tell_boot_state();
    void note_zeroes(x86::PhysicalAddress page);
    void spend(std::uint64_t cycles, Activity activity)
    {
        unreported_ += cycles;
        if (unreported_ >= options_.quantum) flush_time(activity);
    }
    void flush_time(Activity activity);
    void spend(mmu::Category category, std::uint64_t cycles, Activity activity);
    [[nodiscard]] mmu::Translated translate(x86::LinearAddress linear, x86::Access access);
    [[nodiscard]] mmu::Translated overridden(const Override& wrong, x86::LinearAddress linear, mmu::Translated right);
    template <typename Tell>
    void observe(Tell&& tell)
    {
        for (EventObserver* const observer : options_.observers)
            tell(*observer);
    }
    void note_write(x86::PhysicalAddress address, std::uint64_t value);
    [[nodiscard]] x86::PhysicalAddress supervisor_access(x86::PhysicalAddress address, x86::AccessKind kind);
    [[nodiscard]] UserAccess user_access(x86::LinearAddress linear, x86::AccessKind kind);
    std::uint64_t stub_access(x86::LinearAddress linear, x86::AccessKind kind, std::uint64_t value = 0);
    [[nodiscard]] ItemOutcome carry_out(const kernel::UserItem& item, x86::LinearAddress stack_top);
    [[nodiscard]] ItemOutcome load_item(x86::LinearAddress address);
    [[nodiscard]] ItemOutcome store_item(x86::LinearAddress address, std::uint64_t value);
    [[nodiscard]] ItemOutcome call_item(x86::LinearAddress address, x86::LinearAddress stack_top);
    [[nodiscard]] std::uint64_t execute_at(x86::PhysicalAddress code, x86::LinearAddress address) const;
    [[nodiscard]] kernel::UserItem read_item(std::uint32_t index);
    void fetch_stub();
    void end_setup();
    void enter_frame(std::uint32_t instance);
    void leave_frame();
    [[nodiscard]] bool is_foreign(std::uint64_t mark) const;
    void note_stale(const UserAccess& access, std::uint64_t& counter);

    mmu::Profile profile_;
    KernelCosts costs_;
    std::span<const std::byte> program_;
    kernel::ProgramHeader header_;
    memory::Port& port_;
    Timeline& timeline_;
    CpuOptions options_;
    memory::PhysicalMemory memory_;
    RunResult result_;
    mmu::Mmu mmu_;
    std::uint64_t unreported_ = 0;            ///< cycles spent that the timeline has not heard of
    std::uint64_t elapsed_ = 0;               ///< cycles that the timeline has heard of
    std::vector<std::uint32_t> frame_images_; ///< the Image of each call frame
    std::uint32_t current_item_ = 0;
    std::bitset<kernel::body_capacity> stale_items_;
    bool setup_done_ = false;
    kernel::hal::Where where_; ///< of the HAL call being carried out; none in ring 3
};

} // namespace drywalk::platform
