// SPDX-License-Identifier: MIT
// The address spaces that programs run in, as far as they are the payload's own.
#pragma once

namespace drywalk::differential {

/// Clears the arena's tables and gives every root the payload's half: the image, the views of arena.hpp, and what
/// ring 3 needs. Needs entry.S's page tables.
void build_spaces();

} // namespace drywalk::differential
