// SPDX-License-Identifier: MIT
// What each operation must remove from the TLBs and from the paging-structure caches.
//
// The table is [intel/vol3] 4.10.4.1; where AMD promises something else ([amd/vol2] 5.5.3) the vendor decides.
// "May also invalidate" removes nothing here: a processor is free to, software may not count on it.
#pragma once

#include "models/x86/walk.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::x86 {

/// Whose promises count. `portable` removes only what Intel and AMD both promise to remove.
enum class Vendor : std::uint8_t { intel, amd, amd_tce, portable };

/// Which cached entries an operation must remove. Reach::page and the two of one PCID spare other PCIDs.
enum class Reach : std::uint8_t {
    nothing,
    page,                ///< entries that cover one linear address
    current_pcid,        ///< non-global entries of one PCID; all paging-structure entries of it
    current_pcid_global, ///< entries of one PCID, global ones too
    all_non_global,      ///< of every PCID
    everything,
};

/// The obligation of the processor: what to remove from the TLBs and from the paging-structure caches.
struct Removal {
    Reach translations = Reach::nothing;
    Reach structures = Reach::nothing;
    LinearAddress linear;             ///< for Reach::page
    std::uint16_t pcid = 0;           ///< whose entries
    bool page_includes_global = true; ///< Reach::page: INVLPG and #PF remove global entries, INVPCID type 0 does not
    bool global_of_any_pcid = true;   ///< Reach::page: INVLPG removes even those made under another PCID, #PF need not

    [[nodiscard]] constexpr bool none() const { return translations == Reach::nothing && structures == Reach::nothing; }
};

/// How a cached entry is tagged, as far as removal is concerned.
struct EntryTag {
    LinearAddress base;                ///< of the page it was made from, fragments included
    PageSize size = PageSize::size_4k; ///< of that page
    std::uint16_t pcid = 0;
    bool global = false;

    [[nodiscard]] constexpr bool covers(LinearAddress linear) const { return linear.page(size) == base; }
};

/// Whether `removal` must remove the TLB entry tagged `tag`.
[[nodiscard]] constexpr bool removes_translation(const Removal& removal, const EntryTag& tag)
{
    switch (removal.translations) {
    case Reach::nothing: return false;
    case Reach::page:
        if (!tag.covers(removal.linear)) return false;
        if (tag.pcid != removal.pcid && !(tag.global && removal.global_of_any_pcid)) return false;
        return !tag.global || removal.page_includes_global;
    case Reach::current_pcid: return !tag.global && tag.pcid == removal.pcid;
    case Reach::current_pcid_global: return tag.pcid == removal.pcid;
    case Reach::all_non_global: return !tag.global;
    case Reach::everything: return true;
    }
    return false;
}

/// Whether `removal` must remove a paging-structure-cache entry of `pcid` that covers the region of
/// `1 << index_shift(level)` bytes at `region`. Paging-structure entries are never global. [intel/vol3] 4.10.3.1
[[nodiscard]] constexpr bool removes_structure(const Removal& removal, LinearAddress region, Level level,
                                               std::uint16_t pcid)
{
    switch (removal.structures) {
    case Reach::nothing: return false;
    case Reach::page:
        return pcid == removal.pcid &&
               (removal.linear.value() >> index_shift(level)) == (region.value() >> index_shift(level));
    case Reach::current_pcid:
    case Reach::current_pcid_global: return pcid == removal.pcid;
    case Reach::all_non_global:
    case Reach::everything: return true;
    }
    return false;
}

/// Removes every entry there is.
inline constexpr Removal remove_everything{Reach::everything, Reach::everything, {}, 0};

/// True if `vendor` stands for AMD alone. What AMD promises beyond Intel is no promise of Vendor::portable.
[[nodiscard]] constexpr bool promises_as_amd(Vendor vendor)
{
    return vendor == Vendor::amd || vendor == Vendor::amd_tce;
}

/// INVLPG. A canonical operand is the type's invariant; for any other INVLPG does nothing ([intel/vol2] INVLPG).
/// With EFER.TCE on AMD only the paging-structure entries of the address go. [amd/vol2] 5.5.3, 3.1.7
[[nodiscard]] constexpr Removal invlpg_removes(LinearAddress linear, const PagingMode& mode, Vendor vendor)
{
    const bool extension_on = vendor != Vendor::intel && mode.efer.translation_cache_extension();
    const bool only_covering = vendor == Vendor::amd_tce || extension_on;
    return {Reach::page, only_covering ? Reach::page : Reach::current_pcid, linear, mode.pcid()};
}

/// The operand of INVPCID that says what to invalidate. [intel/vol2] INVPCID
enum class InvpcidType : std::uint8_t { address = 0, single_context = 1, all_with_global = 2, all_but_global = 3 };

/// INVPCID; `pcid` counts for the first two types, `linear` for the first. Only type 2 touches global entries.
/// [intel/vol3] 4.10.4.1
[[nodiscard]] constexpr Removal invpcid_removes(InvpcidType type, std::uint16_t pcid, LinearAddress linear)
{
    switch (type) {
    case InvpcidType::address: return {Reach::page, Reach::page, linear, pcid, false, false};
    case InvpcidType::single_context: return {Reach::current_pcid, Reach::current_pcid, {}, pcid};
    case InvpcidType::all_with_global: return remove_everything;
    case InvpcidType::all_but_global: return {Reach::all_non_global, Reach::all_non_global, {}, 0};
    }
    return {};
}

