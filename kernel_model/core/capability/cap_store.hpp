// SPDX-License-Identifier: MIT
// All DataCaps: publishing, references, and eviction when the state cache is full.
#pragma once

#include "kernel_model/core/capability/directory.hpp"
#include "kernel_model/core/capability/state_cache.hpp"

namespace drywalk::kernel {

class CapStore {
public:
    CapStore(const Policies& policies, StateCache& cache, Heap& heap, Counters& counters)
        : policies_{policies}, cache_{cache}, heap_{heap}, counters_{counters}, directory_{policies.lookup, counters}
    {
    }

    [[nodiscard]] Refusal boot() { return directory_.boot(heap_); }

    /// Brings DataCap `record` of the program and returns its content address. The host can do so again.
    Result<std::uint64_t> publish_from_host(std::uint32_t record);

    /// One more slot or frame holds the content address, which is known.
    void reference(std::uint64_t address);
    /// One fewer. Bytes that nothing refers to or maps go, unless the host can bring them again: those stay until their
    /// frames are wanted.
    void release(std::uint64_t address);

    /// The DataCap with its bytes in the state cache, brought again by the host if need be.
    Result<DataCap> resident(std::uint64_t address);
    /// One runtime more, or fewer, maps its pages: it is not, or may be, evicted.
    void note_mapped(DataCap cap) { cap.set_mappings(cap.mappings() + 1); }
    void note_unmapped(std::uint64_t address);

    /// While this lives, `cap` is not evicted, whatever the policy. One at a time; `cap` need not exist.
    class Pin {
    public:
        Pin(CapStore& store, DataCap cap) : store_{store} { store_.pinned_ = cap; }
        ~Pin() { store_.pinned_ = {}; }
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

    private:
        CapStore& store_;
    };

    /// A frame of the state cache for a private copy or a page in the making; evicts if there is no other way.
    Result<x86::PhysicalAddress> allocate_frame();

    /// A DataCap in the making: see DataCap::create(). Of a packed one all frames are there, their first word zero.
    Result<DataCap> begin(std::uint64_t bytes);
    /// Page `page` of one in the making is page `other_page` of `other`, or zero: the frame is shared.
    void share_page(DataCap made, std::uint64_t page, DataCap other);
    /// Page `page` of one in the making is `frame` from now on, which belonged to nothing.
    void take_page(DataCap made, std::uint64_t page, x86::PhysicalAddress frame, std::uint64_t hash);
    /// Drops one in the making and the frames that it has.
    void abandon(DataCap made);

    struct Published {
        std::uint64_t address = 0;
        bool found = false; ///< the same content was there already: the one in the making is still to be abandoned
    };
    /// Names one in the making and enters it. On refusal, too, it is still to be abandoned.
    Result<Published> publish(DataCap made);

private:
    [[nodiscard]] bool may_evict(DirectoryEntry entry) const;
    [[nodiscard]] bool evict_one();
    void evict(DirectoryEntry entry);
    void drop_unwanted(DirectoryEntry entry);
    [[nodiscard]] Refusal receive_pages(DataCap made, std::uint32_t record);
    [[nodiscard]] Result<DataCap> bring(std::uint32_t record);

    const Policies& policies_;
    StateCache& cache_;
    Heap& heap_;
    Counters& counters_;
    Directory directory_;
    DataCap pinned_;
    std::uint64_t clock_ = 0; ///< counts uses of DataCaps
};

} // namespace drywalk::kernel
