// SPDX-License-Identifier: MIT
#include "sim/platform/simulated_cpu.hpp"

#include "kernel_model/core/kernel.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

namespace drywalk::platform {

namespace layout = kernel::layout;
using kernel::ObservationKind;
using machine::PlatformCategory;
using x86::Access;
using x86::AccessKind;
using x86::Entry;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

/// The boot loader's tables follow the window directory: PML4, two PDPTs, then page directories.
constexpr PhysicalAddress boot_root = layout::window_directory + x86::small_page_bytes;

kernel::ProgramHeader header_of(std::span<const std::byte> program)
{
    kernel::ProgramHeader header;
    std::memcpy(&header, program.data(), sizeof header);
    return header;
}

/// A fetch brings one instruction's first byte; all data of the kernel and of the stub are 8 bytes wide.
unsigned access_bytes(Access access) { return access.kind == AccessKind::fetch ? 1 : 8; }

/// Paging on, as the boot code leaves it: no write protection, no global pages, no execute-disable.
x86::PagingMode boot_mode()
{
    x86::PagingMode mode;
    mode.cr0 = {x86::Cr0::pe | x86::Cr0::et | x86::Cr0::pg};
    mode.cr3 = {boot_root.value()};
    mode.cr4 = {x86::Cr4::pae};
    mode.efer = {x86::Efer::lme | x86::Efer::lma};
    return mode;
}

} // namespace

SimulatedCpu::SimulatedCpu(const machine::Profile& profile, const KernelCosts& costs,
                           std::span<const std::byte> program, memory::Port& port, Timeline& timeline,
                           const CpuOptions& options)
    : profile_{profile}, costs_{costs}, program_{program}, header_{header_of(program)}, port_{port},
      timeline_{timeline}, options_{options}, memory_{header_.memory_end}, mmu_{profile, memory_, port,
                                                                                result_.ledger.mmu(), options.fast_path}
{
}

void SimulatedCpu::reset()
{
    build_boot_tables();
    mmu_.reset(boot_mode());
    tell_boot_state();
}

RunResult SimulatedCpu::run()
{
    reset();
    const kernel::hal::MachineInUse in_use{*this};
    result_.refusal = kernel::run_kernel();
    flush_time(Activity::kernel);
    result_.total_cycles = elapsed_;
    return result_;
}

/// Observers know an empty memory only; the boot loader's tables reach them as stores.
void SimulatedCpu::tell_boot_state()
{
    observe([&](EventObserver& observer) { observer.begin(mmu_.mode(), memory_.size()); });
    if (options_.observers.empty()) return;
    for (PhysicalAddress at = boot_root; at < layout::frame_pool; at = at + x86::entry_bytes) {
        if (const std::uint64_t value = memory_.read(at); value != 0) note_write(at, value);
    }
}

void SimulatedCpu::note_write(PhysicalAddress address, std::uint64_t value)
{
    observe([&](EventObserver& observer) { observer.store(address, value, where_); });
}

/// The kernel's direct map and its linked addresses, 2 MiB leaves: what the bare-metal entry code sets up.
void SimulatedCpu::build_boot_tables()
{
    const PhysicalAddress direct_pdpt = boot_root + x86::small_page_bytes;
    const PhysicalAddress kernel_pdpt = direct_pdpt + x86::small_page_bytes;
    const PhysicalAddress first_directory = kernel_pdpt + x86::small_page_bytes;
    const auto link = [this](PhysicalAddress table, LinearAddress linear, x86::Level level, PhysicalAddress next) {
        memory_.write(table + std::uint64_t{linear.index(level)} * x86::entry_bytes, Entry::table(next).raw());
    };
    link(boot_root, layout::direct_map, x86::Level::pml4e, direct_pdpt);
    link(boot_root, layout::kernel_base, x86::Level::pml4e, kernel_pdpt);
    link(kernel_pdpt, layout::kernel_base, x86::Level::pdpte, first_directory);
    for (std::uint64_t at = 0; at < header_.memory_end; at += page_bytes(PageSize::size_2m)) {
        const PhysicalAddress directory = first_directory + at / layout::gib * x86::small_page_bytes;
        link(direct_pdpt, layout::direct_map + at, x86::Level::pdpte, directory);
        const std::uint64_t offset =
            LinearAddress::truncate(at).index(x86::Level::pde) * std::uint64_t{x86::entry_bytes};
        memory_.write(directory + offset, Entry::leaf(PhysicalAddress{at}, PageSize::size_2m, {}).raw());
    }
}

void SimulatedCpu::flush_time(Activity activity)
{
    elapsed_ += unreported_;
    timeline_.advance(unreported_, activity);
    unreported_ = 0;
}

void SimulatedCpu::spend(PlatformCategory category, std::uint64_t cycles, Activity activity)
{
    result_.ledger.charge(category, cycles);
    spend(cycles, activity);
}

