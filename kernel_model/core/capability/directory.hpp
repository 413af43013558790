// SPDX-License-Identifier: MIT
// The cap directory: from content addresses to DataCaps.
#pragma once

#include "kernel_model/core/capability/data_cap.hpp"
#include "kernel_model/program/policies.hpp"

namespace drywalk::kernel {

/// What is known of one content address: who refers to it, whether its bytes are in the state cache, and whether the
/// host could bring them again. The view of a slot of the directory.
class DirectoryEntry {
public:
    constexpr DirectoryEntry() = default;
    constexpr explicit DirectoryEntry(x86::PhysicalAddress at) : at_{at} {}

    [[nodiscard]] constexpr bool exists() const { return at_.value() != 0; }
    [[nodiscard]] constexpr x86::PhysicalAddress at() const { return at_; }
    [[nodiscard]] std::uint64_t address() const { return hal::load(at_); }
    /// Does not exist() while the bytes are not in the state cache.
    [[nodiscard]] DataCap cap() const { return DataCap{x86::PhysicalAddress{hal::load(at_ + 8)}}; }
    /// Slots and frames that hold the content address.
    [[nodiscard]] std::uint64_t references() const { return hal::load(at_ + 16); }
    /// The CapRecord that the host makes the same bytes from, plus 1; 0: it has none.
    [[nodiscard]] std::uint64_t host_record() const { return hal::load(at_ + 24); }

    void set_address(std::uint64_t address) const { hal::store(at_, address); }
    void set_cap(DataCap cap) const { hal::store(at_ + 8, cap.frame().value()); }
    void set_references(std::uint64_t count) const { hal::store(at_ + 16, count); }
    void set_host_record(std::uint64_t record) const { hal::store(at_ + 24, record); }

private:
    x86::PhysicalAddress at_;
};

class Directory {
public:
    static constexpr std::uint64_t capacity = 4096;

    Directory(DirectoryLookup lookup, Counters& counters) : lookup_{lookup}, counters_{counters} {}

    [[nodiscard]] Refusal boot(Heap& heap);

    /// Does not exist() if the content address is unknown.
    [[nodiscard]] DirectoryEntry find(std::uint64_t address) const;
    /// A new entry, without bytes or references. `address` is not there yet.
    Result<DirectoryEntry> insert(std::uint64_t address);
    void erase(DirectoryEntry entry);

    /// Calls `visit` with every entry.
    template <typename Visit>
    void for_each(Visit&& visit) const
    {
        for (std::uint64_t slot = 0; slot < used_; ++slot) {
            const DirectoryEntry entry = looked_at(slot);
            if (entry.address() > erased) visit(entry);
        }
    }

private:
    static constexpr std::uint64_t never_used = 0;
    static constexpr std::uint64_t erased = 1; ///< no content address: they are multiples of 4
    static constexpr std::uint64_t entry_bytes = 32;

    [[nodiscard]] std::uint64_t first_slot(std::uint64_t address) const
    {
        return lookup_ == DirectoryLookup::hashed ? address / 4 % capacity : 0;
    }
    [[nodiscard]] DirectoryEntry looked_at(std::uint64_t slot) const;
    [[nodiscard]] std::uint64_t address_in(std::uint64_t slot) const { return hal::load(slots_ + slot * entry_bytes); }

    DirectoryLookup lookup_;
    Counters& counters_;
    x86::PhysicalAddress slots_;
    std::uint64_t used_ = 0; ///< slots from 0 that may have been used
};

} // namespace drywalk::kernel
