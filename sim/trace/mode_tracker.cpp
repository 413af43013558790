// SPDX-License-Identifier: MIT
#include "sim/trace/mode_tracker.hpp"

#include "models/x86/control_faults.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>

namespace drywalk::trace {

namespace {

using x86::PagingMode;

/// CPUID 8000_0008H EDX[15:0] says how many pages one INVLPGB may name; a trace does not: the most that fit.
constexpr unsigned most_broadcast_pages = 0xffff;

/// Why the processor does not take `event` in `mode`.
[[nodiscard]] x86::MaybeFault fault_of(const Event& event, const PagingMode& mode, x86::Vendor vendor)
{
    switch (event.kind) {
    case EventKind::mov_cr0: return x86::mov_cr0_fault(event.value, mode);
    case EventKind::mov_cr3: return x86::mov_cr3_fault(event.value, mode);
    case EventKind::mov_cr4: return x86::mov_cr4_fault(event.value, mode);
    case EventKind::wrmsr_efer: return x86::wrmsr_efer_fault(event.value, mode, vendor);
    case EventKind::invpcid: return x86::invpcid_fault(event.type, event.pcid, event.va, mode);
    case EventKind::wrpkru: return x86::wrpkru_fault(event.value, mode);
    case EventKind::invlpgb: return x86::invlpgb_fault(operands_of(event), mode, most_broadcast_pages, vendor);
    case EventKind::tlbsync: return x86::broadcast_fault(vendor);
    case EventKind::wrmsr_pkrs: return x86::wrmsr_pkrs_fault(event.value, vendor);
    default: return std::nullopt;
    }
}

void change(PagingMode& mode, const Event& event)
{
    switch (event.kind) {
    case EventKind::mov_cr0: mode.cr0.value = event.value; return;
    case EventKind::mov_cr3: mode.cr3.value = event.value & ~x86::Cr3::no_flush; return;
    case EventKind::mov_cr4: mode.cr4.value = event.value; return;
    case EventKind::wrmsr_efer: mode.efer.value = event.value; return;
    case EventKind::wrpkru: mode.pkru = static_cast<std::uint32_t>(event.value); return;
    case EventKind::wrmsr_pkrs: mode.pkrs = static_cast<std::uint32_t>(event.value); return;
    default: return;
    }
}

} // namespace

std::string unjudged(const PagingMode& mode)
{
    if ((mode.efer.value & x86::Efer::uaie) != 0) {
        return "EFER.UAIE=1 (bit 20): which accesses ignore upper address bits depends on their segment, which a trace "
               "does not tell (only UAIE=0 is judged)";
    }
    switch (x86::paging_kind(mode)) {
    case x86::PagingKind::none:
    case x86::PagingKind::four_level:
    case x86::PagingKind::five_level: return {};
    case x86::PagingKind::legacy_32_bit:
        return "CR0.PG=1 with CR4.PAE=0 is 32-bit paging (only 4-level and 5-level paging are judged: PG, PAE and "
               "EFER.LME are 1)";
    case x86::PagingKind::pae:
        return "CR0.PG=1 with EFER.LME=0 is PAE paging (only 4-level and 5-level paging are judged: PG, PAE and "
               "EFER.LME are 1)";
    }
    return {};
}

ModeTracker::ModeTracker(const Header& header) : vendor_{header.vendor}, modes_(header.cpus, header.mode) {}

std::string ModeTracker::apply(const Event& event)
{
    PagingMode& mode = modes_[event.cpu];
    x86::MaybeFault fault = fault_of(event, mode, vendor_);
    if (!fault) {
        change(mode, event);
        fault = x86::foreign_bits_fault(mode, vendor_);
    }
    if (!fault) return unjudged(mode);
    const x86::ControlFaultText text = x86::text_of(*fault);
    return fmt::format("{} ({})", text.what, text.legal);
}

} // namespace drywalk::trace
