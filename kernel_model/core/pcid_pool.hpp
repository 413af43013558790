// SPDX-License-Identifier: MIT
// The PCIDs that Instances take turns with, and when one may be loaded without a flush.
#pragma once

#include "kernel_model/program/workload.hpp"
#include "models/x86/address.hpp"
#include "models/x86/control.hpp"

#include <array>

namespace drywalk::kernel {

/// Follows which Instance each PCID belongs to and what the processor may hold for it that is no longer so. An Instance
/// without a PCID gets the one that was given away longest ago. Under a discipline without PCIDs, and on a machine
/// without them, CR3 is the root alone.
class PcidPool {
public:
    /// `count` PCIDs from 1 on, 1 to max_instances; 0 is the kernel's. `supported`: see hal::has_pcids().
    PcidPool(Discipline discipline, std::uint32_t count, bool supported);

    /// Whether CR4.PCIDE is to be set.
    [[nodiscard]] bool enabled() const { return enabled_; }
    /// What loads the kernel's own tables, which never change.
    [[nodiscard]] x86::Cr3 kernel_cr3(x86::PhysicalAddress root) const;
    /// What loads Instance `instance`, whose tables begin at `root`, on the way into ring 3.
    [[nodiscard]] x86::Cr3 cr3_for_entry(std::uint32_t instance, x86::PhysicalAddress root)
    {
        return uses_pcids(discipline_) ? cr3_with_pcid(instance, root) : x86::Cr3{root.value()};
    }
    /// Something that was mapped in Instance `instance` is not, or not so, any more.
    void note_changed(std::uint32_t instance);

private:
    [[nodiscard]] bool keeps_entries() const;
    [[nodiscard]] x86::Cr3 cr3_with_pcid(std::uint32_t instance, x86::PhysicalAddress root);
    void recycle(std::uint32_t instance);

    static constexpr std::uint32_t no_instance = max_instances;

    Discipline discipline_;
    bool enabled_;
    std::uint32_t count_;
    std::uint32_t given_last_ = 0;                        ///< the PCID; 0: none yet
    std::array<std::uint16_t, max_instances> pcid_of_{};  ///< by Instance; 0: none
    std::array<std::uint32_t, max_instances + 1> holder_; ///< by PCID: an Instance, or no_instance
    std::array<bool, max_instances + 1> outdated_{}; ///< by PCID: something may be held for it that is no longer so
};

} // namespace drywalk::kernel
