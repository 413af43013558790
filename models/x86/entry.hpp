// SPDX-License-Identifier: MIT
// Paging-structure entries: PML5E, PML4E, PDPTE, PDE and PTE.
#pragma once

#include "models/x86/address.hpp"
#include "models/x86/control.hpp"

#include <cstdint>

namespace drywalk::x86 {

/// What the entries of a path allow together. [intel/vol3] 4.6.1
/// One byte, so that the walker passes it around in a register.
struct Rights {
    bool writable : 1 = true;
    bool user : 1 = true;
    bool executable : 1 = true;

    /// R/W and U/S are ANDed, XD is ORed over the levels. [intel/vol3] 4.10.2.2
    [[nodiscard]] constexpr Rights operator&(Rights other) const
    {
        return {writable && other.writable, user && other.user, executable && other.executable};
    }
    constexpr bool operator==(const Rights&) const = default;
};

/// What software decides about a leaf, besides its address.
struct LeafAttributes {
    Rights rights;
    bool global = false;
    bool accessed = false;
    bool dirty = false;
    constexpr bool operator==(const LeafAttributes&) const = default;
};

/// One 8-byte entry. Which bits mean what depends on the level. [intel/vol3] Tables 4-14 to 4-19
class Entry {
public:
    static constexpr std::uint64_t present_bit = 1U << 0;
    static constexpr std::uint64_t writable_bit = 1U << 1;
    static constexpr std::uint64_t user_bit = 1U << 2;
    static constexpr std::uint64_t write_through_bit = 1U << 3;
    static constexpr std::uint64_t cache_disable_bit = 1U << 4;
    static constexpr std::uint64_t accessed_bit = 1U << 5;
    static constexpr std::uint64_t dirty_bit = 1U << 6;
    static constexpr std::uint64_t page_size_bit = 1U << 7; ///< PS above the PTE; PAT in a PTE
    static constexpr std::uint64_t global_bit = 1U << 8;
    static constexpr std::uint64_t large_page_pat_bit = 1U << 12; ///< PAT where PS = 1
    static constexpr std::uint64_t execute_disable_bit = std::uint64_t{1} << 63;
    static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;
    /// Of a leaf, with CR4.PKE or CR4.PKS; else software's. [intel/vol3] 4.6.2
    static constexpr unsigned key_shift = 59;
    static constexpr std::uint64_t key_mask = std::uint64_t{0xf} << key_shift;

    constexpr Entry() = default;
    constexpr explicit Entry(std::uint64_t raw) : raw_{raw} {}

    /// An entry that points to the next table. Software grants everything here and decides at the leaf.
    [[nodiscard]] static constexpr Entry table(PhysicalAddress next, Rights rights = {})
    {
        return Entry{present_bit | encode(rights) | next.value()};
    }

    /// An entry that maps `page`, which is aligned to `size`.
    [[nodiscard]] static constexpr Entry leaf(PhysicalAddress page, PageSize size, LeafAttributes attributes)
    {
        return Entry{present_bit | encode(attributes.rights) | page.value() | (attributes.global ? global_bit : 0) |
                     (attributes.accessed ? accessed_bit : 0) | (attributes.dirty ? dirty_bit : 0) |
                     (size == PageSize::size_4k ? 0 : page_size_bit)};
    }

    [[nodiscard]] constexpr std::uint64_t raw() const { return raw_; }
    [[nodiscard]] constexpr bool present() const { return has(present_bit); }
    [[nodiscard]] constexpr bool writable() const { return has(writable_bit); }
    [[nodiscard]] constexpr bool accessed() const { return has(accessed_bit); }
    [[nodiscard]] constexpr bool dirty() const { return has(dirty_bit); }
    [[nodiscard]] constexpr bool global() const { return has(global_bit); }
    [[nodiscard]] constexpr bool execute_disable() const { return has(execute_disable_bit); }
    [[nodiscard]] constexpr Rights rights() const
    {
        return {has(writable_bit), has(user_bit), !has(execute_disable_bit)};
    }

    [[nodiscard]] constexpr std::uint8_t protection_key() const
    {
        return static_cast<std::uint8_t>((raw_ & key_mask) >> key_shift);
    }

    /// Which of the eight fields of the PAT MSR gives the memory type of a leaf of `size`: 4 PAT + 2 PCD + PWT.
    /// [intel/vol3] 4.9.2
    [[nodiscard]] constexpr std::uint8_t pat_index(PageSize size) const
    {
        const bool pat = has(size == PageSize::size_4k ? page_size_bit : large_page_pat_bit);
        return static_cast<std::uint8_t>((pat ? 4 : 0) + (has(cache_disable_bit) ? 2 : 0) +
                                         (has(write_through_bit) ? 1 : 0));
    }

    /// True if an entry read at `level` ends the walk: a PTE, or PS=1 above it.
    [[nodiscard]] constexpr bool maps_page(Level level) const
    {
        return level == Level::pte || (has(page_size_bit) && level < Level::pml4e);
    }

    /// The table that a non-leaf points to.
    [[nodiscard]] constexpr PhysicalAddress next_table() const { return PhysicalAddress{raw_ & address_mask}; }

    /// The page that a leaf of `size` maps.
    [[nodiscard]] constexpr PhysicalAddress page(PageSize size) const
    {
        return PhysicalAddress{raw_ & address_mask & ~offset_mask(size)};
    }

    [[nodiscard]] constexpr Entry with(std::uint64_t bits) const { return Entry{raw_ | bits}; }
    [[nodiscard]] constexpr Entry without(std::uint64_t bits) const { return Entry{raw_ & ~bits}; }
    constexpr bool operator==(const Entry&) const = default;

private:
    [[nodiscard]] constexpr bool has(std::uint64_t bit) const { return (raw_ & bit) != 0; }
    [[nodiscard]] static constexpr std::uint64_t encode(Rights rights)
    {
        return (rights.writable ? writable_bit : 0) | (rights.user ? user_bit : 0) |
               (rights.executable ? 0 : execute_disable_bit);
    }

    std::uint64_t raw_ = 0;
};

/// The bits that must be 0 in a present entry at `level`. [intel/vol3] 4.5 and Tables 4-14 to 4-19:
/// the address bits from MAXPHYADDR to 51; XD without EFER.NXE; PS in a PML5E or PML4E, and in a PDPTE
/// without 1-GiB pages; and the address bits below a large page, bit 12 (PAT) excepted.
[[nodiscard]] constexpr std::uint64_t reserved_bits(Entry entry, Level level, const PagingMode& mode)
{
    std::uint64_t reserved = Entry::address_mask & ~((std::uint64_t{1} << mode.features.physical_bits) - 1);
    if (!mode.efer.execute_disable()) reserved |= Entry::execute_disable_bit;
    if (level >= Level::pml4e) return reserved | Entry::page_size_bit;
    if (level == Level::pdpte && !mode.features.pages_1g) return reserved | Entry::page_size_bit;
    if (level != Level::pte && entry.maps_page(level)) {
        reserved |= offset_mask(leaf_size(level)) & Entry::address_mask & ~Entry::large_page_pat_bit;
    }
    return reserved;
}

[[nodiscard]] constexpr bool violates_reserved_bits(Entry entry, Level level, const PagingMode& mode)
{
    return (entry.raw() & reserved_bits(entry, level, mode)) != 0;
}

} // namespace drywalk::x86
