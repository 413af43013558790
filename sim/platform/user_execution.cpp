// SPDX-License-Identifier: MIT
// Ring 3: the stub of kernel_model/user/stub.S, access by access, in its order.
#include "sim/platform/simulated_cpu.hpp"

#include <stdexcept>
#include <string>

namespace drywalk::platform {

namespace layout = kernel::layout;
using kernel::UserAction;
using kernel::UserItem;
using kernel::hal::UserExit;
using machine::PlatformCategory;
using x86::AccessKind;
using x86::LinearAddress;
using x86::PhysicalAddress;

namespace {

constexpr std::uint8_t page_fault_vector = 14;
constexpr std::uint8_t software_interrupt_vector = 0x80;

/// The code of a template page: `mov eax, imm32; ret`. See kernel::template_code.
constexpr std::uint64_t code_mask = 0xff'0000'0000ff;
constexpr std::uint64_t code_pattern = kernel::template_code(0) & code_mask;

} // namespace

UserExit SimulatedCpu::enter_user(const kernel::hal::UserState& state)
{
    user_ = state;
    current_item_ = state.next_item;
    enter_ring3();
    return run_items();
}

/// The stub's registers are those of the fault: the item is not read again, and a sum or fill goes on at the word that
/// faulted.
UserExit SimulatedCpu::resume_user()
{
    if (in_progress_.item.action == UserAction::call) kernel::hal::broken_invariant("a call that faulted is resumed");
    enter_ring3();
    repeats_access_ = true;
    if (const std::optional<UserExit> fault = work_on_item()) return *fault;
    ++current_item_;
    return run_items();
}

void SimulatedCpu::enter_ring3()
{
    ++result_.counts.ring3_entries;
    spend(PlatformCategory::iretq, profile_.platform_costs.iretq, Activity::transition);
    where_ = {}; // ring 3 has no lines of its own
    fetch_stub();
}

UserExit SimulatedCpu::run_items()
{
    for (; current_item_ < user_.item_count; ++current_item_) {
        in_progress_ = {read_item(current_item_), 0, 0};
        if (const std::optional<UserExit> fault = work_on_item()) return *fault;
    }
    spend(PlatformCategory::interrupt_entry, profile_.platform_costs.interrupt_entry, Activity::transition);
    return {UserExit::Kind::finished, software_interrupt_vector, 0, 0, user_.item_count};
}

/// Carries the item in progress out, or on; nothing if it came to its end.
std::optional<UserExit> SimulatedCpu::work_on_item()
{
    const ItemOutcome outcome = carry_out(in_progress_.item);
    if (!outcome.permitted) return page_fault(outcome);
    stub_access(layout::mailbox_results + std::uint64_t{current_item_} * 8, AccessKind::write, outcome.value);
    return std::nullopt;
}

UserExit SimulatedCpu::page_fault(const ItemOutcome& outcome)
{
    ++result_.counts.page_faults;
    spend(mmu_.deliver_page_fault(outcome.fault_address), Activity::transition);
    observe([&](EventObserver& observer) { observer.page_fault(outcome.fault_address); });
    return {UserExit::Kind::page_fault, page_fault_vector, outcome.fault.value, outcome.fault_address.value(),
            current_item_};
}

UserItem SimulatedCpu::read_item(std::uint32_t index)
{
    const LinearAddress at = layout::mailbox_items + std::uint64_t{index} * sizeof(UserItem);
    UserItem item;
    item.address = stub_access(at, AccessKind::read);
    const std::uint64_t rest = stub_access(at + 8, AccessKind::read);
    item.value = static_cast<std::uint32_t>(rest);
    item.action = static_cast<UserAction>(static_cast<std::uint16_t>(rest >> 32));
    item.count = static_cast<std::uint16_t>(rest >> 48);
    return item;
}

SimulatedCpu::ItemOutcome SimulatedCpu::carry_out(const UserItem& item)
{
    const LinearAddress address = LinearAddress::truncate(item.address);
    switch (item.action) {
    case UserAction::load: return load_item(address);
    case UserAction::store: return store_item(address, item.value);
    case UserAction::call: return call_item(address);
    case UserAction::sum: return sum_item(item);
    case UserAction::fill: return fill_item(item);
    }
    return {};
}

SimulatedCpu::ItemOutcome SimulatedCpu::load_item(LinearAddress address)
{
    count_access(result_.counts.accesses.loads);
    const UserAccess access = user_access(address, AccessKind::read);
    note_stale(access, result_.counts.stale.loads);
    if (!access.permitted) return {false, 0, address, access.fault};
    const std::uint64_t value = memory_.read(access.physical);
    if (may_hold_marks(address) && is_foreign(value)) ++result_.counts.foreign_marks.loads;
    return {true, value, {}, {}};
}

SimulatedCpu::ItemOutcome SimulatedCpu::store_item(LinearAddress address, std::uint64_t value)
{
    count_access(result_.counts.accesses.stores);
    const UserAccess access = user_access(address, AccessKind::write);
    note_stale(access, result_.counts.stale.stores);
    if (!access.permitted) return {false, 0, address, access.fault};
    memory_.write(access.physical, value);
    mmu_.note_store(access.physical);
    note_write(access.physical, value);
    return {true, value, {}, {}};
}

/// CALL pushes the return address before the target is fetched; RET pops it before the stub is fetched again.
SimulatedCpu::ItemOutcome SimulatedCpu::call_item(LinearAddress address)
{
    count_access(result_.counts.accesses.calls);
    const LinearAddress return_slot = LinearAddress::truncate(user_.stack_top.value() - 8);
    stub_access(return_slot, AccessKind::write, layout::stub.value());
    const UserAccess access = user_access(address, AccessKind::fetch);
    note_stale(access, result_.counts.stale.calls);
    if (!access.permitted) return {false, 0, address, access.fault};
    const std::uint64_t mark = execute_at(access.physical, address);
    stub_access(return_slot, AccessKind::read);
    fetch_stub();
    if (is_foreign(mark)) ++result_.counts.foreign_marks.calls;
    return {true, mark, {}, {}};
}

SimulatedCpu::ItemOutcome SimulatedCpu::sum_item(const UserItem& item)
{
    for (; in_progress_.words_done < item.count; ++in_progress_.words_done) {
        const ItemOutcome word =
            load_item(LinearAddress::truncate(item.address + in_progress_.words_done * item.stride()));
        if (!word.permitted) return word;
        in_progress_.sum += word.value;
    }
    return {true, in_progress_.sum, {}, {}};
}

SimulatedCpu::ItemOutcome SimulatedCpu::fill_item(const UserItem& item)
{
    for (; in_progress_.words_done < item.count; ++in_progress_.words_done) {
        const LinearAddress address = LinearAddress::truncate(item.address + in_progress_.words_done * item.stride());
        const ItemOutcome word = store_item(address, item.fill_value());
        if (!word.permitted) return word;
    }
    return {true, item.fill_value(), {}, {}};
}

/// The workload asked for an access once, however often it takes to make it.
void SimulatedCpu::count_access(std::uint64_t& counter)
{
    if (!repeats_access_) ++counter;
    repeats_access_ = false;
}

std::uint64_t SimulatedCpu::execute_at(PhysicalAddress code, LinearAddress address) const
{
    const std::uint64_t bytes = code.aligned(x86::PageSize::size_4k) ? memory_.read(code) : 0;
    if ((bytes & code_mask) != code_pattern) {
        throw std::runtime_error("the workload calls " + std::to_string(address.value()) +
                                 ", where no template code starts");
    }
    return static_cast<std::uint32_t>(bytes >> 8);
}

SimulatedCpu::UserAccess SimulatedCpu::user_access(LinearAddress linear, AccessKind kind)
{
    const mmu::Translated translated = translate(linear, {kind, true, false});
    if (translated.permitted && kind != AccessKind::fetch) {
        spend(PlatformCategory::user_access, port_.access(translated.physical).cycles, Activity::user);
    }
    return {translated.permitted, translated.stale, translated.physical, translated.fault};
}

/// The stub's own pages are mapped the same in every address space and never global: nothing can go wrong with them.
std::uint64_t SimulatedCpu::stub_access(LinearAddress linear, AccessKind kind, std::uint64_t value)
{
    const UserAccess access = user_access(linear, kind);
    if (!access.permitted) kernel::hal::broken_invariant("the user stub cannot reach its own pages");
    if (kind == AccessKind::read) return memory_.read(access.physical);
    memory_.write(access.physical, value);
    mmu_.note_store(access.physical);
    note_write(access.physical, value);
    return value;
}

void SimulatedCpu::fetch_stub()
{
    if (!user_access(layout::stub, AccessKind::fetch).permitted) {
        kernel::hal::broken_invariant("the user stub is not mapped");
    }
}

bool SimulatedCpu::is_foreign(std::uint64_t mark) const
{
    return mark >> 20 != 0 && mark >> 32 == 0 && kernel::mark_image(mark) < header_.image_count &&
           kernel::mark_image(mark) != frame_images_.back();
}

/// Memory mappings hold what the workload put there, and that may look like a mark.
bool SimulatedCpu::may_hold_marks(LinearAddress address) const
{
    return header_.kernel == kernel::KernelKind::templates || address.value() < layout::memory_region.value() ||
           address.value() - layout::memory_region.value() >= layout::memory_region_bytes;
}

void SimulatedCpu::note_stale(const UserAccess& access, std::uint64_t& counter)
{
    if (!access.stale) return;
    stale_items_.set(current_item_);
    if (access.permitted) {
        ++counter;
    } else {
        ++result_.counts.spurious_faults;
    }
}

} // namespace drywalk::platform
