// SPDX-License-Identifier: MIT
// The disciplines: what is invalidated, and when, so that one Image's global template does not serve another.
#pragma once

#include "kernel_model/core/images.hpp"

namespace drywalk::kernel {

/// What entering and leaving Instances took.
struct SwitchCounts {
    std::uint32_t cr3_writes = 0;
    std::uint32_t cr4_writes = 0;
    std::uint32_t invlpgs = 0;
};

/// Follows which Image's template this processor may hold, and carries out one discipline.
class ImageSwitch {
public:
    /// `kernel` loads the kernel's own tables.
    ImageSwitch(Discipline discipline, std::uint32_t partial_pages, x86::Cr3 kernel);

    [[nodiscard]] bool leaves_are_global() const { return has_global_leaves(discipline_); }

    /// Loads `space`, in which `next` is mapped, on the way into ring 3.
    void enter(x86::Cr3 space, const Template& next);

    /// On the way out of ring 3: back to the kernel's own tables, unless the discipline stays on the old ones.
    void leave();

    /// Makes sure that the kernel's own tables are loaded: others are about to be changed or freed.
    void park(hal::Where where = hal::Where::current());

    /// Removes what the processor holds for the PCID of `space`, whose tables are about to be freed: under that PCID
    /// the kernel's own tables are loaded for a moment, so that nothing is cached from the old ones meanwhile.
    void purge(x86::Cr3 space);

    [[nodiscard]] const SwitchCounts& counts() const { return counts_; }

private:
    void switch_image(x86::Cr3 space, const Template& next);
    void before_kernel_tables();
    void under_kernel_tables();
    void after_switch(const Template& next);
    void load_space(x86::Cr3 space, hal::Where where = hal::Where::current());
    void invalidate(const Template& pages, std::uint32_t count);
    void toggle_global_pages();

    Discipline discipline_;
    std::uint32_t partial_pages_;
    x86::Cr3 kernel_;
    Template last_; ///< token 0: none yet
    bool kernel_tables_loaded_ = true;
    SwitchCounts counts_;
};

} // namespace drywalk::kernel
