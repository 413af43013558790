// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/reference_model.hpp"

#include "tests/kernel_model/capability/frame_memory.hpp"
#include "tests/support/parsed_program.hpp"

#include <array>
#include <set>
#include <variant>

namespace drywalk::reference {

using kernel::CallFault;
using kernel::FrameFault;
using kernel::MappingKind;
using kernel::ObservationKind;
using kernel::OperationKind;
using kernel::Refusal;
using kernel::UserAction;
using x86::AccessKind;

namespace {

struct Instance;
using SharedInstance = std::shared_ptr<const Instance>;
using Slot = std::variant<std::monostate, SharedCap, SharedInstance>;
using Slots = std::array<Slot, 256>;

bool is_empty(const Slot& slot) { return std::holds_alternative<std::monostate>(slot); }

/// One version of an Instance; immutable.
struct Instance {
    std::uint32_t image = 0;
    Name chain = 0;
    Slots slots;
};

/// A CALL that has not ended yet. The host's is the root: it runs nothing.
struct Frame {
    std::uint32_t image = 0;
    Name chain = 0;
    std::uint32_t called_through = 0; ///< slot of the caller's frame
    Slots slots;
    std::set<std::uint32_t> replaced{}; ///< slots that this frame replaced explicitly
    std::vector<FrameMemory> memory{};  ///< one; none for the host
};

class ReferenceModel {
public:
    explicit ReferenceModel(std::span<const std::byte> bytes) : program_{bytes} {}

    [[nodiscard]] std::vector<Expectation> run()
    {
        bring_caps();
        make_instances();
        Refusal refusal = Refusal::none;
        for (next_ = 0; refusal == Refusal::none && next_ < program_.operations.size();) {
            const std::uint32_t index = next_++;
            refusal = carry_out(program_.operations[index]);
            if (refusal != Refusal::none)
                expect({ObservationKind::refused, 0, index, static_cast<std::uint64_t>(refusal)});
        }
        return std::move(expected_);
    }

private:
    [[nodiscard]] Frame& current() { return frames_.back(); }
    [[nodiscard]] std::uint64_t depth() const { return frames_.size() - 1; }

    void expect(kernel::Observation observation) { expected_.push_back({observation}); }
    void expect_name(kernel::Observation observation) { expected_.push_back({observation, true}); }

    void bring_caps();
    void make_instances();
    [[nodiscard]] Refusal carry_out(kernel::OperationRecord operation);
    [[nodiscard]] Refusal change_slot(kernel::OperationRecord operation);
    [[nodiscard]] std::optional<Slot> replacement(kernel::OperationRecord operation);
    void call(std::uint32_t slot, std::uint32_t endpoint);
    [[nodiscard]] CallFault check_call(const Slot& callee, std::uint32_t endpoint) const;
    void enter(Frame frame);
    [[nodiscard]] CallFault map_all(Frame& frame);
    [[nodiscard]] Refusal run_body(std::uint32_t body);
    [[nodiscard]] Access run_item(const kernel::UserItem& item, std::uint64_t& address);
    [[nodiscard]] Refusal end_frame();
    void publish(const MappedMemory& memory);
    void discard_frame(FrameFault fault);
    void skip_to_matching_halt();