/// MOV to CR3: `mode` is the state before, `written` the operand. [intel/vol3] 4.10.4.1
[[nodiscard]] constexpr Removal mov_cr3_removes(std::uint64_t written, const PagingMode& mode)
{
    if (!mode.cr4.pcids()) return {Reach::current_pcid, Reach::current_pcid, {}, 0};
    if ((written & Cr3::no_flush) != 0) return {};
    return {Reach::current_pcid, Reach::current_pcid, {}, static_cast<std::uint16_t>(written & Cr3::pcid_mask)};
}

/// MOV to CR4, [intel/vol3] 4.10.4.1: everything goes if PGE changes or PCIDE is cleared; all of the current PCID,
/// global entries included, if PAE changes or SMEP is set. AMD ([amd/vol2] 5.5.3) names everything for a change
/// of PAE or PSE and for setting PKE, and does not name SMEP.
[[nodiscard]] constexpr Removal mov_cr4_removes(Cr4 written, const PagingMode& mode, Vendor vendor)
{
    const std::uint64_t changed = written.value ^ mode.cr4.value;
    const std::uint64_t set = changed & written.value;
    const std::uint64_t cleared = changed & mode.cr4.value;
    if (((changed & Cr4::pge) | (cleared & Cr4::pcide)) != 0) return remove_everything;
    if (promises_as_amd(vendor)) {
        const bool named = ((changed & (Cr4::pae | Cr4::pse)) | (set & Cr4::pke)) != 0;
        return named ? remove_everything : Removal{};
    }
    const bool smep_counts = vendor == Vendor::intel && (set & Cr4::smep) != 0;
    if (!smep_counts && (changed & Cr4::pae) == 0) return {};
    return {Reach::current_pcid_global, Reach::current_pcid, {}, mode.pcid()};
}

/// MOV to CR0: clearing PG removes everything; on AMD any change of PG does. WP is an input at use, and PE, CD, NW
/// and TS promise nothing. [intel/vol3] 4.10.4.1; [amd/vol2] 5.5.3
[[nodiscard]] constexpr Removal mov_cr0_removes(Cr0 written, const PagingMode& mode, Vendor vendor)
{
    if (mode.cr0.paging() == written.paging()) return {};
    return mode.cr0.paging() || promises_as_amd(vendor) ? remove_everything : Removal{};
}

/// WRMSR to EFER stands in neither vendor's list: NXE is an input at use, not an invalidation.
[[nodiscard]] constexpr Removal wrmsr_efer_removes() { return {}; }

/// A page fault that was delivered for `linear`: its translations of the current PCID go, global ones too, and the
/// paging-structure entries that would be used for it. Global entries made under another PCID are not in the
/// text. [intel/vol3] 4.10.4.1
[[nodiscard]] constexpr Removal page_fault_removes(LinearAddress linear, const PagingMode& mode)
{
    return {Reach::page, Reach::page, linear, mode.pcid(), true, false};
}

/// INVLPGB, which reaches every processor and is complete when TLBSYNC on the same processor is; a filter that is
/// absent lets everything through. [amd/vol3] INVLPGB, TLBSYNC
struct Invlpgb {
    std::optional<std::uint64_t> va;
    std::optional<std::uint16_t> pcid;
    std::optional<std::uint16_t> asid; ///< a host's entries have 0
    bool global = false;               ///< global translations as well
    bool final = false;                ///< translations only, no paging-structure entries
    bool nested = false;               ///< nested translations as well
    bool stride_2m = false;            ///< between the addresses, instead of 4 KiB
    std::uint16_t count = 0;           ///< pages beyond the first

    constexpr bool operator==(const Invlpgb&) const = default;

    /// True if one of the addresses lies in the `bytes` from `base` on.
    [[nodiscard]] constexpr bool names(LinearAddress base, std::uint64_t bytes) const
    {
        if (!va) return true;
        const std::uint64_t first = *va & ~offset_mask(PageSize::size_4k);
        if (first - base.value() < bytes) return true;
        const std::uint64_t stride = page_bytes(stride_2m ? PageSize::size_2m : PageSize::size_4k);
        const std::uint64_t distance = base.value() - first;
        const std::uint64_t pages = distance / stride + (distance % stride == 0 ? 0 : 1);
        return pages <= count && pages * stride - distance < bytes;
    }
    /// True for all entries of a host's processors with `tag` as their PCID.
    [[nodiscard]] constexpr bool reaches(std::uint16_t tag) const
    {
        return asid.value_or(0) == 0 && pcid.value_or(tag) == tag;
    }
    /// True if it leaves nothing of the PCIDs that it reaches but global translations.
    [[nodiscard]] constexpr bool empties() const { return !va && !final; }
};

/// Whether `operands` select the TLB entry tagged `tag`. With a 2 MiB stride small pages between the addresses stay.
[[nodiscard]] constexpr bool removes_translation(const Invlpgb& operands, const EntryTag& tag)
{
    return operands.reaches(tag.pcid) && (operands.global || !tag.global) &&
           operands.names(tag.base, page_bytes(tag.size));
}

/// Whether `operands` select the paging-structure-cache entry of `pcid` for the region at `region`, see above.
[[nodiscard]] constexpr bool removes_structure(const Invlpgb& operands, LinearAddress region, Level level,
                                               std::uint16_t pcid)
{
    return operands.reaches(pcid) && !operands.final && operands.names(region, std::uint64_t{1} << index_shift(level));
}

} // namespace drywalk::x86
