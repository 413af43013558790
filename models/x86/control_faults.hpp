// SPDX-License-Identifier: MIT
// Which register writes and invalidations raise an exception instead of taking effect, in 64-bit mode.
//
// Reasons only: what a processor does not support is not known here, unless PagingFeatures says so. The first reason
// that applies is given.
#pragma once

#include "models/x86/control.hpp"
#include "models/x86/invalidation.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace drywalk::x86 {

/// Why the processor raises #GP; of WRPKRU without CR4.PKE and of an instruction that it does not have, #UD.
enum class ControlFault : std::uint8_t {
    paging_without_protection,
    write_through_without_caching,
    reserved_cr0_bits,
    paging_cleared_with_pcids,
    long_mode_without_pae,
    write_protect_cleared_with_cet,
    no_flush_without_pcide,
    masking_not_supported,
    reserved_address_bits,
    pae_cleared_in_long_mode,
    la57_changed_in_long_mode,
    pcids_outside_long_mode,
    pcids_with_low_cr3_bits,
    cet_without_write_protect,
    reserved_cr4_bits,
    long_mode_changed_while_paging,
    reserved_efer_bits,
    unknown_invpcid_type,
    wide_pcid,
    pcid_without_pcide,
    non_canonical,
    keys_not_enabled,
    wide_key_rights,
    broadcast_of_too_many_pages,
    broadcast_of_pcid_without_pcide,
    bits_of_intel_alone,
    register_of_intel_alone,
    instruction_of_amd_alone,
};

/// What a diagnostic says of a ControlFault.
struct ControlFaultText {
    std::string_view what;
    std::string_view legal;
    std::string_view manual; ///< where it stands
};

