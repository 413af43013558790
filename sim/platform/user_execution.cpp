// SPDX-License-Identifier: MIT
#include "sim/platform/user_execution.hpp"

#include "kernel_model/program/layout.hpp"

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

UserExit UserExecution::enter(const kernel::hal::UserState& state)
{
    state_ = state;
    current_item_ = state.next_item;
    enter_ring3();
    return run_items();
}

UserExit UserExecution::resume()
{
    if (in_progress_.item.action == UserAction::call) kernel::hal::broken_invariant("a call that faulted is resumed");
    enter_ring3();
    repeats_access_ = true;
    if (const std::optional<UserExit> fault = work_on_item()) return *fault;
    ++current_item_;
    return run_items();
}

void UserExecution::enter_ring3()
{
    ++counts_.ring3_entries;
    core_.spend(PlatformCategory::iretq, costs_.iretq, Activity::transition);
    core_.at({}); // ring 3 has no lines of its own
    fetch_stub();
}

UserExit UserExecution::run_items()
{
    for (; current_item_ < state_.item_count; ++current_item_) {
        in_progress_ = {.item = read_item(current_item_)};
        if (const std::optional<UserExit> fault = work_on_item()) return *fault;
    }
    core_.spend(PlatformCategory::interrupt_entry, costs_.interrupt_entry, Activity::transition);
    return {.kind = UserExit::Kind::finished, .vector = software_interrupt_vector, .item = state_.item_count};
}

/// Carries the item in progress out, or on; nothing if it came to its end.
std::optional<UserExit> UserExecution::work_on_item()
{
    const ItemOutcome outcome = carry_out(in_progress_.item);
    if (!outcome.permitted) return page_fault(outcome);
    stub_store(layout::mailbox_results + std::uint64_t{current_item_} * 8, outcome.value);
    return std::nullopt;
}

UserExit UserExecution::page_fault(const ItemOutcome& outcome)
{
    core_.deliver_page_fault(outcome.fault_address);
    return {.kind = UserExit::Kind::page_fault,
            .vector = page_fault_vector,
            .error_code = outcome.fault.value,
            .fault_address = outcome.fault_address.value(),
            .item = current_item_};
}

UserItem UserExecution::read_item(std::uint32_t index)
{
    const LinearAddress at = layout::mailbox_items + std::uint64_t{index} * sizeof(UserItem);
    UserItem item;
    item.address = stub_load(at);
    const std::uint64_t rest = stub_load(at + 8);
    item.value = static_cast<std::uint32_t>(rest);
    item.action = static_cast<UserAction>(static_cast<std::uint16_t>(rest >> 32));
    item.count = static_cast<std::uint16_t>(rest >> 48);
    return item;
}

UserExecution::ItemOutcome UserExecution::carry_out(const UserItem& item)
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

UserExecution::ItemOutcome UserExecution::load_item(LinearAddress address)
{
    count_access(counts_.accesses.loads);
    const UserAccess made = access(address, AccessKind::read);
    note_stale(made, counts_.stale.loads);
    if (!made.permitted) return ItemOutcome::fault_at(address, made.fault);
    const std::uint64_t value = memory().read(made.physical);
    if (harness_.may_hold_marks(address) && harness_.is_foreign(value)) ++counts_.foreign_marks.loads;
    return ItemOutcome::done(value);
}

UserExecution::ItemOutcome UserExecution::store_item(LinearAddress address, std::uint64_t value)
{
    count_access(counts_.accesses.stores);
    const UserAccess made = access(address, AccessKind::write);
    note_stale(made, counts_.stale.stores);
    if (!made.permitted) return ItemOutcome::fault_at(address, made.fault);
    core_.store(made.physical, value);
    return ItemOutcome::done(value);
}

/// CALL pushes the return address before the target is fetched; RET pops it before the stub is fetched again.
UserExecution::ItemOutcome UserExecution::call_item(LinearAddress address)
{
    count_access(counts_.accesses.calls);
    const LinearAddress return_slot = LinearAddress::truncate(state_.stack_top.value() - 8);
    stub_store(return_slot, layout::stub.value());
    const UserAccess made = access(address, AccessKind::fetch);
    note_stale(made, counts_.stale.calls);
    if (!made.permitted) return ItemOutcome::fault_at(address, made.fault);
    const std::uint64_t mark = execute_at(made.physical, address);
    static_cast<void>(stub_load(return_slot));
    fetch_stub();
    if (harness_.is_foreign(mark)) ++counts_.foreign_marks.calls;
    return ItemOutcome::done(mark);
}

UserExecution::ItemOutcome UserExecution::sum_item(const UserItem& item)
{
    for (; in_progress_.words_done < item.count; ++in_progress_.words_done) {
        const ItemOutcome word =
            load_item(LinearAddress::truncate(item.address + in_progress_.words_done * item.stride()));
        if (!word.permitted) return word;
        in_progress_.sum += word.value;
    }
    return ItemOutcome::done(in_progress_.sum);
}

UserExecution::ItemOutcome UserExecution::fill_item(const UserItem& item)
{
    for (; in_progress_.words_done < item.count; ++in_progress_.words_done) {
        const LinearAddress address = LinearAddress::truncate(item.address + in_progress_.words_done * item.stride());
        const ItemOutcome word = store_item(address, item.fill_value());
        if (!word.permitted) return word;
    }
    return ItemOutcome::done(item.fill_value());
}

/// The workload asked for an access once, however often it takes to make it.
void UserExecution::count_access(std::uint64_t& counter)
{
    if (!repeats_access_) ++counter;
    repeats_access_ = false;
}

std::uint64_t UserExecution::execute_at(PhysicalAddress code, LinearAddress address)
{
    const std::uint64_t bytes = code.value() % machine::line_bytes == 0 ? memory().read(code) : 0;
    if ((bytes & code_mask) != code_pattern) {
        throw std::runtime_error("the workload calls " + std::to_string(address.value()) +
                                 ", where no template code starts");
    }
    return static_cast<std::uint32_t>(bytes >> 8);
}

UserExecution::UserAccess UserExecution::access(LinearAddress linear, AccessKind kind)
{
    const mmu::Translated translated = core_.translate(linear, {kind, true, false});
    if (translated.permitted && kind != AccessKind::fetch) {
        core_.reference(PlatformCategory::user_access, translated.physical, Activity::user);
    }
    return {.permitted = translated.permitted,
            .stale = translated.stale,
            .physical = translated.physical,
            .fault = translated.fault};
}

/// The stub's own pages are mapped the same in every address space and never global: nothing can go wrong with them.
PhysicalAddress UserExecution::stub_access(LinearAddress linear, AccessKind kind)
{
    const UserAccess made = access(linear, kind);
    if (!made.permitted) kernel::hal::broken_invariant("the user stub cannot reach its own pages");
    return made.physical;
}

std::uint64_t UserExecution::stub_load(LinearAddress linear)
{
    return memory().read(stub_access(linear, AccessKind::read));
}

void UserExecution::stub_store(LinearAddress linear, std::uint64_t value)
{
    core_.store(stub_access(linear, AccessKind::write), value);
}

void UserExecution::fetch_stub()
{
    if (!access(layout::stub, AccessKind::fetch).permitted) {
        kernel::hal::broken_invariant("the user stub is not mapped");
    }
}

void UserExecution::note_stale(const UserAccess& made, std::uint64_t& counter)
{
    if (!made.stale) return;
    harness_.note_stale_item(current_item_);
    if (made.permitted) {
        ++counter;
    } else {
        ++counts_.spurious_faults;
    }
}

} // namespace drywalk::platform
