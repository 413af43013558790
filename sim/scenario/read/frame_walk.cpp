// SPDX-License-Identifier: MIT
#include "sim/scenario/read/frame_walk.hpp"

namespace drywalk::scenario {

using kernel::OperationKind;

FrameWalk::FrameWalk(const Scenario& scenario)
{
    Frame host;
    for (std::size_t index = 0; index < scenario.instances.size(); ++index) {
        const Instance& instance = scenario.instances[index];
        auto version = std::make_shared<Cnode>();
        for (const Slot& slot : instance.slots) {
            Content& content = version->slots[slot.slot];
            if (slot.content == kernel::SlotContent::data_cap) {
                content.kind = Content::Kind::data;
            } else {
                content = {Content::Kind::instance, scenario.instances[slot.index].image, initial_[slot.index]};
            }
        }
        initial_.push_back(version);
        host.slots.slots[index] = {Content::Kind::instance, instance.image, version};
    }
    frames_.push_back(host);
}

std::optional<std::uint32_t> FrameWalk::callee(std::uint32_t slot) const
{
    const Content& content = frames_.back().slots.slots[slot];
    if (content.kind != Content::Kind::instance) return {};
    return content.image;
}

bool FrameWalk::no_callee(std::uint32_t slot) const
{
    const Content::Kind kind = frames_.back().slots.slots[slot].kind;
    return kind == Content::Kind::empty || kind == Content::Kind::data;
}

void FrameWalk::take(const Operation& operation)
{
    const std::uint32_t slot = kernel::slot_of(operation.operand);
    const std::uint32_t above = kernel::above_slot(operation.operand);
    Cnode& here = frames_.back().slots;
    switch (operation.kind) {
    case OperationKind::call_slot: call(slot); break;
    case OperationKind::halt:
    case OperationKind::reply: leave(); break;
    case OperationKind::derive: here.slots[slot] = {Content::Kind::instance, above, std::make_shared<Cnode>()}; break;
    case OperationKind::put: here.slots[slot] = {Content::Kind::data, 0, {}}; break;
    case OperationKind::copy_slot: here.slots[slot] = here.slots[above]; break;
    case OperationKind::clear: here.slots[slot] = {}; break;
    default: break;
    }
}

void FrameWalk::call(std::uint32_t slot)
{
    const Content callee = frames_.back().slots.slots[slot];
    Frame frame;
    frame.called_through = slot;
    if (callee.kind == Content::Kind::instance) frame.image = callee.image;
    frame.before = callee.version;
    for (std::size_t index = 0; index < frame.slots.slots.size(); ++index) {
        if (!callee.version) {
            frame.slots.slots[index].kind = Content::Kind::unknown;
            continue;
        }
        const Content& own = callee.version->slots[index];
        frame.slots.slots[index] = own.kind == Content::Kind::empty ? frames_.back().slots.slots[index] : own;
    }
    frames_.push_back(std::move(frame));
}

/// The frame may have been discarded by a fault: what it changed is unknown from here on.
void FrameWalk::leave()
{
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    Content& callee = frames_.back().slots.slots[frame.called_through];
    if (callee.kind != Content::Kind::instance || !frame.before) return;
    auto after = std::make_shared<Cnode>(frame.slots);
    for (std::size_t index = 0; index < after->slots.size(); ++index) {
        if (after->slots[index] != frame.before->slots[index]) after->slots[index] = {Content::Kind::unknown, 0, {}};
    }
    callee.version = std::move(after);
}

} // namespace drywalk::scenario
