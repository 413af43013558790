// SPDX-License-Identifier: MIT
// The second dimension of translation: guest-physical to host-physical by tables of the hypervisor. [intel/vol3] 28.2
#pragma once

#include "models/machine/mmu_ledger.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/paging_structure_cache.hpp"

namespace drywalk::mmu {

/// What a nested walker works on; all that it refers to outlives it.
struct NestedWalkerSetup {
    const machine::NestedProfile& profile;
    const memory::PhysicalMemory& memory; ///< the host's, in which its tables lie
    memory::Port& port;
    machine::MmuLedger& ledger;
    std::uint64_t seed = 1;
    Tlb* tlb = nullptr; ///< keeps the host's PDEs if the profile says so
    bool fast_path = true;
};

/// Walks the host's tables, which software builds and edits (host_tables.hpp), and caches what it finds by
/// guest-physical address. What the guest invalidates does not reach these caches ([intel/vol3] 28.3.3.1). The model
/// does not tell whether what they hold is stale: that is the hypervisor's business, and it is not simulated.
class NestedWalker {
public:
    explicit NestedWalker(const NestedWalkerSetup& setup);

    /// Where an address lies for the host, and what it cost to find out.
    struct Translated {
        x86::PhysicalAddress physical; ///< beyond all memory if the host maps nothing there
        std::uint64_t cycles = 0;
    };

    /// The host's tables are those of `root` from now on; nothing is cached of them.
    void load_root(x86::PhysicalAddress root);
    /// Costs nothing if the nested TLB has it, else up to four references.
    [[nodiscard]] Translated translate(x86::GuestPhysicalAddress address)
    {
        if (const TlbEntry* const known = tlb_.find(address, no_pcid)) return {known->physical(address), 0};
        return walk(address);
    }
    /// What the host's tables alone say, nothing charged and nothing changed.
    [[nodiscard]] x86::PhysicalAddress by_tables(x86::GuestPhysicalAddress address) const;
    /// The pages that the host maps.
    [[nodiscard]] x86::PageSize page_size() const { return page_size_; }
    /// See machine::NestedProfile::walk_step.
    [[nodiscard]] std::uint32_t step() const { return step_; }
    void clear();

private:
    static constexpr std::uint16_t no_pcid = 0;

    [[nodiscard]] x86::Entry entry(x86::PhysicalAddress address) const
    {
        return x86::Entry{memory_.read_anywhere(address)};
    }
    [[nodiscard]] Translated walk(x86::GuestPhysicalAddress address);
    void keep(x86::GuestPhysicalAddress address, const x86::Translation& translation);

    x86::PageSize page_size_;
    std::uint32_t step_;
    const memory::PhysicalMemory& memory_;
    x86::PagingMode mode_;
    TlbArray tlb_;
    PagingStructureCaches structure_caches_;
    memory::Port& port_;
    machine::MmuLedger& ledger_;
};

} // namespace drywalk::mmu
