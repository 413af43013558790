// SPDX-License-Identifier: MIT
// Memory as the kernel reaches it on one processor: words and whole pages through the direct map.
#pragma once

#include "sim/platform/core.hpp"

namespace drywalk::platform {

class SupervisorMemory {
public:
    /// `core` outlives this.
    SupervisorMemory(Core& core, const machine::PlatformCosts& costs) : core_{core}, costs_{costs} {}

    [[nodiscard]] std::uint64_t load(x86::PhysicalAddress address);
    void store(x86::PhysicalAddress address, std::uint64_t value);
    void zero_page(x86::PhysicalAddress page);
    void copy_page(x86::PhysicalAddress to, x86::PhysicalAddress from);
    /// The pages of [begin, end) are reached through layout::state_cache_window from now on.
    void use_state_cache_window(x86::PhysicalAddress begin, x86::PhysicalAddress end);

private:
    [[nodiscard]] x86::LinearAddress linear(x86::PhysicalAddress address) const;
    [[nodiscard]] x86::PhysicalAddress access(x86::PhysicalAddress address, x86::AccessKind kind);
    [[nodiscard]] memory::PhysicalMemory& memory() { return core_.shared().memory(); }
    void bring_into_caches(x86::PhysicalAddress page);
    void note_zeroes(x86::PhysicalAddress page);

    Core& core_;
    machine::PlatformCosts costs_;
    x86::PhysicalAddress window_begin_; ///< [window_begin_, window_end_) is reached through the state cache window
    x86::PhysicalAddress window_end_;
};

} // namespace drywalk::platform
