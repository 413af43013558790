// SPDX-License-Identifier: MIT
// The processor that the kernel runs on in the simulator: HAL calls become translations, references and cycles.
#pragma once

#include "kernel_model/hal/sim/machine.hpp"
#include "kernel_model/program/layout.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/mmu/mmu.hpp"
#include "sim/platform/event_observer.hpp"
#include "sim/platform/kernel_costs.hpp"
#include "sim/platform/run_result.hpp"
#include "sim/platform/timeline.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace drywalk::platform {

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
    SimulatedCpu(const machine::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
                 memory::Port& port, Timeline& timeline, const CpuOptions& options);

    /// Runs the kernel from reset to its end. Call it once.
    [[nodiscard]] RunResult run();
    /// As the boot loader leaves the machine. run() begins with it.
    void reset();

    [[nodiscard]] const Counts& counts() const { return result_.counts; }
    [[nodiscard]] const machine::Ledger& ledger() const { return result_.ledger; }
    [[nodiscard]] x86::Cr3 cr3() const { return mmu_.mode().cr3; }

    // kernel::hal::SimulatedMachine
    void at(const kernel::hal::Where& where) override { where_ = where; }
    std::uint64_t load(x86::PhysicalAddress address) override;
    void store(x86::PhysicalAddress address, std::uint64_t value) override;
    void zero_page(x86::PhysicalAddress page) override;
    void copy_page(x86::PhysicalAddress to, x86::PhysicalAddress from) override;
    void release_page(x86::PhysicalAddress page) override;
    void use_state_cache_window(x86::PhysicalAddress begin, x86::PhysicalAddress end) override;
    void write_cr0(x86::Cr0 value) override;
    void write_cr3(x86::Cr3 value) override;
    void write_cr4(x86::Cr4 value) override;
    void write_efer(x86::Efer value) override;
    [[nodiscard]] x86::Cr0 read_cr0() const override { return mmu_.mode().cr0; }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return mmu_.mode().cr4; }
    [[nodiscard]] x86::Efer read_efer() const override { return mmu_.mode().efer; }
    void invlpg(x86::LinearAddress address) override;
    [[nodiscard]] bool has_pcids() const override { return profile_.features.pcids; }
    [[nodiscard]] kernel::hal::UserExit enter_user(const kernel::hal::UserState& state) override;
    [[nodiscard]] kernel::hal::UserExit resume_user() override;
    void begin_path(kernel::hal::Path path) override;
    [[nodiscard]] const kernel::ProgramHeader& program_header() const override { return header_; }
    [[nodiscard]] const std::byte* program() const override { return program_.data(); }
    void load_mailbox(const kernel::BodyRecord& body) override;
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index) const override;
    void receive_page(std::uint32_t cap, std::uint32_t page, x86::PhysicalAddress to) override;
    void report(const kernel::Observation& observation) override;

private:
    /// What became of one access of ring 3.
    struct UserAccess {
        bool permitted = false;
        bool stale = false;
        x86::PhysicalAddress physical;
        x86::PageFaultCode fault;
    };
    /// What the stub's registers hold while it works on an item.
    struct ItemInProgress {
        kernel::UserItem item;
        std::uint32_t words_done = 0; ///< of a sum or fill
        std::uint64_t sum = 0;        ///< of the words done
    };
    /// What became of one item, or of one try of it.
    struct ItemOutcome {
        bool permitted = false;
        std::uint64_t value = 0;
        x86::LinearAddress fault_address;
        x86::PageFaultCode fault;
    };

    void build_boot_tables();
    void tell_boot_state();
    /// Makes `value` the word at `address`; observers are told if that changes it.
    void change_word(x86::PhysicalAddress address, std::uint64_t value);
    void bring_into_caches(x86::PhysicalAddress page);
    [[nodiscard]] x86::LinearAddress supervisor_linear(x86::PhysicalAddress address) const;
    void require_legal(x86::Cr4 value) const;
    void note_zeroes(x86::PhysicalAddress page);
    void spend(std::uint64_t cycles, Activity activity)
    {
        unreported_ += cycles;
        if (unreported_ >= options_.quantum) flush_time(activity);
    }
    void flush_time(Activity activity);
    void spend(machine::PlatformCategory category, std::uint64_t cycles, Activity activity);
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
    void enter_ring3();
    [[nodiscard]] kernel::hal::UserExit run_items();
    [[nodiscard]] std::optional<kernel::hal::UserExit> work_on_item();
    [[nodiscard]] kernel::hal::UserExit page_fault(const ItemOutcome& outcome);
    [[nodiscard]] ItemOutcome carry_out(const kernel::UserItem& item);
    [[nodiscard]] ItemOutcome load_item(x86::LinearAddress address);
    [[nodiscard]] ItemOutcome store_item(x86::LinearAddress address, std::uint64_t value);
    [[nodiscard]] ItemOutcome call_item(x86::LinearAddress address);
    [[nodiscard]] ItemOutcome sum_item(const kernel::UserItem& item);
    [[nodiscard]] ItemOutcome fill_item(const kernel::UserItem& item);
    void count_access(std::uint64_t& counter);
    [[nodiscard]] std::uint64_t execute_at(x86::PhysicalAddress code, x86::LinearAddress address) const;
    [[nodiscard]] kernel::UserItem read_item(std::uint32_t index);
    void fetch_stub();
    void end_setup();
    void leave_frame();
    [[nodiscard]] bool is_foreign(std::uint64_t mark) const;
    [[nodiscard]] bool may_hold_marks(x86::LinearAddress address) const;
    void note_stale(const UserAccess& access, std::uint64_t& counter);

    machine::Profile profile_;
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
    kernel::hal::UserState user_;             ///< of the last entry into ring 3
    std::uint32_t current_item_ = 0;
    ItemInProgress in_progress_;
    bool repeats_access_ = false; ///< the access about to be made was made before, and faulted
    std::bitset<kernel::body_capacity> stale_items_;
    bool setup_done_ = false;
    x86::PhysicalAddress window_begin_; ///< [window_begin_, window_end_) is reached through the state cache window
    x86::PhysicalAddress window_end_;
    kernel::hal::Where where_; ///< of the HAL call being carried out; none in ring 3
};

} // namespace drywalk::platform
