// SPDX-License-Identifier: MIT
// An edit of the page tables returns a debt, and a caller who ignores it is stopped by the compiler.
#include "kernel_model/core/page_tables.hpp"

using namespace drywalk::kernel;

void replace(Subtree subtree, const Mapping& mapping, FrameAllocator& frames)
{
#ifdef MISTAKE
    map(subtree, mapping, frames);
#else
    auto owed = map(subtree, mapping, frames);
    if (owed.ok()) std::move(owed).take().flush();
#endif
}
