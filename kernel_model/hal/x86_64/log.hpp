// SPDX-License-Identifier: MIT
// The end of the serial log; its observations come from hal::report().
#pragma once

namespace drywalk::kernel::x86_64 {

/// Writes the totals of all paths and the closing line.
void finish_log();

} // namespace drywalk::kernel::x86_64
