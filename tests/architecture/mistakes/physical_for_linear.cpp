// SPDX-License-Identifier: MIT
// A physical address is no operand of INVLPG.
#include "models/x86/invalidation.hpp"

using namespace drywalk::x86;

Removal invalidate(LinearAddress linear, [[maybe_unused]] PhysicalAddress physical, const PagingMode& mode)
{
#ifdef MISTAKE
    (void)linear;
    return invlpg_removes(physical, mode, Vendor::portable);
#else
    return invlpg_removes(linear, mode, Vendor::portable);
#endif
}
