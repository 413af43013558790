// SPDX-License-Identifier: MIT
#include "kernel_model/core/kernel.hpp"

#include "kernel_model/core/address_space.hpp"
#include "kernel_model/core/capability/capability_kernel.hpp"
#include "kernel_model/core/image_switch.hpp"
#include "kernel_model/core/pcid_pool.hpp"
#include "kernel_model/hal/path_scope.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <optional>
#include <type_traits>

namespace drywalk::kernel {

using x86::LinearAddress;
using x86::PhysicalAddress;

namespace {

struct InstanceState {
    std::uint32_t image = 0;
    std::uint32_t working_set_pages = 0;
    Subtree space;
};

/// The page fault that an item of the running body ended in, if any.
struct ItemFault {
    bool happened = false;
    std::uint32_t error_code = 0;
    std::uint64_t address = 0;
};

/// All of the kernel's state, about 40 KiB.
class Kernel {
public:
    explicit Kernel(const ProgramHeader& header)
        : header_{header}, frames_{layout::frame_pool, PhysicalAddress{header.memory_end}}
    {
    }

    [[nodiscard]] Refusal run()
    {
        Refusal refusal = boot();
        for (std::uint32_t image = 0; refusal == Refusal::none && image < header_.image_count; ++image) {
            refusal = create_image(image);
        }
        for (std::uint32_t index = 0; refusal == Refusal::none && index < header_.instance_count; ++index) {
            refusal = create_instance(index);
        }
        if (refusal != Refusal::none) return refuse(0, refusal);
        return run_program();
    }

private:
    [[nodiscard]] Refusal boot();
    [[nodiscard]] Refusal create_image(std::uint32_t image);
    [[nodiscard]] Refusal create_instance(std::uint32_t index);
    [[nodiscard]] Refusal run_program();
    [[nodiscard]] Refusal carry_out(OperationRecord operation);
    [[nodiscard]] Refusal call(std::uint32_t instance);
    [[nodiscard]] Refusal run_body(std::uint32_t body);
    [[nodiscard]] Refusal run_in(std::uint32_t instance, const BodyRecord& body);
    [[nodiscard]] Refusal run_items(const BodyRecord& body);
    [[nodiscard]] Refusal halt();
    [[nodiscard]] Refusal exchange(Exchange pages);
    void forget_faults(const BodyRecord& body);
    void report_results(const BodyRecord& body, std::uint32_t body_index) const;

    static Refusal refuse(std::uint64_t operation, Refusal refusal)
    {
        hal::report({ObservationKind::refused, 0, operation, static_cast<std::uint64_t>(refusal)});
        return refusal;
    }