mmu::Translated SimulatedCpu::translate(LinearAddress linear, Access access)
{
    std::optional<Override> wrong;
    for (EventObserver* const observer : options_.observers) {
        const std::optional<Override> wish = observer->access(linear, access, access_bytes(access));
        if (!wrong) wrong = wish;
    }
    mmu::Translated translated = mmu_.translate(linear, access);
    if (wrong) translated = overridden(*wrong, linear, translated);
    ++result_.counts.simulated_accesses;
    switch (translated.source) {
    case mmu::Tlb::Source::l1: ++result_.counts.l1_tlb_hits; break;
    case mmu::Tlb::Source::l2: ++result_.counts.l2_tlb_hits; break;
    case mmu::Tlb::Source::none: ++result_.counts.walks; break;
    }
    if (translated.cycles != 0) spend(translated.cycles, Activity::walk);
    return translated;
}

/// The outcome that some permitted TLB would have had. It costs what the concrete one took.
mmu::Translated SimulatedCpu::overridden(const Override& wrong, LinearAddress linear, mmu::Translated right)
{
    right.stale = true;
    right.permitted = wrong.used.has_value();
    if (wrong.used) right.physical = wrong.used->physical(linear);
    return right;
}

LinearAddress SimulatedCpu::supervisor_linear(PhysicalAddress address) const
{
    const bool in_window = window_begin_ <= address && address < window_end_;
    return in_window ? layout::state_cache_window + (address - window_begin_) : layout::direct_map + address.value();
}

void SimulatedCpu::use_state_cache_window(PhysicalAddress begin, PhysicalAddress end)
{
    window_begin_ = begin;
    window_end_ = end;
}

PhysicalAddress SimulatedCpu::supervisor_access(PhysicalAddress address, AccessKind kind)
{
    const mmu::Translated translated = translate(supervisor_linear(address), {kind, false, false});
    if (!translated.permitted) kernel::hal::broken_invariant("the direct map does not reach an address");
    return translated.physical;
}

std::uint64_t SimulatedCpu::load(PhysicalAddress address)
{
    const PhysicalAddress physical = supervisor_access(address, AccessKind::read);
    spend(PlatformCategory::kernel_access, port_.access(physical).cycles, Activity::kernel);
    return memory_.read(physical);
}

void SimulatedCpu::store(PhysicalAddress address, std::uint64_t value)
{
    const PhysicalAddress physical = supervisor_access(address, AccessKind::write);
    spend(PlatformCategory::kernel_access, port_.access(physical).cycles, Activity::kernel);
    memory_.write(physical, value);
    mmu_.note_store(physical);
    note_write(physical, value);
}

void SimulatedCpu::zero_page(PhysicalAddress page)
{
    const PhysicalAddress physical = supervisor_access(page, AccessKind::write);
    spend(PlatformCategory::zero_page, profile_.platform_costs.zero_page, Activity::kernel);
    bring_into_caches(physical);
    note_zeroes(physical);
    memory_.zero_page(physical);
    mmu_.note_store(physical);
}

void SimulatedCpu::copy_page(PhysicalAddress to, PhysicalAddress from)
{
    const PhysicalAddress source = supervisor_access(from, AccessKind::read);
    const PhysicalAddress target = supervisor_access(to, AccessKind::write);
    spend(PlatformCategory::copy_page, profile_.platform_costs.copy_page, Activity::kernel);
    bring_into_caches(source);
    bring_into_caches(target);
    for (std::uint64_t offset = 0; offset < x86::small_page_bytes; offset += x86::entry_bytes)
        change_word(target + offset, memory_.read(source + offset));
    mmu_.note_store();
}

/// The cost of the whole page is known; its lines are cached now.
void SimulatedCpu::bring_into_caches(PhysicalAddress page)
{
    for (std::uint64_t line = 0; line < x86::small_page_bytes; line += machine::line_bytes)
        static_cast<void>(port_.access(page + line));
}

void SimulatedCpu::change_word(PhysicalAddress address, std::uint64_t value)
{
    if (memory_.read(address) == value) return;
    memory_.write(address, value);
    note_write(address, value);
}

void SimulatedCpu::release_page(PhysicalAddress page)
{
    observe([&](EventObserver& observer) { observer.release(page, x86::small_page_bytes, where_); });
}

/// Words that were zero already stay what they are.
void SimulatedCpu::note_zeroes(PhysicalAddress page)
{
    if (options_.observers.empty()) return;
    for (std::uint64_t offset = 0; offset < x86::small_page_bytes; offset += x86::entry_bytes) {
        if (memory_.read(page + offset) != 0) note_write(page + offset, 0);
    }
}

void SimulatedCpu::write_cr0(x86::Cr0 value)
{
    spend(mmu_.write_cr0(value), Activity::control_register);
    observe([&](EventObserver& observer) { observer.mov_cr0(value, where_); });
}

void SimulatedCpu::write_cr3(x86::Cr3 value)
{
    const bool keeps = (value.value & x86::Cr3::no_flush) != 0;
    if (keeps && !mmu_.mode().cr4.pcids()) kernel::hal::broken_invariant("bit 63 of CR3 is reserved without PCIDs");
    ++result_.counts.cr3_writes;
    spend(mmu_.write_cr3(value), Activity::control_register);
    observe([&](EventObserver& observer) { observer.mov_cr3(value, where_); });
}

