// SPDX-License-Identifier: MIT
// An entry points to physical memory; a linear address does not fit in.
#include "models/x86/entry.hpp"

using namespace drywalk::x86;

Entry point_to([[maybe_unused]] LinearAddress linear, [[maybe_unused]] PhysicalAddress physical)
{
#ifdef MISTAKE
    return Entry::table(linear);
#else
    return Entry::table(physical);
#endif
}
