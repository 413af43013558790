// SPDX-License-Identifier: MIT
// The second dimension of translation: guest-physical to host-physical by tables of the hypervisor. [intel/vol3] 28.2
#pragma once

#include "models/machine/mmu_ledger.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/paging_structure_cache.hpp"

namespace drywalk::mmu {

/// Walks the host's tables and caches what it finds by guest-physical address. The tables map the guest's memory to
/// itself in pages of one size and are never changed, so nothing here becomes stale; what the guest invalidates does
/// not reach these caches ([intel/vol3] 28.3.3.1). The tables lie in host memory right above the guest's.
class NestedWalker {
public:
    /// `port` and `ledger` outlive the walker, and so does `tlb`, which keeps the host's PDEs if the profile says so.
    NestedWalker(const machine::NestedProfile& profile, std::uint64_t guest_bytes, memory::Port& port,
                 machine::MmuLedger& ledger, std::uint64_t seed, bool fast_path, Tlb* tlb = nullptr);

    /// Brings the translation of `address` in and returns what that cost: nothing if the nested TLB has it, else up to
    /// four references. Where the guest has no memory there is nothing to translate, and no cost.
    std::uint64_t translate(x86::GuestPhysicalAddress address)
    {
        if (address.value() >= guest_bytes_) return 0;
        if (tlb_.find(key(address), 0) != nullptr) return 0;
        return walk(address);
    }
    /// The pages that the host maps.
    [[nodiscard]] x86::PageSize page_size() const { return page_size_; }
    /// See machine::NestedProfile::walk_step.
    [[nodiscard]] std::uint32_t step() const { return step_; }
    void clear();

private:
    /// The arrays search by numbers; these are guest-physical.
    [[nodiscard]] static x86::LinearAddress key(x86::GuestPhysicalAddress address)
    {
        return x86::LinearAddress::truncate(address.value());
    }

    void build_tables();
    void map(x86::GuestPhysicalAddress page);
    [[nodiscard]] x86::PhysicalAddress new_table();
    [[nodiscard]] x86::Entry entry(x86::PhysicalAddress address) const;
    void set_entry(x86::PhysicalAddress address, x86::Entry value);
    std::uint64_t walk(x86::GuestPhysicalAddress address);
    void keep(x86::GuestPhysicalAddress address, const x86::Translation& translation);

    x86::PageSize page_size_;
    std::uint32_t step_;
    std::uint64_t guest_bytes_;
    memory::PhysicalMemory tables_; ///< host memory from guest_bytes_ on
    std::uint64_t tables_end_;
    x86::PagingMode mode_;
    TlbArray tlb_;
    PagingStructureCaches structure_caches_;
    memory::Port& port_;
    machine::MmuLedger& ledger_;
};

} // namespace drywalk::mmu
