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
    static constexpr std::uint64_t nw = 1U << 29;
    static constexpr std::uint64_t cd = 1U << 30;
    static constexpr std::uint64_t pg = 1U << 31;

    std::uint64_t value = pe | et | wp | pg;

    [[nodiscard]] constexpr bool paging() const { return (value & pg) != 0; }
    [[nodiscard]] constexpr bool write_protect() const { return (value & wp) != 0; }
    constexpr bool operator==(const Cr0&) const = default;
};

/// CR3: the root table and, with CR4.PCIDE, the PCID. [intel/vol3] 4.5, Tables 4-12 and 4-13
struct Cr3 {
    static constexpr std::uint64_t pcid_mask = 0xfff;
    /// Linear-address masking of user addresses, bits 62:57 and 62:48. They are no part of the root's address.
    static constexpr std::uint64_t lam_u57 = std::uint64_t{1} << 61;
    static constexpr std::uint64_t lam_u48 = std::uint64_t{1} << 62;
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
    static constexpr std::uint64_t la57 = 1U << 12;
    static constexpr std::uint64_t pcide = 1U << 17;
    static constexpr std::uint64_t smep = 1U << 20;
    static constexpr std::uint64_t smap = 1U << 21;
    static constexpr std::uint64_t pke = 1U << 22;
    static constexpr std::uint64_t cet = 1U << 23;
    static constexpr std::uint64_t pks = 1U << 24;
    static constexpr std::uint64_t lass = 1U << 27;
    static constexpr std::uint64_t lam_sup = 1U << 28;

    std::uint64_t value = pae;

    [[nodiscard]] constexpr bool global_pages() const { return (value & pge) != 0; }
    [[nodiscard]] constexpr bool five_levels() const { return (value & la57) != 0; }
    [[nodiscard]] constexpr bool pcids() const { return (value & pcide) != 0; }
    [[nodiscard]] constexpr bool supervisor_execution_prevention() const { return (value & smep) != 0; }
    [[nodiscard]] constexpr bool supervisor_access_prevention() const { return (value & smap) != 0; }
    /// PKRU counts for user pages. [intel/vol3] 4.6.2
    [[nodiscard]] constexpr bool user_keys() const { return (value & pke) != 0; }
    /// IA32_PKRS counts for supervisor pages. [intel/vol3] 4.6.2 of later editions
    [[nodiscard]] constexpr bool supervisor_keys() const { return (value & pks) != 0; }
    /// Cached translations hold their page's key. [intel/vol3] 4.10.2.2
    [[nodiscard]] constexpr bool caches_keys() const { return (value & (pke | pks)) != 0; }
    /// Bit 63 of a linear address belongs to one privilege. [intel/vol3] 4.4 of later editions
    [[nodiscard]] constexpr bool separates_address_space() const { return (value & lass) != 0; }
    [[nodiscard]] constexpr bool control_flow_enforcement() const { return (value & cet) != 0; }
    constexpr bool operator==(const Cr4&) const = default;
};

/// IA32_EFER. [intel/vol3] 2.2.1; TCE is AMD's alone, [amd/vol2] 3.1.7
struct Efer {
    static constexpr std::uint64_t sce = 1U << 0;
    static constexpr std::uint64_t lme = 1U << 8;
    static constexpr std::uint64_t lma = 1U << 10;
    static constexpr std::uint64_t nxe = 1U << 11;
    static constexpr std::uint64_t tce = 1U << 15;
    static constexpr std::uint64_t uaie = 1U << 20; ///< AMD: some data accesses ignore bits 63:57. [amd/vol2] 5.10

    std::uint64_t value = lme | lma;

    [[nodiscard]] constexpr bool long_mode_enabled() const { return (value & lme) != 0; }
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
    /// CR3[62:61] and CR4.LAM_SUP may be set. [intel/vol3] 4.4 of later editions
    bool linear_address_masking = true;
};

/// What software may have chosen by CR0, CR4 and EFER. [intel/vol3] 4.1.1, Figure 4-1
enum class PagingKind : std::uint8_t { none, legacy_32_bit, pae, four_level, five_level };

/// Everything outside the tables that decides a translation. Tables of four or five levels are what the models walk.
struct PagingMode {
    Cr0 cr0;
    Cr3 cr3;
    Cr4 cr4;
    Efer efer;
    PagingFeatures features;
    std::uint32_t pkru = 0; ///< PKRU, rights by protection key for user pages. [intel/vol3] 4.6.2
    std::uint32_t pkrs = 0; ///< IA32_PKRS, the same for supervisor pages
    /// False if PKRU and IA32_PKRS cannot be told: they are taken to permit everything, but may change at any moment.
    bool key_rights_known = true;

    /// The PCID that new entries are tagged with; 0 without CR4.PCIDE. [intel/vol3] 4.10.1
    [[nodiscard]] constexpr std::uint16_t pcid() const
    {
        return cr4.pcids() ? static_cast<std::uint16_t>(cr3.value & Cr3::pcid_mask) : std::uint16_t{0};
    }
    /// Some linear addresses may carry software's data in their upper bits. [intel/vol3] 4.4 of later editions
    [[nodiscard]] constexpr bool masks_addresses() const
    {
        return (cr3.value & (Cr3::lam_u48 | Cr3::lam_u57)) != 0 || (cr4.value & Cr4::lam_sup) != 0;
    }
    /// The bits of a linear address that are translated; the upper ones repeat the last of them. [intel/vol1] 3.3.7.1
    [[nodiscard]] constexpr unsigned linear_width() const
    {
        return cr4.five_levels() ? widest_linear_bits : linear_bits;
    }
};

/// LMA follows from PG and LME: the processor sets it when paging begins. [intel/vol3] 9.8.5
[[nodiscard]] constexpr PagingKind paging_kind(const PagingMode& mode)
{
    if (!mode.cr0.paging()) return PagingKind::none;
    if ((mode.cr4.value & Cr4::pae) == 0) return PagingKind::legacy_32_bit;
    if (!mode.efer.long_mode_enabled()) return PagingKind::pae;
    return mode.cr4.five_levels() ? PagingKind::five_level : PagingKind::four_level;
}

} // namespace drywalk::x86
