// SPDX-License-Identifier: MIT
// Slots with their references: what nothing refers to any more goes.
#pragma once

#include "kernel_model/core/capability/cap_store.hpp"
#include "kernel_model/core/capability/runtime_pool.hpp"

namespace drywalk::kernel {

class Slots {
public:
    Slots(CapStore& caps, RuntimePool& runtimes, Heap& heap) : caps_{caps}, runtimes_{runtimes}, heap_{heap} {}

    void hold(SlotValue value);
    void let_go(SlotValue value);

    /// Puts `value` into a slot; what was there is let go.
    void set(Cnode cnode, unsigned slot, SlotValue value);
    /// Puts into `callee`, which is empty, what `instance` has, and in every slot without, what `caller` has.
    void fill_frame(Frame callee, Instance instance, Frame caller);
    /// Lets go of everything in `cnode`, whose frame is about to be given back.
    void let_go_all(Cnode cnode);

    /// A new Instance, in no slot yet.
    Result<Instance> create(std::uint32_t image, std::uint64_t chain);

private:
    void destroy_doomed();

    CapStore& caps_;
    RuntimePool& runtimes_;
    Heap& heap_;
    Instance doomed_; ///< the first of those that nothing refers to
    bool destroying_ = false;
};

} // namespace drywalk::kernel