[[nodiscard]] constexpr ControlFaultText text_of(ControlFault fault)
{
    switch (fault) {
    case ControlFault::paging_without_protection:
        return {"CR0.PG=1 with CR0.PE=0 raises #GP", "PG needs PE", "[intel/vol2] MOV CR; [intel/vol3] 2.5"};
    case ControlFault::write_through_without_caching:
        return {"CR0.NW=1 with CR0.CD=0 raises #GP", "NW needs CD", "[intel/vol2] MOV CR; [intel/vol3] 2.5"};
    case ControlFault::reserved_cr0_bits:
        return {"bits 63:32 of CR0 are reserved: #GP", "a value below 2^32", "[intel/vol3] 2.5"};
    case ControlFault::paging_cleared_with_pcids:
        return {"clearing CR0.PG while CR4.PCIDE=1 raises #GP", "clear CR4.PCIDE first",
                "[intel/vol2] MOV CR; [intel/vol3] 4.10.1"};
    case ControlFault::long_mode_without_pae:
        return {"setting CR0.PG with EFER.LME=1 and CR4.PAE=0 raises #GP", "set CR4.PAE first",
                "[intel/vol2] MOV CR; [intel/vol3] 4.1.2"};
    case ControlFault::write_protect_cleared_with_cet:
        return {"clearing CR0.WP while CR4.CET=1 raises #GP", "clear CR4.CET first",
                "[intel/vol3] 2.5 of later editions"};
    case ControlFault::no_flush_without_pcide:
        return {"bit 63 of CR3 with CR4.PCIDE=0 raises #GP", "bit 63 needs CR4.PCIDE=1",
                "[intel/vol2] MOV CR; [intel/vol3] 4.5"};
    case ControlFault::masking_not_supported:
        return {"bits 62:61 of CR3 and CR4.LAM_SUP are reserved without linear-address masking: #GP",
                "these bits are 0", "[intel/vol3] 4.4 of later editions"};
    case ControlFault::reserved_address_bits:
        return {"a bit of CR3 from MAXPHYADDR on is set: #GP", "an address below 2^MAXPHYADDR",
                "[intel/vol2] MOV CR; [intel/vol3] 4.5"};
    case ControlFault::pae_cleared_in_long_mode:
        return {"clearing CR4.PAE in long mode raises #GP", "PAE=1 while EFER.LMA=1",
                "[intel/vol2] MOV CR; [intel/vol3] 4.1.2"};
    case ControlFault::la57_changed_in_long_mode:
        return {"changing CR4.LA57 in long mode raises #GP", "change it with CR0.PG=0",
                "[intel/vol3] 4.1.2 of later editions"};
    case ControlFault::pcids_outside_long_mode:
        return {"setting CR4.PCIDE outside long mode raises #GP", "PCIDE needs EFER.LMA=1", "[intel/vol3] 4.10.1"};
    case ControlFault::pcids_with_low_cr3_bits:
        return {"setting CR4.PCIDE while CR3[11:0] is not 0 raises #GP", "load CR3 with 0 in bits 11:0 first",
                "[intel/vol3] 4.10.1"};
    case ControlFault::cet_without_write_protect:
        return {"setting CR4.CET with CR0.WP=0 raises #GP", "set CR0.WP first", "[intel/vol3] 2.5 of later editions"};
    case ControlFault::reserved_cr4_bits:
        return {"a reserved bit of CR4 is set: #GP", "bits 0 to 14, 16 to 25, 27, 28 and 32", "[intel/vol3] 2.5"};
    case ControlFault::long_mode_changed_while_paging:
        return {"changing EFER.LME while CR0.PG=1 raises #GP", "change it with CR0.PG=0", "[intel/vol3] 4.1.2"};
    case ControlFault::reserved_efer_bits:
        return {"a reserved bit of EFER is set: #GP", "bits 0, 8, 10 and 11; on AMD 12 to 15, 17, 18, 20 and 21 too",
                "[intel/vol3] 2.2.1; [amd/vol2] 3.1.7"};
    case ControlFault::unknown_invpcid_type:
        return {"INVPCID of an unknown type raises #GP", "0 to 3", "[intel/vol2] INVPCID"};
    case ControlFault::wide_pcid:
        return {"bits 63:12 of the INVPCID descriptor are reserved: #GP", "a PCID up to 4095", "[intel/vol2] INVPCID"};
    case ControlFault::pcid_without_pcide:
        return {"INVPCID of a PCID other than 0 with CR4.PCIDE=0 raises #GP", "PCID 0, or set CR4.PCIDE first",
                "[intel/vol2] INVPCID"};
    case ControlFault::non_canonical:
        return {"INVPCID of an address that is not canonical raises #GP", "a canonical address",
                "[intel/vol2] INVPCID"};
    case ControlFault::keys_not_enabled:
        return {"WRPKRU with CR4.PKE=0 raises #UD", "set CR4.PKE first", "[intel/vol2] WRPKRU"};
    case ControlFault::wide_key_rights:
        return {"bits 63:32 of PKRU and IA32_PKRS are reserved: #GP", "a value below 2^32",
                "[intel/vol2] WRPKRU; [intel/vol3] 4.6.2 of later editions"};
    case ControlFault::broadcast_of_too_many_pages:
        return {"INVLPGB of more pages than the processor takes at once raises #GP",
                "a count up to CPUID 8000_0008 EDX[15:0]", "[amd/vol3] INVLPGB"};
    case ControlFault::broadcast_of_pcid_without_pcide:
        return {"INVLPGB of a PCID with CR4.PCIDE=0 raises #GP", "no PCID, or set CR4.PCIDE first",
                "[amd/vol3] INVLPGB"};
    case ControlFault::bits_of_intel_alone:
        return {"CR3[62:61] and CR4.PKS, LASS and LAM_SUP are reserved on AMD: #GP",
                "these bits are 0, or the vendor is intel or portable", "[amd/vol2] 3.1.2, 3.1.3"};
    case ControlFault::register_of_intel_alone:
        return {"AMD has no IA32_PKRS: #GP", "the vendor is intel or portable", "[amd/vol2] 5.6.7"};
    case ControlFault::instruction_of_amd_alone:
        return {"Intel has neither INVLPGB nor TLBSYNC: #UD", "the vendor is amd, amd-tce or portable",
                "[amd/vol3] INVLPGB, TLBSYNC"};
    }
    return {};
}

using MaybeFault = std::optional<ControlFault>;

/// EFER.LMA as the processor derives it. [intel/vol3] 9.8.5
[[nodiscard]] constexpr bool in_long_mode(const PagingMode& mode)
{
    return mode.cr0.paging() && mode.efer.long_mode_enabled();
}

