// SPDX-License-Identifier: MIT
// Whether the paging structures may have changed since the model last compared something with them. Not architecture.
#pragma once

#include "models/mmu/tlb_entry.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::mmu {

/// Numbers the states of the tables. A comparison reads entries; only a store to a page that was read in the current
/// state can make what it found untrue, so only such a store begins a new one.
class TableWatch {
public:
    /// `precise` false: every store begins a new state.
    explicit TableWatch(std::uint64_t memory_bytes, bool precise = true)
        : read_in_(memory_bytes / x86::small_page_bytes), precise_{precise}
    {
    }

    [[nodiscard]] const TablesState& state() const { return state_; }
    [[nodiscard]] bool precise() const { return precise_; }

    void load_root(x86::PhysicalAddress root) { state_.root = root.value(); }
    /// Something changed, be it a table or the mode.
    void change() { ++state_.version; }
    /// An entry was read, and what it says will be relied upon.
    void read(x86::PhysicalAddress entry)
    {
        const std::uint64_t frame = entry.value() / x86::small_page_bytes;
        if (frame < read_in_.size()) read_in_[frame] = state_.version;
    }
    /// Software stored to `address`.
    void store(x86::PhysicalAddress address)
    {
        const std::uint64_t frame = address.value() / x86::small_page_bytes;
        if (!precise_ || (frame < read_in_.size() && read_in_[frame] == state_.version)) change();
    }

private:
    TablesState state_{~std::uint64_t{0}, 1};
    std::vector<std::uint64_t> read_in_; ///< by page of memory: the last version in which it was read; 0: none
    bool precise_;
};

} // namespace drywalk::mmu