    test::ParsedProgram program_;
    Contents contents_;
    std::vector<SharedCap> caps_;
    std::array<Slots, kernel::max_images> pinned_;
    std::vector<Frame> frames_;
    TouchedPages touched_;
    std::uint32_t next_ = 0; ///< operation
    std::vector<Expectation> expected_;
};

Name name_of(const Slot& slot)
{
    if (const auto* const cap = std::get_if<SharedCap>(&slot)) return (*cap)->name;
    if (const auto* const instance = std::get_if<SharedInstance>(&slot)) return (*instance)->chain;
    return 0;
}

void ReferenceModel::bring_caps()
{
    for (const kernel::CapRecord& record : program_.caps) {
        expect_name({ObservationKind::cap, 0, caps_.size(), 0});
        caps_.push_back(contents_.cap(record));
        expected_.back().observation.b = caps_.back()->name;
    }
}

/// An Instance holds only Instances before it, so each is complete when a later one refers to it.
void ReferenceModel::make_instances()
{
    Frame host;
    for (std::uint32_t index = 0; index < program_.instances.size(); ++index) {
        Instance made{program_.instances[index].image, contents_.chain(0, program_.instances[index].image), {}};
        for (const kernel::SlotRecord& record : program_.slots) {
            if (record.owner != kernel::SlotOwner::instance || record.owner_index != index) continue;
            made.slots[record.slot] = record.content == kernel::SlotContent::instance
                                          ? host.slots[record.content_index]
                                          : Slot{caps_[record.content_index]};
        }
        host.slots[index] = std::make_shared<const Instance>(std::move(made));
    }
    for (const kernel::SlotRecord& record : program_.slots) {
        if (record.owner == kernel::SlotOwner::image)
            pinned_[record.owner_index][record.slot] = caps_[record.content_index];
    }
    frames_.push_back(std::move(host));
}

Refusal ReferenceModel::carry_out(kernel::OperationRecord operation)
{
    switch (operation.kind) {
    case OperationKind::call:
    case OperationKind::exchange: return Refusal::bad_program; // of the other kernel
    case OperationKind::run: return run_body(operation.operand);
    case OperationKind::halt:
    case OperationKind::reply: return end_frame();
    case OperationKind::call_slot:
        call(kernel::slot_of(operation.operand), kernel::above_slot(operation.operand));
        return Refusal::none;
    case OperationKind::derive:
    case OperationKind::put:
    case OperationKind::copy_slot:
    case OperationKind::clear: return change_slot(operation);
    }
    return Refusal::bad_program;
}

Refusal ReferenceModel::change_slot(kernel::OperationRecord operation)
{
    std::optional<Slot> content = replacement(operation);
    if (!content) {
        if (depth() == 0) return Refusal::bad_program;
        discard_frame(FrameFault::bad_operation);
        return Refusal::none;
    }
    const std::uint32_t slot = kernel::slot_of(operation.operand);
    expect_name({ObservationKind::slot_set, 0, slot, name_of(*content)});
    current().slots[slot] = std::move(*content);
    current().replaced.insert(slot);
    return Refusal::none;
}

/// Nothing: the operation names what is not there.
std::optional<Slot> ReferenceModel::replacement(kernel::OperationRecord operation)
{
    const std::uint32_t above = kernel::above_slot(operation.operand);
    switch (operation.kind) {
    case OperationKind::put:
        if (above >= caps_.size()) return std::nullopt;
        return caps_[above];
    case OperationKind::copy_slot:
        if (above >= current().slots.size()) return std::nullopt;
        return current().slots[above];
    case OperationKind::derive:
        if (above >= program_.images.size()) return std::nullopt;
        return std::make_shared<const Instance>(Instance{above, contents_.chain(current().chain, above), {}});
    default: return Slot{};
    }
}

void ReferenceModel::call(std::uint32_t slot, std::uint32_t endpoint)
{
    const Slot& callee = current().slots[slot];
    CallFault fault = check_call(callee, endpoint);
    if (fault == CallFault::none) {
        const Instance& instance = *std::get<SharedInstance>(callee);
        Frame frame{instance.image, instance.chain, slot, instance.slots};
        for (std::size_t index = 0; index < frame.slots.size(); ++index)
            if (is_empty(frame.slots[index])) frame.slots[index] = current().slots[index];
        fault = map_all(frame);
        if (fault == CallFault::none) enter(std::move(frame));
    }
    if (fault == CallFault::none) {
        expect({ObservationKind::entered, current().image, slot, depth()});
    } else {
        expect({ObservationKind::call_refused, 0, slot, static_cast<std::uint64_t>(fault)});
        skip_to_matching_halt();
    }
}

/// The caller's tables may be taken from it while it does not run.
void ReferenceModel::enter(Frame frame)
{
    if (depth() != 0) current().memory.front().forget_presence();
    frames_.push_back(std::move(frame));
}

CallFault ReferenceModel::check_call(const Slot& callee, std::uint32_t endpoint) const
{
    const auto* const instance = std::get_if<SharedInstance>(&callee);
    if (instance == nullptr) return CallFault::not_an_instance;
    return endpoint < program_.images[(*instance)->image].endpoint_count ? CallFault::none : CallFault::no_endpoint;
}

CallFault ReferenceModel::map_all(Frame& frame)
{
    const kernel::ImageRecord& image = program_.images[frame.image];
    FrameMemory memory{frame.image, image, program_.header};
    for (const kernel::MappingRecord& mapping : program_.mappings_of(image)) {
        Slot content;
        if (mapping.kind == MappingKind::pinned) content = pinned_[frame.image][mapping.slot];
        if (mapping.kind == MappingKind::persistent) content = frame.slots[mapping.slot];
        if (std::holds_alternative<SharedInstance>(content)) return CallFault::not_data;
        SharedCap cap = is_empty(content) ? nullptr : std::get<SharedCap>(content);
        if (cap != nullptr && cap->pages.size() > mapping.pages) return CallFault::cap_too_long;
        memory.map(mapping, std::move(cap));
    }
    frame.memory.push_back(std::move(memory));
    return CallFault::none;
}

Refusal ReferenceModel::run_body(std::uint32_t index)
{
    if (depth() == 0) return Refusal::not_running;
    if (index >= program_.bodies.size()) return Refusal::bad_program;
    std::uint64_t position = 0;
    for (const kernel::UserItem& item : program_.items_of(program_.bodies[index])) {
        std::uint64_t address = item.address;
        const Access access = run_item(item, address);
        if (!access.word) {
            expected_.push_back(
                {{ObservationKind::page_fault, access.error_code, position, address}, false, access.open_bits});
            discard_frame(FrameFault::page_fault);
            return Refusal::none;
        }
        expect({ObservationKind::value, 0, position++, *access.word});
    }
    expect({ObservationKind::ran, 0, index, depth()});
    return Refusal::none;
}

/// `address` ends where the last access went.
Access ReferenceModel::run_item(const kernel::UserItem& item, std::uint64_t& address)
{
    FrameMemory& memory = current().memory.front();
    switch (item.action) {
    case UserAction::load: return memory.access(address, AccessKind::read, 0, touched_);
    case UserAction::store: return memory.access(address, AccessKind::write, item.value, touched_);
    case UserAction::call: return memory.access(address, AccessKind::fetch, 0, touched_);
    case UserAction::sum:
    case UserAction::fill: break;
    }
    const AccessKind kind = item.action == UserAction::sum ? AccessKind::read : AccessKind::write;
    std::uint64_t sum = 0;
    for (std::uint32_t word = 0; word < item.count; ++word) {
        address = item.address + word * item.stride();
        const Access access = memory.access(address, kind, item.fill_value(), touched_);
        if (!access.word) return access;
        sum += *access.word;
    }
    return {kind == AccessKind::read ? sum : item.fill_value()};
}

Refusal ReferenceModel::end_frame()
{
    if (depth() == 0) return Refusal::nothing_to_halt;
    const FrameMemory& memory = current().memory.front();
    for (const MappedMemory& mapped : memory.mapped())
        if (mapped.mapping.kind == MappingKind::persistent) publish(mapped);
    const Frame ended = std::move(frames_.back());
    frames_.pop_back();
    current().slots[ended.called_through] =
        std::make_shared<const Instance>(Instance{ended.image, ended.chain, ended.slots});
    expect({ObservationKind::left, ended.image, ended.called_through, depth()});
    return Refusal::none;
}

void ReferenceModel::publish(const MappedMemory& memory)
{
    const std::uint32_t slot = memory.mapping.slot;
    Slot& content = current().slots[slot];
    std::size_t published = 0;
    if (!current().replaced.contains(slot)) {
        const std::size_t changed = memory.changed().size();
        published = program_.header.policies.copy_on_write != 0 ? memory.written.size() : changed;
        if (changed != 0) content = memory.merged(contents_);
    }
    const Name address = std::holds_alternative<SharedCap>(content) ? name_of(content) : 0;
    expect_name({ObservationKind::state, static_cast<std::uint32_t>(published), slot, address});
}

void ReferenceModel::discard_frame(FrameFault fault)
{
    const std::uint32_t image = current().image;
    frames_.pop_back();
    expect({ObservationKind::faulted, image, static_cast<std::uint64_t>(fault), depth()});
    skip_to_matching_halt();
}

void ReferenceModel::skip_to_matching_halt()
{
    for (std::uint32_t open = 1; open != 0 && next_ < program_.operations.size(); ++next_) {
        const OperationKind kind = program_.operations[next_].kind;
        if (kind == OperationKind::call || kind == OperationKind::call_slot) ++open;
        if (kind == OperationKind::halt || kind == OperationKind::reply) --open;
    }
}

} // namespace

bool has_meaning(ObservationKind kind)
{
    switch (kind) {
    case ObservationKind::booted:
    case ObservationKind::image:
    case ObservationKind::instance:
    case ObservationKind::finished:
    case ObservationKind::counter: return false;
    default: return true;
    }
}

std::vector<Expectation> expected_observations(std::span<const std::byte> program)
{
    return ReferenceModel{program}.run();
}

} // namespace drywalk::reference
