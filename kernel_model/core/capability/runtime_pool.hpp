// SPDX-License-Identifier: MIT
// All runtimes: built, kept, reused and dropped, at most Policies::runtime_limit at a time.
#pragma once

#include "kernel_model/core/capability/cap_store.hpp"
#include "kernel_model/core/capability/image.hpp"
#include "kernel_model/core/capability/runtime.hpp"
#include "kernel_model/core/image_switch.hpp"

namespace drywalk::kernel {

/// Where every runtime has its stack, and the tables whose upper half it copies.
struct RuntimeLayout {
    Subtree kernel_space;
    x86::LinearAddress stack; ///< one page
};

class RuntimePool {
public:
    RuntimePool(const Policies& policies, const RuntimeLayout& layout, bool pcids, Heap& heap, CapStore& caps,
                ImageSwitch& image_switch, Counters& counters);

    /// Builds what all runtimes of the Image share, with Arena::template_pointers.
    [[nodiscard]] Refusal prepare_image(Image& image);

    /// A runtime for Image `index`, without memory: one that is idle, or a new one. It has no owner yet.
    Result<Runtime> acquire(const Image& image, std::uint32_t index);
    /// It is about to run: it goes last now when runtimes have to be dropped.
    void touch(Runtime runtime);
    /// It has no owner any more, but an Instance of the same Image may take it.
    void retire(Runtime runtime);
    /// Frees it and all of its tables. Its owner, if any, is left without.
    void drop(Runtime runtime, hal::Where where = hal::Where::current());

    /// Cuts off all memory mappings and frees the tables below them.
    void unmap_memory(Runtime runtime, hal::Where where = hal::Where::current());

    /// Before anything that its tables led to is freed: with PCIDs, removes what the processor holds for its own,
    /// unless SpaceSwitch::pcid_no_flush leaves that out. Without, loading the kernel's tables has done so.
    void purge(Runtime runtime);

    /// What CR3 is to hold to run in it. With SpaceSwitch::pcid_tracked the debt of set_needs_flush() is settled.
    [[nodiscard]] x86::Cr3 cr3_for_entry(Runtime runtime) const;

private:
    [[nodiscard]] Runtime idle_runtime(std::uint32_t image) const;
    Result<Runtime> build(const Image& image, std::uint32_t index);
    [[nodiscard]] Refusal fill(Runtime runtime, const Image& image);
    [[nodiscard]] Refusal map_context_and_stack(Runtime runtime, Subtree space, TableAllocator& tables);
    [[nodiscard]] Refusal map_arena(Runtime runtime, const Image& image, TableAllocator& tables);
    [[nodiscard]] Refusal map_arena_leaf(Runtime runtime, const Image& image, std::uint32_t leaf,
                                         TableAllocator& tables);
    void release_kept(Runtime runtime, Runtime::Kept kind, hal::Where where);
    void release_buffers(Runtime runtime);
    void link_newest(Runtime runtime);
    void unlink(Runtime runtime);

    const Policies& policies_;
    RuntimeLayout layout_;
    bool pcids_;
    Heap& heap_;
    CapStore& caps_;
    ImageSwitch& image_switch_;
    Counters& counters_;
    Runtime newest_;
    Runtime oldest_;
    std::uint32_t resident_ = 0;
    std::array<std::uint16_t, max_runtime_limit> free_pcids_{};
    std::uint32_t free_pcid_count_ = 0;
};

/// Maps one page, as one pass through Path::map_leaf.
[[nodiscard]] Result<FlushObligation> map_leaf(Subtree space, const Mapping& mapping, TableAllocator& tables,
                                               hal::Where where = hal::Where::current());

} // namespace drywalk::kernel