/// MOV to CR0; `mode` is the state before. 64-bit mode cannot clear PG at all, but compatibility mode can, and a trace
/// does not tell the two apart. [intel/vol2] MOV CR
[[nodiscard]] constexpr MaybeFault mov_cr0_fault(std::uint64_t value, const PagingMode& mode)
{
    const bool sets_paging = (value & Cr0::pg) != 0;
    if (value >> 32 != 0) return ControlFault::reserved_cr0_bits;
    if (sets_paging && (value & Cr0::pe) == 0) return ControlFault::paging_without_protection;
    if ((value & Cr0::nw) != 0 && (value & Cr0::cd) == 0) return ControlFault::write_through_without_caching;
    if (mode.cr0.paging() && !sets_paging && mode.cr4.pcids()) return ControlFault::paging_cleared_with_pcids;
    const bool long_mode_begins = !mode.cr0.paging() && sets_paging && mode.efer.long_mode_enabled();
    if (long_mode_begins && (mode.cr4.value & Cr4::pae) == 0) return ControlFault::long_mode_without_pae;
    if ((value & Cr0::wp) == 0 && mode.cr4.control_flow_enforcement()) {
        return ControlFault::write_protect_cleared_with_cet;
    }
    return std::nullopt;
}

/// MOV to CR3. [intel/vol2] MOV CR; [intel/vol3] 4.5, Tables 4-12 and 4-13
[[nodiscard]] constexpr MaybeFault mov_cr3_fault(std::uint64_t value, const PagingMode& mode)
{
    constexpr std::uint64_t masking = Cr3::lam_u48 | Cr3::lam_u57;
    if ((value & Cr3::no_flush) != 0 && !mode.cr4.pcids()) return ControlFault::no_flush_without_pcide;
    if ((value & masking) != 0 && !mode.features.linear_address_masking) return ControlFault::masking_not_supported;
    if ((value & ~(masking | Cr3::no_flush)) >> mode.features.physical_bits != 0) {
        return ControlFault::reserved_address_bits;
    }
    return std::nullopt;
}

/// The bits of CR4 that some processor defines. [intel/vol3] 2.5 of later editions
inline constexpr std::uint64_t defined_cr4_bits = 0x1'1bff'7fff & ~(std::uint64_t{1} << 26);

/// MOV to CR4; `mode` is the state before. [intel/vol2] MOV CR; [intel/vol3] 4.1.2, 4.10.1
[[nodiscard]] constexpr MaybeFault mov_cr4_fault(std::uint64_t value, const PagingMode& mode)
{
    const std::uint64_t changed = value ^ mode.cr4.value;
    if ((value & ~defined_cr4_bits) != 0) return ControlFault::reserved_cr4_bits;
    if ((value & Cr4::lam_sup) != 0 && !mode.features.linear_address_masking) {
        return ControlFault::masking_not_supported;
    }
    if (in_long_mode(mode)) {
        if ((value & Cr4::pae) == 0) return ControlFault::pae_cleared_in_long_mode;
        if ((changed & Cr4::la57) != 0) return ControlFault::la57_changed_in_long_mode;
    }
    if ((changed & value & Cr4::pcide) != 0) {
        if (!in_long_mode(mode)) return ControlFault::pcids_outside_long_mode;
        if ((mode.cr3.value & Cr3::pcid_mask) != 0) return ControlFault::pcids_with_low_cr3_bits;
    }
    if ((value & Cr4::cet) != 0 && !mode.cr0.write_protect()) return ControlFault::cet_without_write_protect;
    return std::nullopt;
}

/// The bits of EFER that some processor of `vendor` defines. [intel/vol3] 2.2.1; [amd/vol2] 3.1.7
[[nodiscard]] constexpr std::uint64_t defined_efer_bits(Vendor vendor)
{
    constexpr std::uint64_t both = Efer::sce | Efer::lme | Efer::lma | Efer::nxe;
    constexpr std::uint64_t amd = 0xf000 | 0x6'0000 | 0x30'0000;
    return vendor == Vendor::intel ? both : both | amd;
}

/// WRMSR to EFER. LMA is not writable: what is written there does not matter. [intel/vol3] 4.1.2
[[nodiscard]] constexpr MaybeFault wrmsr_efer_fault(std::uint64_t value, const PagingMode& mode, Vendor vendor)
{
    if ((value & ~defined_efer_bits(vendor)) != 0) return ControlFault::reserved_efer_bits;
    const bool changes_long_mode = ((value ^ mode.efer.value) & Efer::lme) != 0;
    if (changes_long_mode && mode.cr0.paging()) return ControlFault::long_mode_changed_while_paging;
    return std::nullopt;
}

