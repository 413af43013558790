// SPDX-License-Identifier: MIT
#include "kernel_model/core/flush_obligation.hpp"

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

FlushObligation::~FlushObligation()
{
    if (open_) hal::broken_invariant("a flush obligation was dropped");
}

void FlushObligation::flush(hal::Where where) &&
{
    hal::invlpg(page_, where);
    open_ = false;
}

void FlushObligation::omit(Omission /*reason*/) && { open_ = false; }

} // namespace drywalk::kernel