void SimulatedCpu::write_cr4(x86::Cr4 value)
{
    if (options_.drops_cr4_write && options_.drops_cr4_write(where_)) return;
    require_legal(value);
    ++result_.counts.cr4_writes;
    spend(mmu_.write_cr4(value), Activity::control_register);
    observe([&](EventObserver& observer) { observer.mov_cr4(value, where_); });
}

/// What raises a general-protection exception otherwise. [intel/vol3] 4.10.1
void SimulatedCpu::require_legal(x86::Cr4 value) const
{
    if (!value.pcids() || mmu_.mode().cr4.pcids()) return;
    if (!has_pcids()) kernel::hal::broken_invariant("CR4.PCIDE is set on a machine without PCIDs");
    if ((mmu_.mode().cr3.value & x86::Cr3::pcid_mask) != 0) {
        kernel::hal::broken_invariant("CR4.PCIDE is set while CR3 names a PCID");
    }
}

void SimulatedCpu::write_efer(x86::Efer value)
{
    spend(mmu_.write_efer(value), Activity::control_register);
    observe([&](EventObserver& observer) { observer.wrmsr_efer(value, where_); });
}

void SimulatedCpu::invlpg(LinearAddress address)
{
    if (options_.drops_invlpg && options_.drops_invlpg(where_, address)) return;
    ++result_.counts.invlpgs;
    spend(mmu_.invlpg(address), Activity::invalidation);
    observe([&](EventObserver& observer) { observer.invlpg(address, where_); });
}

void SimulatedCpu::begin_path(kernel::hal::Path path)
{
    if (path == kernel::hal::Path::call || path == kernel::hal::Path::call_slot) end_setup();
    const auto index = static_cast<unsigned>(path);
    ++result_.counts.path_passes[index];
    if (!costs_.instructions[index]) {
        throw std::runtime_error(std::string{"the instructions of the kernel path "} + path_names[index] +
                                 " were never measured");
    }
    const std::uint64_t instructions = *costs_.instructions[index];
    const std::uint64_t cycles = (instructions * 100 + profile_.platform_costs.instructions_per_100_cycles - 1) /
                                 profile_.platform_costs.instructions_per_100_cycles;
    spend(PlatformCategory::kernel_instructions, cycles, Activity::kernel);
}

void SimulatedCpu::load_mailbox(const kernel::BodyRecord& body)
{
    static_assert(sizeof(kernel::UserItem) == 16);
    const std::uint64_t first =
        program_offsets(header_).items + std::uint64_t{body.first_item} * sizeof(kernel::UserItem);
    for (std::uint64_t word = 0; word < std::uint64_t{body.item_count} * 2; ++word) {
        std::uint64_t value = 0;
        std::memcpy(&value, program_.data() + first + word * 8, sizeof value);
        memory_.write(layout::mailbox + word * 8, value);
    }
    stale_items_.reset();
}

std::uint64_t SimulatedCpu::mailbox_result(std::uint32_t index) const
{
    const PhysicalAddress results = layout::mailbox + layout::mailbox_item_pages * x86::small_page_bytes;
    return memory_.read(results + std::uint64_t{index} * 8);
}

/// What a device writes takes the processor no time.
void SimulatedCpu::receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to)
{
    constexpr std::uint64_t words_per_page = x86::small_page_bytes / x86::entry_bytes;
    const kernel::CapRecord record = kernel::hal::cap_record(cap);
    where_ = {};
    for (std::uint64_t word = 0; word < words_per_page; ++word)
        change_word(to + word * x86::entry_bytes, cap_word(record, page * words_per_page + word));
    mmu_.note_store();
}

void SimulatedCpu::report(const kernel::Observation& observation)
{
    bool stale = false;
    switch (observation.kind) {
    case ObservationKind::called:
        frame_images_.push_back(kernel::hal::instance_record(static_cast<std::uint32_t>(observation.a)).image);
        break;
    case ObservationKind::entered: frame_images_.push_back(observation.code); break;
    case ObservationKind::halted: leave_frame(); break;
    case ObservationKind::left:
    case ObservationKind::faulted:
        leave_frame();
        if (observation.kind == ObservationKind::faulted) ++result_.counts.frames_discarded;
        if (observation.b == 0) result_.host_returns.push_back(elapsed_ + unreported_);
        break;
    case ObservationKind::call_refused: ++result_.counts.calls_refused; break;
    case ObservationKind::counter: result_.counts.kernel_counters.at(observation.code) = observation.b; break;
    case ObservationKind::value:
    case ObservationKind::page_fault: stale = stale_items_.test(observation.a); break;
    default: break;
    }
    if (options_.record_observations) result_.observations.push_back({observation, stale});
}

/// At the first CALL; what the CALL itself costs is the workload's.
void SimulatedCpu::end_setup()
{
    if (setup_done_) return;
    flush_time(Activity::kernel);
    setup_done_ = true;
    result_.setup_cycles = elapsed_;
    result_.setup_ledger = result_.ledger;
}

void SimulatedCpu::leave_frame()
{
    frame_images_.pop_back();
    ++result_.counts.calls_and_halts;
}

} // namespace drywalk::platform
