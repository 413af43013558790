// SPDX-License-Identifier: MIT
// What an invalidation must remove cannot be dropped on the floor.
#include "models/x86/invalidation.hpp"

using namespace drywalk::x86;

bool removes_anything(LinearAddress linear, const PagingMode& mode)
{
#ifdef MISTAKE
    invlpg_removes(linear, mode, Vendor::portable);
    return true;
#else
    return !invlpg_removes(linear, mode, Vendor::portable).none();
#endif
}
