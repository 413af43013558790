// SPDX-License-Identifier: MIT
// The machine that a trace is replayed on: MMU, data caches and memory, and the port through which the kernel's pager
// reaches them.
#pragma once

#include "kernel_model/hal/sim/programless_machine.hpp"
#include "models/machine/ledger.hpp"
#include "models/machine/profile.hpp"
#include "models/memory/hierarchy.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/mmu/mmu.hpp"

#include <array>

namespace drywalk::replay {

/// Physical memory from 0 to `storage_bytes` keeps what is written to it: page tables go there. What lies above has
/// addresses only, for nobody looks at the data of a replayed program.
///
/// The kernel works on physical addresses: what it touches goes through the data caches, but takes no TLB entry.
///
/// If the profile says that software runs as a guest, `memory_bytes` is what the guest has, the storage included, and
/// the MMU translates every address of a page walk, and the page in the end, by the host's tables, which lie above.
/// Otherwise there is no use for it.
class ReplayMachine final : public kernel::hal::ProgramlessMachine {
public:
    ReplayMachine(const machine::Profile& profile, std::uint64_t storage_bytes, std::uint64_t memory_bytes);

    /// Paging on, 4 levels, WP, PGE and NXE, and the tables of `root`; nothing cached.
    void start(x86::PhysicalAddress root);

    [[nodiscard]] mmu::Translated translate(x86::LinearAddress linear, x86::AccessKind kind)
    {
        const mmu::Translated translated = mmu_.translate(linear, {kind, true, false});
        cycles_ += translated.cycles;
        return translated;
    }
    /// A reference of ring 3 to the line of `address`.
    void user_reference(x86::PhysicalAddress address)
    {
        const memory::Service service = caches_.access(address);
        ledger_.charge(machine::PlatformCategory::user_access, service.cycles);
        cycles_ += service.cycles;
        ++user_served_by_[static_cast<unsigned>(service.served_by)];
    }

    void enter_page_fault(x86::LinearAddress linear) { cycles_ += mmu_.deliver_page_fault(linear); }
    void leave_page_fault() { charge(machine::PlatformCategory::iretq, platform_costs_.iretq); }
    /// Which level's entry keeps `linear` from being translated; only if one is not present.
    [[nodiscard]] x86::Level missing_level(x86::LinearAddress linear) const;

    [[nodiscard]] const machine::Ledger& ledger() const { return ledger_; }
    /// Counted apart from the ledger.
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
    [[nodiscard]] std::uint64_t invlpgs() const { return invlpgs_; }
    [[nodiscard]] std::uint64_t storage_bytes() const { return storage_bytes_; }
    [[nodiscard]] const std::array<std::uint64_t, machine::served_by_count>& user_served_by() const
    {
        return user_served_by_;
    }

    /// While one lives, what the kernel does costs nothing and leaves the caches alone: work done at boot.
    class Uncharged {
    public:
        explicit Uncharged(ReplayMachine& machine) : machine_{machine} { machine_.charged_ = false; }
        ~Uncharged() { machine_.charged_ = true; }
        Uncharged(const Uncharged&) = delete;
        Uncharged& operator=(const Uncharged&) = delete;

    private:
        ReplayMachine& machine_;
    };

    // kernel::hal::ProgramlessMachine
    std::uint64_t load(x86::PhysicalAddress address) override;
    void store(x86::PhysicalAddress address, std::uint64_t value) override;
    void zero_page(x86::PhysicalAddress page) override;
    void write_cr0(x86::Cr0 value) override { cycles_ += mmu_.write_cr0(value); }
    void write_cr3(x86::Cr3 value) override { cycles_ += mmu_.write_cr3(value); }
    void write_cr4(x86::Cr4 value) override { cycles_ += mmu_.write_cr4(value); }
    void write_efer(x86::Efer value) override { cycles_ += mmu_.write_efer(value); }
    [[nodiscard]] x86::Cr0 read_cr0() const override { return mmu_.mode().cr0; }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return mmu_.mode().cr4; }
    [[nodiscard]] x86::Efer read_efer() const override { return mmu_.mode().efer; }
    void invlpg(x86::LinearAddress address) override;

private:
    void charge(machine::PlatformCategory category, std::uint64_t cycles);
    void kernel_reference(x86::PhysicalAddress address);
    [[nodiscard]] bool stored(x86::PhysicalAddress address) const { return address.value() < storage_bytes_; }

    std::uint64_t storage_bytes_;
    memory::PhysicalMemory memory_;
    memory::Hierarchy caches_;
    machine::Ledger ledger_;
    mmu::Mmu mmu_;
    machine::PlatformCosts platform_costs_;
    std::uint64_t cycles_ = 0;
    std::uint64_t invlpgs_ = 0;
    std::array<std::uint64_t, machine::served_by_count> user_served_by_{};
    bool charged_ = true;
};

} // namespace drywalk::replay