    ProgramHeader header_;
    FrameAllocator frames_;
    Subtree kernel_space_;
    std::optional<PcidPool> pcids_;
    std::optional<ImageSwitch> image_switch_;
    std::array<Template, max_images> images_{};
    std::array<InstanceState, max_instances> instances_{};
    std::array<std::uint32_t, max_call_depth> call_stack_{};
    std::uint32_t depth_ = 0;
    std::array<ItemFault, body_capacity> faults_{};
};

static_assert(std::is_trivially_destructible_v<Kernel>, "it is never destroyed");

[[nodiscard]] bool well_formed(const ProgramHeader& header)
{
    const bool counts_fit = header.image_count <= max_images && header.instance_count <= max_instances;
    return header.magic == ProgramHeader::expected_magic && counts_fit &&
           static_cast<std::uint32_t>(header.discipline) < discipline_count &&
           (!uses_pcids(header.discipline) || (header.pcid_count >= 1 && header.pcid_count <= max_instances)) &&
           (header.kernel != KernelKind::capabilities || well_formed_capabilities(header)) &&
           program_offsets(header).end == header.program_bytes && header.memory_end > layout::frame_pool.value() &&
           header.memory_end % page_bytes(x86::PageSize::size_2m) == 0;
}

Refusal Kernel::boot()
{
    const hal::PathScope path{hal::Path::boot};
    hal::write_efer({hal::read_efer().value | x86::Efer::nxe});
    hal::write_cr0({hal::read_cr0().value | x86::Cr0::wp});
    const Result<Subtree> space = build_kernel_space(PhysicalAddress{header_.memory_end}, frames_);
    if (!space.ok()) return space.refusal();
    kernel_space_ = space.value();
    hal::write_cr3({kernel_space_.table.value()});
    hal::write_cr4({hal::read_cr4().value | x86::Cr4::pge});
    pcids_.emplace(header_.discipline, header_.pcid_count, hal::has_pcids());
    if (pcids_->enabled()) hal::write_cr4({hal::read_cr4().value | x86::Cr4::pcide});
    image_switch_.emplace(header_.discipline, header_.partial_pages, pcids_->kernel_cr3(kernel_space_.table));
    hal::report({ObservationKind::booted, 0, frames_.free_bytes(), frames_.used_bytes()});
    return Refusal::none;
}

Refusal Kernel::create_image(std::uint32_t image)
{
    const hal::PathScope path{hal::Path::create_image};
    const TemplatePlan plan{.base = LinearAddress::truncate(header_.template_base),
                            .global = image_switch_->leaves_are_global(),
                            .lines = header_.lines,
                            .frames = header_.frames};
    const Result<Template> built = build_template(image, hal::image_record(image), plan, frames_);
    if (!built.ok()) return built.refusal();
    images_[image] = built.value();
    hal::report({ObservationKind::image, 0, image, frames_.used_bytes()});
    return Refusal::none;
}

Refusal Kernel::create_instance(std::uint32_t index)
{
    const hal::PathScope path{hal::Path::create_instance};
    const InstanceRecord record = hal::instance_record(index);
    if (record.image >= header_.image_count) return Refusal::bad_program;
    const InstancePages pages{.stack = LinearAddress::truncate(header_.stack_base),
                              .working_set = LinearAddress::truncate(header_.working_set_base),
                              .working_set_pages = record.working_set_pages,
                              .working_set_frames = header_.frames};
    const Result<Subtree> space = build_instance_space(kernel_space_, images_[record.image], pages, frames_);
    if (!space.ok()) return space.refusal();
    instances_[index] = {record.image, record.working_set_pages, space.value()};
    hal::report({ObservationKind::instance, 0, index, frames_.used_bytes()});
    return Refusal::none;
}

Refusal Kernel::run_program()
{
    for (std::uint32_t index = 0; index < header_.operation_count; ++index) {
        const Refusal refusal = carry_out(hal::operation_record(index));
        if (refusal != Refusal::none) return refuse(index, refusal);
    }
    const SwitchCounts& counts = image_switch_->counts();
    hal::report({ObservationKind::finished, counts.cr4_writes, counts.cr3_writes, counts.invlpgs});
    return Refusal::none;
}

Refusal Kernel::carry_out(OperationRecord operation)
{
    switch (operation.kind) {
    case OperationKind::call: return call(operation.operand);
    case OperationKind::run: return run_body(operation.operand);
    case OperationKind::halt: return halt();
    case OperationKind::exchange: return exchange(exchange_of(operation.operand));
    case OperationKind::reply:
    case OperationKind::call_slot:
    case OperationKind::derive:
    case OperationKind::put:
    case OperationKind::copy_slot:
    case OperationKind::clear: break; // the capability kernel's
    }
    return Refusal::bad_program;
}

Refusal Kernel::call(std::uint32_t instance)
{
    const hal::PathScope path{hal::Path::call};
    if (instance >= header_.instance_count) return Refusal::bad_program;
    if (depth_ == max_call_depth) return Refusal::call_too_deep;
    call_stack_[depth_++] = instance;
    hal::report({ObservationKind::called, 0, instance, depth_});
    return Refusal::none;
}

Refusal Kernel::halt()
{
    const hal::PathScope path{hal::Path::halt};
    if (depth_ == 0) return Refusal::nothing_to_halt;
    const std::uint32_t instance = call_stack_[--depth_];
    hal::report({ObservationKind::halted, 0, instance, depth_});
    return Refusal::none;
}

Refusal Kernel::exchange(Exchange pages)
{
    const hal::PathScope path{hal::Path::exchange_pages};
    if (pages.instance >= header_.instance_count) return Refusal::bad_program;
    const InstanceState& instance = instances_[pages.instance];
    if (pages.first >= instance.working_set_pages || pages.second >= instance.working_set_pages)
        return Refusal::bad_program;
    image_switch_->park();
    const LinearAddress base = LinearAddress::truncate(header_.working_set_base);
    exchange_frames(instance.space, base + pages.first * x86::small_page_bytes,
                    base + pages.second * x86::small_page_bytes);
    pcids_->note_changed(pages.instance);
    return Refusal::none;
}

Refusal Kernel::run_body(std::uint32_t index)
{
    if (depth_ == 0) return Refusal::not_running;
    if (index >= header_.body_count) return Refusal::bad_program;
    const BodyRecord body = hal::body_record(index);
    if (body.item_count > body_capacity) return Refusal::bad_program;
    hal::load_mailbox(body);
    forget_faults(body);

    const Refusal refusal = run_in(call_stack_[depth_ - 1], body);
    if (refusal == Refusal::none) report_results(body, index);
    return refusal;
}

Refusal Kernel::run_in(std::uint32_t index, const BodyRecord& body)
{
    const hal::PathScope path{hal::Path::run};
    const InstanceState& instance = instances_[index];
    image_switch_->enter(pcids_->cr3_for_entry(index, instance.space.table), images_[instance.image]);
    const Refusal refusal = run_items(body);
    image_switch_->leave();
    return refusal;
}

/// Stays in ring 3 until the body is done; an item that faults is recorded and passed over. The way back into ring 3
/// after a fault counts for the fault.
Refusal Kernel::run_items(const BodyRecord& body)
{
    const LinearAddress stack_top = LinearAddress::truncate(header_.stack_base) + x86::small_page_bytes;
    hal::UserState state{stack_top, 0, body.item_count};
    hal::UserExit exit = hal::enter_user(state);
    while (exit.kind != hal::UserExit::Kind::finished) {
        const hal::PathScope path{hal::Path::page_fault};
        if (exit.kind != hal::UserExit::Kind::page_fault || exit.item >= body.item_count)
            return Refusal::unexpected_exit;
        faults_[exit.item] = {true, exit.error_code, exit.fault_address};
        state.next_item = exit.item + 1;
        exit = hal::enter_user(state);
    }
    return Refusal::none;
}

/// What is kept for report_results() is no part of the kernel's work: it happens outside all paths.
void Kernel::forget_faults(const BodyRecord& body)
{
    for (std::uint32_t item = 0; item < body.item_count; ++item)
        faults_[item].happened = false;
}

void Kernel::report_results(const BodyRecord& body, std::uint32_t body_index) const
{
    for (std::uint32_t item = 0; item < body.item_count; ++item) {
        const ItemFault& fault = faults_[item];
        if (fault.happened) {
            hal::report({ObservationKind::page_fault, fault.error_code, item, fault.address});
        } else {
            hal::report({ObservationKind::value, 0, item, hal::mailbox_result(item)});
        }
    }
    hal::report({ObservationKind::ran, 0, body_index, call_stack_[depth_ - 1]});
}

} // namespace

Refusal run_kernel()
{
    const ProgramHeader& header = hal::program_header();
    if (!well_formed(header)) {
        hal::report({ObservationKind::refused, 0, 0, static_cast<std::uint64_t>(Refusal::bad_program)});
        return Refusal::bad_program;
    }
    if (header.kernel == KernelKind::capabilities) return run_capability_kernel();
    alignas(Kernel) static std::byte storage[sizeof(Kernel)]; // too large for a kernel stack
    return (new (storage) Kernel{header})->run();
}

} // namespace drywalk::kernel