/// INVPCID, with the descriptor's fields as they stand in memory. [intel/vol2] INVPCID
[[nodiscard]] constexpr MaybeFault invpcid_fault(std::uint64_t type, std::uint64_t pcid, std::uint64_t linear,
                                                 const PagingMode& mode)
{
    if (type > static_cast<std::uint64_t>(InvpcidType::all_but_global)) return ControlFault::unknown_invpcid_type;
    if (pcid > Cr3::pcid_mask) return ControlFault::wide_pcid;
    const bool names_pcid = type <= static_cast<std::uint64_t>(InvpcidType::single_context);
    if (names_pcid && pcid != 0 && !mode.cr4.pcids()) return ControlFault::pcid_without_pcide;
    const bool names_address = type == static_cast<std::uint64_t>(InvpcidType::address);
    if (names_address && !is_canonical(linear, mode.linear_width())) return ControlFault::non_canonical;
    return std::nullopt;
}

[[nodiscard]] constexpr bool is_amd(Vendor vendor) { return vendor == Vendor::amd || vendor == Vendor::amd_tce; }

/// Bits of CR3 and CR4 that no processor of `vendor` defines. [amd/vol2] 3.1.2, 3.1.3
[[nodiscard]] constexpr MaybeFault foreign_bits_fault(const PagingMode& mode, Vendor vendor)
{
    const bool any = (mode.cr4.value & (Cr4::pks | Cr4::lass | Cr4::lam_sup)) != 0 ||
                     (mode.cr3.value & (Cr3::lam_u48 | Cr3::lam_u57)) != 0;
    return is_amd(vendor) && any ? MaybeFault{ControlFault::bits_of_intel_alone} : std::nullopt;
}

/// INVLPGB and TLBSYNC. [amd/vol3]
[[nodiscard]] constexpr MaybeFault broadcast_fault(Vendor vendor)
{
    return vendor == Vendor::intel ? MaybeFault{ControlFault::instruction_of_amd_alone} : std::nullopt;
}

/// INVLPGB; `most_pages` is how many the processor takes beyond the first. [amd/vol3] INVLPGB
[[nodiscard]] constexpr MaybeFault invlpgb_fault(const Invlpgb& operands, const PagingMode& mode, unsigned most_pages,
                                                 Vendor vendor)
{
    if (const MaybeFault fault = broadcast_fault(vendor)) return fault;
    if (operands.count > most_pages) return ControlFault::broadcast_of_too_many_pages;
    if (operands.pcid && !mode.cr4.pcids()) return ControlFault::broadcast_of_pcid_without_pcide;
    return std::nullopt;
}

/// WRPKRU. [intel/vol2] WRPKRU
[[nodiscard]] constexpr MaybeFault wrpkru_fault(std::uint64_t value, const PagingMode& mode)
{
    if (!mode.cr4.user_keys()) return ControlFault::keys_not_enabled;
    return value >> 32 != 0 ? MaybeFault{ControlFault::wide_key_rights} : std::nullopt;
}

/// WRMSR to IA32_PKRS, which CR4.PKS=0 does not forbid. [intel/vol3] 4.6.2 of later editions
[[nodiscard]] constexpr MaybeFault wrmsr_pkrs_fault(std::uint64_t value, Vendor vendor)
{
    if (is_amd(vendor)) return ControlFault::register_of_intel_alone;
    return value >> 32 != 0 ? MaybeFault{ControlFault::wide_key_rights} : std::nullopt;
}

/// Whether registers with these values can exist together, as the header of a trace states them: what MOV to CR0, CR3
/// and CR4 and WRMSR refuse, they refuse whatever the order.
[[nodiscard]] constexpr MaybeFault mode_fault(const PagingMode& mode, Vendor vendor)
{
    if (const MaybeFault fault = foreign_bits_fault(mode, vendor)) return fault;
    PagingMode before = mode;
    before.cr0 = {Cr0::pe | Cr0::wp};
    before.cr4 = {mode.cr4.value & ~(Cr4::pcide | Cr4::cet)};
    if (const MaybeFault fault = wrmsr_efer_fault(mode.efer.value, before, vendor)) return fault;
    if (const MaybeFault fault = mov_cr4_fault(before.cr4.value, before)) return fault;
    if (const MaybeFault fault = mov_cr0_fault(mode.cr0.value, before)) return fault;
    before.cr0 = mode.cr0;
    before.cr3 = {};
    if (const MaybeFault fault = mov_cr4_fault(mode.cr4.value, before)) return fault;
    before.cr4 = mode.cr4;
    if ((mode.cr3.value & Cr3::no_flush) != 0) return ControlFault::reserved_address_bits;
    return mov_cr3_fault(mode.cr3.value, before);
}

} // namespace drywalk::x86
