// SPDX-License-Identifier: MIT
// An exception in the kernel itself: it has none to expect.

#include "kernel_model/hal/x86_64/panic.hpp"

namespace drywalk::kernel::x86_64 {

void kernel_exception(const ExceptionFrame* frame) { panic(*frame); }

} // namespace drywalk::kernel::x86_64
