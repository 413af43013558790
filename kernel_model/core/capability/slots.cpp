// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/slots.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

void Slots::hold(SlotValue value)
{
    if (value.is_data()) caps_.reference(value.address());
    if (!value.is_instance()) return;
    const Instance instance{value.frame()};
    instance.set_references(instance.references() + 1);
}

void Slots::let_go(SlotValue value)
{
    const hal::PathScope path{hal::Path::let_go_slot};
    if (value.is_data()) caps_.release(value.address());
    if (!value.is_instance()) return;
    const Instance instance{value.frame()};
    const std::uint64_t left = instance.references() - 1;
    instance.set_references(left);
    if (left != 0) return;
    instance.set_next_doomed(doomed_);
    doomed_ = instance;
    destroy_doomed();
}

/// An Instance's slots may hold the last references to others, as deep as the calls went: one after the other, not one
/// inside the other.
void Slots::destroy_doomed()
{
    if (destroying_) return;
    destroying_ = true;
    while (doomed_.exists()) {
        const hal::PathScope path{hal::Path::destroy_instance};
        const Instance instance = doomed_;
        doomed_ = instance.next_doomed();
        let_go_all(instance);
        if (const Runtime runtime{instance.runtime()}; runtime.exists()) runtimes_.retire(runtime);
        heap_.release(instance.frame());
    }
    destroying_ = false;
}

void Slots::set(Cnode cnode, unsigned slot, SlotValue value)
{
    hold(value);
    const SlotValue old = cnode.slot(slot);
    cnode.set_slot(slot, value);
    let_go(old);
}

void Slots::fill_frame(Frame callee, Instance instance, Frame caller)
{
    const auto copy = [&](unsigned slot, SlotValue value) {
        const hal::PathScope path{hal::Path::hold_slot};
        hold(value);
        callee.set_slot(slot, value);
    };
    instance.for_each_slot({}, copy);
    caller.for_each_slot(instance, copy);
}

void Slots::let_go_all(Cnode cnode)
{
    cnode.for_each_slot({}, [&](unsigned /*slot*/, SlotValue value) { let_go(value); });
}

Result<Instance> Slots::create(std::uint32_t image, std::uint64_t chain)
{
    const Result<PhysicalAddress> frame = heap_.allocate();
    if (!frame.ok()) return frame.refusal();
    const Instance instance{frame.value()};
    instance.set_identity(image, chain);
    return instance;
}

} // namespace drywalk::kernel
