// SPDX-License-Identifier: MIT
// A frame's memory: its Image's mappings brought into a runtime's tables, at the CALL or at the first touch, and
// copy-on-write.
#pragma once

#include "kernel_model/core/capability/private_pages.hpp"
#include "kernel_model/core/capability/runtime_pool.hpp"
#include "models/x86/access.hpp"

namespace drywalk::kernel {

/// What the page-fault handler made of a fault.
enum class FaultAnswer : std::uint8_t {
    resumed,       ///< the instruction can be executed again
    not_permitted, ///< the frame has no such memory, or may not do that to it
    out_of_memory,
};

/// A frame that has a runtime.
struct Running {
    Frame frame;
    Runtime runtime;
    const Image& image;
};

class Memory {
public:
    Memory(const Policies& policies, x86::PhysicalAddress zero_page, Heap& heap, StateCache& cache, CapStore& caps,
           RuntimePool& runtimes, Counters& counters)
        : policies_{policies},
          zero_page_{zero_page}, heap_{heap}, cache_{cache}, caps_{caps}, runtimes_{runtimes}, counters_{counters}
    {
    }

    /// At a CALL: all private pages begin anew.
    [[nodiscard]] Refusal begin(Running who);
    /// On the way back to a frame whose runtime was dropped: its private pages are what they were.
    [[nodiscard]] Refusal bring_back(Running who);

    /// The page-fault handler, the tables of `who` being loaded.
    [[nodiscard]] FaultAnswer handle_fault(Running who, x86::LinearAddress address, x86::PageFaultCode code);

    /// Makes the leaf of page `page` of a mapping read-only, on what the DataCap or the zero page has there. The tables
    /// are there; the processor has others loaded.
    [[nodiscard]] Refusal point_at_source(Running who, unsigned map, std::uint64_t page);
    /// Makes the leaf of a published page read-only, on the frame where it lies.
    void rearm(Running who, const PrivatePage& page);

    /// Gives back a private page's frame.
    void release_private(const PrivatePage& page, const Image& image);
    /// Gives back all of a frame's private pages.
    void discard_private(Frame frame, const Image& image);
    /// Leaves them with the runtime, for the next CALL to fill again.
    void keep_as_buffers(Frame frame, Runtime runtime);

    [[nodiscard]] std::uint64_t invlpgs() const { return invlpgs_; }

private:
    /// What a page of a mapping starts as.
    struct Source {
        DataCap cap; ///< does not exist() if the page is zero
        std::uint64_t page = 0;
    };

    [[nodiscard]] bool starts_private(MappingKind kind) const;
    [[nodiscard]] bool lies_in_state_cache(MappingKind kind) const;
    [[nodiscard]] bool mapped_as_wanted(Running who) const;
    [[nodiscard]] Refusal map_sources(Running who);
    [[nodiscard]] Refusal map_source_pages(Running who, unsigned map, std::uint64_t first, std::uint64_t end);
    [[nodiscard]] Refusal map_private_pages(Running who);
    [[nodiscard]] Refusal make_private_pages(Running who);
    void take_buffers(Running who);
    [[nodiscard]] Refusal refill(Running who);
    [[nodiscard]] Refusal note_mapped(Running who);
    [[nodiscard]] Result<DataCap> cap_of(Frame frame, unsigned map);
    [[nodiscard]] static Source source_of(DataCap cap, std::uint64_t page);
    [[nodiscard]] x86::PhysicalAddress shared_frame(const Source& source) const;
    void fill(x86::PhysicalAddress frame, const Source& source);
    [[nodiscard]] Result<PrivatePage> make_private(Running who, unsigned map, std::uint64_t page, DataCap cap);
    [[nodiscard]] Result<FlushObligation> set_leaf(Running who, x86::LinearAddress linear, x86::PhysicalAddress frame,
                                                   bool writable);
    [[nodiscard]] FaultAnswer bring_in(Running who, unsigned map, std::uint64_t page, bool write);
    [[nodiscard]] FaultAnswer copy_on_write(Running who, unsigned map, std::uint64_t page);
    [[nodiscard]] Refusal make_private_leaf(Running who, unsigned map, std::uint64_t page, bool was_present);

    const Policies& policies_;
    x86::PhysicalAddress zero_page_;
    Heap& heap_;
    StateCache& cache_;
    CapStore& caps_;
    RuntimePool& runtimes_;
    Counters& counters_;
    std::uint64_t invlpgs_ = 0;
};

} // namespace drywalk::kernel
