// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/private_pages.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

Refusal PrivatePages::add(const PrivatePage& page) const
{
    const std::uint64_t index = count();
    if (owner_.private_root().value() == 0) {
        const Result<PhysicalAddress> root = heap_.allocate_unfilled();
        if (!root.ok()) return root.refusal();
        owner_.set_private(root.value(), 0);
    }
    const Refusal refusal = list().grow(index, heap_);
    if (refusal != Refusal::none) return refusal;
    list().set(index, field_place, page.linear.value() | page.map);
    list().set(index, field_frame, page.frame.value());
    owner_.set_private(owner_.private_root(), index + 1);
    return Refusal::none;
}

void PrivatePages::forget() const
{
    list().release(count(), heap_);
    owner_.set_private({}, 0);
}

} // namespace drywalk::kernel
