// SPDX-License-Identifier: MIT
// The workload program: CALL, ring 3 and its faults, HALT, and what changes slots.
#include "kernel_model/core/capability/kernel_state.hpp"

namespace drywalk::kernel {

using x86::LinearAddress;
using x86::PhysicalAddress;

namespace {

constexpr unsigned context_words_in = 10; ///< that a frame is given on the way into ring 3
constexpr unsigned context_words_out = 7; ///< that are read on the way out

} // namespace

Refusal CapabilityKernel::run_program()
{
    for (std::uint32_t index = 0; index < header_.operation_count; ++index) {
        const OperationRecord operation = hal::operation_record(index);
        if (skipped_calls_ != 0) {
            skip(operation.kind);
            continue;
        }
        const Refusal refusal = carry_out(operation);
        if (refusal != Refusal::none) return refuse(index, refusal);
    }
    report_counters();
    return Refusal::none;
}

void CapabilityKernel::skip(OperationKind kind)
{
    if (kind == OperationKind::call_slot || kind == OperationKind::call) ++skipped_calls_;
    if (kind == OperationKind::halt || kind == OperationKind::reply) --skipped_calls_;
}

Refusal CapabilityKernel::carry_out(OperationRecord operation)
{
    switch (operation.kind) {
    case OperationKind::call_slot:
        call(slot_of(operation.operand), above_slot(operation.operand));
        return Refusal::none;
    case OperationKind::run: return run_body(operation.operand);
    case OperationKind::halt:
    case OperationKind::reply: return end_frame();
    case OperationKind::derive: return derive(slot_of(operation.operand), above_slot(operation.operand));
    case OperationKind::put:
    case OperationKind::copy_slot:
    case OperationKind::clear: return change_slot(operation);
    case OperationKind::call:
    case OperationKind::exchange: break; // the templates kernel's
    }
    return Refusal::bad_program;
}

/// What names nothing ends the frame that did it; at the host, the program.
Refusal CapabilityKernel::bad_operation()
{
    if (at_host()) return Refusal::bad_program;
    fault_current(FrameFault::bad_operation);
    return Refusal::none;
}

Refusal CapabilityKernel::change_slot(OperationRecord operation)
{
    const hal::PathScope path{hal::Path::set_slot};
    const std::uint32_t above = above_slot(operation.operand);
    SlotValue value;
    if (operation.kind == OperationKind::put) {
        if (above >= header_.cap_count) return bad_operation();
        value = SlotValue::data(cap_addresses_[above]);
    } else if (operation.kind == OperationKind::copy_slot) {
        if (above >= Cnode::slot_count) return bad_operation();
        value = current_.slot(above);
    }
    return set_slot(slot_of(operation.operand), value);
}

Refusal CapabilityKernel::derive(std::uint32_t slot, std::uint32_t image)
{
    const hal::PathScope path{hal::Path::derive};
    if (image >= header_.image_count) return bad_operation();
    const Result<Instance> child = slots_->create(image, chain_of(current_.chain(), image));
    if (child.ok()) return set_slot(slot, SlotValue::instance(child.value().frame()));
    if (at_host()) return child.refusal();
    fault_current(FrameFault::out_of_memory);
    return Refusal::none;
}

Refusal CapabilityKernel::set_slot(std::uint32_t slot, SlotValue value)
{
    slots_->set(current_, slot, value);
    current_.set_replaced(slot);
    std::uint64_t shown = 0;
    if (value.is_data()) shown = value.address();
    if (value.is_instance()) shown = Instance{value.frame()}.chain();
    hal::report({ObservationKind::slot_set, 0, slot, shown});
    return Refusal::none;
}

void CapabilityKernel::call(std::uint32_t slot, std::uint32_t endpoint)
{
    const hal::PathScope path{hal::Path::call_slot};
    const SlotValue value = current_.slot(slot);
    CallFault fault = CallFault::not_an_instance;
    Frame callee;
    if (value.is_instance()) {
        fault = CallFault::out_of_memory;
        const Result<PhysicalAddress> frame = heap_.allocate();
        if (frame.ok()) {
            callee = Frame{frame.value()};
            callee.set_caller(current_, slot);
            fault = open_frame(callee, Instance{value.frame()}, endpoint);
            if (fault != CallFault::none) discard(callee);
        }
    }
    if (fault != CallFault::none) {
        skipped_calls_ = 1;
        hal::report({ObservationKind::call_refused, 0, slot, static_cast<std::uint64_t>(fault)});
        return;
    }
    current_ = callee;
    ++depth_;
    hal::report({ObservationKind::entered, callee.image(), slot, depth_});
}

CallFault CapabilityKernel::open_frame(Frame callee, Instance instance, std::uint32_t endpoint)
{
    const std::uint32_t image = instance.image();
    callee.set_identity(image, instance.chain());
    if (endpoint >= images_[image].endpoint_count) return CallFault::no_endpoint;
    slots_->fill_frame(callee, instance, current_);
    const CallFault fault = choose_mapped_caps(callee, images_[image]);
    if (fault != CallFault::none) return fault;
    return give_runtime(callee, instance) == Refusal::none ? CallFault::none : CallFault::out_of_memory;
}

CallFault CapabilityKernel::choose_mapped_caps(Frame callee, const Image& image)
{
    for (unsigned map = 0; map < image.map_count; ++map) {
        const MemoryMap& mapping = image.maps[map];
        if (mapping.kind == MappingKind::ephemeral) continue;
        const hal::PathScope path{hal::Path::choose_cap};
        const bool pinned = mapping.kind == MappingKind::pinned;
        const SlotValue value = pinned ? image.pinned.slot(mapping.slot) : callee.slot(mapping.slot);
        if (value.empty()) continue;
        if (!value.is_data()) return CallFault::not_data;
        const Result<DataCap> cap = caps_.resident(value.address());
        if (!cap.ok()) return CallFault::out_of_memory;
        if (cap.value().pages() > mapping.pages) return CallFault::cap_too_long;
        caps_.reference(value.address());
        callee.set_mapped(map, value.address());
    }
    return CallFault::none;
}

/// The one that the Instance kept, or else one of the pool's.
Refusal CapabilityKernel::give_runtime(Frame callee, Instance instance)
{
    Runtime runtime{instance.runtime()};
    if (runtime.exists()) {
        instance.set_runtime({});
    } else {
        const Result<Runtime> acquired = runtimes_->acquire(images_[callee.image()], callee.image());
        if (!acquired.ok()) return acquired.refusal();
        runtime = acquired.value();
    }
    runtime.set_owner(callee);
    callee.set_runtime(runtime);
    runtimes_->touch(runtime);
    return memory_->begin(running(callee));
}

Refusal CapabilityKernel::end_frame()
{
    const hal::PathScope path{hal::Path::end_frame};
    if (at_host()) return Refusal::nothing_to_halt;
    image_switch_->park();
    const Frame frame = current_;
    if (commit(frame) != Refusal::none) {
        fault_current(FrameFault::out_of_memory);
        skipped_calls_ = 0; // this was the frame's own end
        return Refusal::none;
    }
    const Frame caller = frame.caller();
    const unsigned slot = frame.called_slot();
    const std::uint32_t image = frame.image();
    const Instance ended = frame.as_instance();
    ended.set_references(0);
    slots_->set(caller, slot, SlotValue::instance(ended.frame()));
    current_ = caller;
    --depth_;
    hal::report({ObservationKind::left, image, slot, depth_});
    return Refusal::none;
}

/// Publishes, and leaves the frame with its slots and at most a runtime.
Refusal CapabilityKernel::commit(Frame frame)
{
    const Running who = running(frame);
    const bool keeps_runtime = header_.policies.keep_runtimes != 0 && who.runtime.exists();
    const Refusal refusal = publication_->publish(who, keeps_runtime);
    if (refusal != Refusal::none) return refusal;
    if (!keeps_runtime && who.runtime.exists()) runtimes_->drop(who.runtime);
    memory_->discard_private(frame, who.image);
    release_mapped(frame, who.image);
    return Refusal::none;
}

void CapabilityKernel::release_mapped(Frame frame, const Image& image)
{
    for (unsigned map = 0; map < image.map_count; ++map) {
        const hal::PathScope path{hal::Path::release_mapping};
        const std::uint64_t address = frame.mapped(map);
        if (address == 0) continue;
        frame.set_mapped(map, 0);
        caps_.release(address);
    }
}

void CapabilityKernel::discard(Frame frame)
{
    const hal::PathScope path{hal::Path::discard_frame};
    const Running who = running(frame);
    if (who.runtime.exists()) runtimes_->drop(who.runtime);
    memory_->discard_private(frame, who.image);
    release_mapped(frame, who.image);
    slots_->let_go_all(frame);
    heap_.release(frame.frame());
}

void CapabilityKernel::fault_current(FrameFault fault)
{
    const Frame frame = current_;
    const std::uint32_t image = frame.image();
    current_ = frame.caller();
    discard(frame);
    --depth_;
    skipped_calls_ = 1;
    hal::report({ObservationKind::faulted, image, static_cast<std::uint64_t>(fault), depth_});
}

Refusal CapabilityKernel::run_body(std::uint32_t index)
{
    if (at_host()) return Refusal::not_running;
    if (index >= header_.body_count) return Refusal::bad_program;
    const BodyRecord body = hal::body_record(index);
    if (body.item_count > body_capacity) return Refusal::bad_program;
    if (wake(current_) != Refusal::none) {
        fault_current(FrameFault::out_of_memory);
        return Refusal::none;
    }
    hal::load_mailbox(body);
    const BodyEnd end = run_in_ring3(body);
    if (end.item > body.item_count) return Refusal::unexpected_exit;
    report_values(end);
    if (end.fault != FrameFault::none)
        fault_current(end.fault);
    else
        hal::report({ObservationKind::ran, 0, index, depth_});
    return Refusal::none;
}

/// A frame whose runtime was dropped meanwhile gets another one.
Refusal CapabilityKernel::wake(Frame frame)
{
    Runtime runtime{frame.runtime()};
    if (runtime.exists()) {
        runtimes_->touch(runtime);
        return Refusal::none;
    }
    const Result<Runtime> acquired = runtimes_->acquire(images_[frame.image()], frame.image());
    if (!acquired.ok()) return acquired.refusal();
    runtime = acquired.value();
    runtime.set_owner(frame);
    frame.set_runtime(runtime);
    runtimes_->touch(runtime);
    return memory_->bring_back(running(frame));
}

BodyEnd CapabilityKernel::run_in_ring3(const BodyRecord& body)
{
    const hal::PathScope path{hal::Path::run_frame};
    const Running who = running(current_);
    const PhysicalAddress context = context_of(who);
    for (unsigned word = 0; word < context_words_in; ++word)
        hal::store(context + std::uint64_t{word} * 8, who.frame.frame().value() + word);
    image_switch_->enter(runtimes_->cr3_for_entry(who.runtime), who.image.arena);
    const BodyEnd end = stay_in_ring3(who, body);
    image_switch_->leave();
    for (unsigned word = 0; word < context_words_out; ++word)
        static_cast<void>(hal::load(context + std::uint64_t{word} * 8));
    return end;
}

BodyEnd CapabilityKernel::stay_in_ring3(Running who, const BodyRecord& body)
{
    const LinearAddress stack_top = LinearAddress::truncate(header_.stack_base) + x86::small_page_bytes;
    hal::UserExit exit = hal::enter_user({stack_top, 0, body.item_count});
    while (exit.kind == hal::UserExit::Kind::page_fault && exit.item < body.item_count) {
        const hal::PathScope path{hal::Path::frame_fault};
        FaultAnswer answer = FaultAnswer::not_permitted;
        if (const std::optional<LinearAddress> address = LinearAddress::try_canonical(exit.fault_address))
            answer = memory_->handle_fault(who, *address, x86::PageFaultCode{exit.error_code});
        if (answer == FaultAnswer::out_of_memory) return {FrameFault::out_of_memory, false, exit.item, 0, 0};
        if (answer == FaultAnswer::not_permitted)
            return {FrameFault::page_fault, true, exit.item, exit.error_code, exit.fault_address};
        exit = hal::resume_user();
    }
    if (exit.kind == hal::UserExit::Kind::finished) return {FrameFault::none, false, body.item_count, 0, 0};
    return {FrameFault::bad_operation, false, body.item_count + 1, 0, 0};
}

void CapabilityKernel::report_values(const BodyEnd& end) const
{
    for (std::uint32_t item = 0; item < end.item; ++item)
        hal::report({ObservationKind::value, 0, item, hal::mailbox_result(item)});
    if (end.page_fault) hal::report({ObservationKind::page_fault, end.error_code, end.item, end.address});
}

void CapabilityKernel::report_counters()
{
    const SwitchCounts& switches = image_switch_->counts();
    counters_.add(Counter::cr3_writes, switches.cr3_writes);
    counters_.add(Counter::cr4_writes, switches.cr4_writes);
    counters_.add(Counter::invlpgs, switches.invlpgs + memory_->invlpgs());
    counters_.add(Counter::heap_frames_in_use, heap_.frames_in_use());
    counters_.add(Counter::state_pages_in_use, cache_.pages_in_use());
    for (std::uint32_t counter = 0; counter < counter_count; ++counter)
        hal::report({ObservationKind::counter, counter, 0, counters_[static_cast<Counter>(counter)]});
    hal::report(
        {ObservationKind::finished, switches.cr4_writes, switches.cr3_writes, switches.invlpgs + memory_->invlpgs()});
}

} // namespace drywalk::kernel
