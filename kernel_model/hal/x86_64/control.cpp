// SPDX-License-Identifier: MIT
// Control registers and INVLPG, one instruction each.

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/instructions.hpp"

namespace drywalk::kernel::hal {

namespace {

constexpr std::uint32_t efer_msr = 0xc000'0080;

/// [intel/vol2] CPUID, Table 3-10
constexpr std::uint32_t feature_leaf = 1;
constexpr std::uint32_t pcid_bit = 1U << 17;

} // namespace

void write_cr0(x86::Cr0 value, Where /*where*/) { x86_64::write_cr0(value.value); }

void write_cr3(x86::Cr3 value, Where /*where*/) { x86_64::write_cr3(value.value); }

void write_cr4(x86::Cr4 value, Where /*where*/) { x86_64::write_cr4(value.value); }

void write_efer(x86::Efer value, Where /*where*/) { x86_64::write_msr(efer_msr, value.value); }

x86::Cr0 read_cr0() { return {x86_64::read_cr0()}; }

x86::Cr4 read_cr4() { return {x86_64::read_cr4()}; }

x86::Efer read_efer() { return {x86_64::read_msr(efer_msr)}; }

void invlpg(LinearAddress address, Where /*where*/) { x86_64::invalidate_page(address.value()); }

bool has_pcids() { return (x86_64::cpuid(feature_leaf).ecx & pcid_bit) != 0; }

} // namespace drywalk::kernel::hal
