// SPDX-License-Identifier: MIT
// HALT's auto-mint: what a frame wrote to persistent memory becomes a new DataCap in the source slot.
#pragma once

#include "kernel_model/core/capability/memory.hpp"
#include "kernel_model/core/capability/slots.hpp"

namespace drywalk::kernel {

class Publication {
public:
    Publication(const Policies& policies, Heap& heap, CapStore& caps, RuntimePool& runtimes, Memory& memory,
                Slots& slots, Counters& counters)
        : policies_{policies}, heap_{heap}, caps_{caps}, runtimes_{runtimes}, memory_{memory}, slots_{slots},
          counters_{counters}
    {
    }

    /// Publishes what `who`, which may have no runtime, wrote, and reports each persistent mapping's slot. Explicitly
    /// replaced slots stay as they are. A runtime that is kept then shows what the slots hold, and no page is private
    /// any more; otherwise the frame still has its private pages. On refusal the frame is to be discarded.
    [[nodiscard]] Refusal publish(Running who, bool keeps_runtime);

private:
    /// What one mapping's private pages come to.
    struct Written {
        std::uint64_t pages = 0;   ///< private ones
        std::uint64_t changed = 0; ///< whose content differs from what was mapped
        std::uint64_t end = 0;     ///< one past the highest changed page of the mapping
    };

    [[nodiscard]] bool publishes(Running who, unsigned map) const;
    [[nodiscard]] Refusal publish_map(Running who, unsigned map, bool edits_leaves);
    [[nodiscard]] Result<Written> examine(Running who, unsigned map);
    [[nodiscard]] Refusal publish_changes(Running who, unsigned map, const Written& written, bool edits_leaves);
    [[nodiscard]] Refusal merge(Running who, unsigned map, DataCap made, DataCap old);
    [[nodiscard]] Refusal merge_aligned(Running who, unsigned map, DataCap made, DataCap old);
    [[nodiscard]] Refusal merge_packed(Running who, unsigned map, DataCap made, DataCap old);
    [[nodiscard]] Refusal take_changed_page(DataCap made, const PrivatePages& pages, std::uint64_t index,
                                            std::uint64_t page);
    void change_mapped(Running who, unsigned map, std::uint64_t address);
    [[nodiscard]] Refusal show_published(Running who, unsigned map, bool found);
    [[nodiscard]] Refusal clear_unpublished(Running who);

    const Policies& policies_;
    Heap& heap_;
    CapStore& caps_;
    RuntimePool& runtimes_;
    Memory& memory_;
    Slots& slots_;
    Counters& counters_;
};

} // namespace drywalk::kernel
