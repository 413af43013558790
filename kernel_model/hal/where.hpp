// SPDX-License-Identifier: MIT
// The line of the kernel that asks the machine for something: what a judge names.
#pragma once

#if __STDC_HOSTED__
#include <source_location>
#endif

namespace drywalk::kernel::hal {

#if __STDC_HOSTED__
using Where = std::source_location;
#else
/// A real machine has no use for it: nothing is passed, and the kernel's paths cost what they cost without.
struct Where {
    [[nodiscard]] static consteval Where current() { return {}; }
};
#endif

} // namespace drywalk::kernel::hal
