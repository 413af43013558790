// SPDX-License-Identifier: MIT
// Segments, task state and interrupt descriptors.
#pragma once

namespace drywalk::kernel::x86_64 {

/// Loads GDT, TSS and IDT. From here on an exception is reported rather than fatal to the machine.
void load_descriptors();

} // namespace drywalk::kernel::x86_64
