// SPDX-License-Identifier: MIT
// Whether the paging structures may have changed since the model last compared something with them. Not architecture.
#pragma once

#include "models/mmu/tlb_entry.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::mmu {

/// Numbers the states of the tables in one memory, for all MMUs that share it. A comparison reads entries; only a store
/// to a page that was read in the current state can make what it found untrue, so only such a store begins a new one.
class TableWatch {
public:
    /// `precise` false: every store begins a new state.
    explicit TableWatch(std::uint64_t memory_bytes, bool precise = true)
        : read_in_(memory_bytes / x86::small_page_bytes), precise_{precise}
    {
    }

    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] bool precise() const { return precise_; }

    /// Something changed, be it a table or a mode.
    void change() { ++version_; }
    /// An entry was read, and what it says will be relied upon.
    void read(x86::PhysicalAddress entry)
    {
        const std::uint64_t frame = entry.value() / x86::small_page_bytes;
        if (frame < read_in_.size()) read_in_[frame] = version_;
    }
    /// Software stored to `address`.
    void store(x86::PhysicalAddress address)
    {
        const std::uint64_t frame = address.value() / x86::small_page_bytes;
        if (!precise_ || (frame < read_in_.size() && read_in_[frame] == version_)) change();
    }

private:
    std::uint64_t version_ = 1;
    std::vector<std::uint64_t> read_in_; ///< by page of memory: the last version in which it was read; 0: none
    bool precise_;
};

/// The tables that one MMU has loaded, under the watch of their memory.
class WatchedTables {
public:
    /// `watch` outlives this.
    explicit WatchedTables(TableWatch& watch) : watch_{watch} {}

    void load_root(x86::PhysicalAddress root) { root_ = root.value(); }
    [[nodiscard]] TablesState state() const { return {root_, watch_.version()}; }
    [[nodiscard]] TableWatch& watch() { return watch_; }

private:
    std::uint64_t root_ = ~std::uint64_t{0};
    TableWatch& watch_;
};

} // namespace drywalk::mmu
