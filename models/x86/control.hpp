// SPDX-License-Identifier: MIT
// The control-register bits that paging depends on.
#pragma once

#include "models/x86/address.hpp"

#include <cstdint>

namespace drywalk::x86 {

/// CR0. [intel/vol3] 2.5
struct Cr0 {
    static constexpr std::uint64_t pe = 1U << 0;
    static constexpr std::uint64_t et = 1U << 4;
    static constexpr std::uint64_t wp = 1U << 16;
    static constexpr std::uint64_t pg = 1U << 31;

    std::uint64_t value = pe | et | wp | pg;

    [[nodiscard]] constexpr bool paging() const { return (value & pg) != 0; }
    [[nodiscard]] constexpr bool write_protect() const { return (value & wp) != 0; }
    constexpr bool operator==(const Cr0&) const = default;
};

/// CR3: the root table and, with CR4.PCIDE, the PCID. [intel/vol3] 4.5, Tables 4-12 and 4-13
struct Cr3 {
    static constexpr std::uint64_t pcid_mask = 0xfff;
    /// Bit 63 of the value written: keep what is cached for the PCID. [intel/vol3] 4.10.4.1
    static constexpr std::uint64_t no_flush = std::uint64_t{1} << 63;

    std::uint64_t value = 0;

    [[nodiscard]] constexpr PhysicalAddress root() const { return PhysicalAddress{value & 0x000f'ffff'ffff'f000}; }
    constexpr bool operator==(const Cr3&) const = default;
};

/// CR4. [intel/vol3] 2.5
struct Cr4 {
    static constexpr std::uint64_t pse = 1U << 4;
    static constexpr std::uint64_t pae = 1U << 5;
    static constexpr std::uint64_t pge = 1U << 7;
    static constexpr std::uint64_t pcide = 1U << 17;
    static constexpr std::uint64_t smep = 1U << 20;
    static constexpr std::uint64_t smap = 1U << 21;
    static constexpr std::uint64_t pke = 1U << 22;

    std::uint64_t value = pae;

    [[nodiscard]] constexpr bool global_pages() const { return (value & pge) != 0; }
    [[nodiscard]] constexpr bool pcids() const { return (value & pcide) != 0; }
    [[nodiscard]] constexpr bool supervisor_execution_prevention() const { return (value & smep) != 0; }
    [[nodiscard]] constexpr bool supervisor_access_prevention() const { return (value & smap) != 0; }
    constexpr bool operator==(const Cr4&) const = default;
};

/// IA32_EFER. [intel/vol3] 2.2.1; TCE is AMD's alone, [amd/vol2] 3.1.7
struct Efer {
    static constexpr std::uint64_t sce = 1U << 0;
    static constexpr std::uint64_t lme = 1U << 8;
    static constexpr std::uint64_t lma = 1U << 10;
    static constexpr std::uint64_t nxe = 1U << 11;
    static constexpr std::uint64_t tce = 1U << 15;

    std::uint64_t value = lme | lma;

    [[nodiscard]] constexpr bool execute_disable() const { return (value & nxe) != 0; }
    /// INVLPG leaves paging-structure entries of other addresses alone.
    [[nodiscard]] constexpr bool translation_cache_extension() const { return (value & tce) != 0; }
    constexpr bool operator==(const Efer&) const = default;
};

/// What CPUID says about paging. [intel/vol3] 4.1.4
struct PagingFeatures {
    unsigned physical_bits = 46; ///< MAXPHYADDR, 32 to 52
    bool pages_1g = true;
    bool pcids = false; ///< CR4.PCIDE may be set. [intel/vol3] 4.10.1
};

/// Everything outside the tables that decides a translation, 4-level paging being on.
struct PagingMode {
    Cr0 cr0;
    Cr3 cr3;
    Cr4 cr4;
    Efer efer;
    PagingFeatures features;

    /// The PCID that new entries are tagged with; 0 without CR4.PCIDE. [intel/vol3] 4.10.1
    [[nodiscard]] constexpr std::uint16_t pcid() const
    {
        return cr4.pcids() ? static_cast<std::uint16_t>(cr3.value & Cr3::pcid_mask) : std::uint16_t{0};
    }
};

} // namespace drywalk::x86
