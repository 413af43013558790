// SPDX-License-Identifier: MIT
// The capability kernel as one object: boot.cpp sets it up, program.cpp carries out the workload program.
#pragma once

#include "kernel_model/core/capability/publication.hpp"

#include <optional>

namespace drywalk::kernel {

/// Where the frame pool ends and the state cache begins.
[[nodiscard]] inline x86::PhysicalAddress state_cache_begin(const ProgramHeader& header)
{
    return x86::PhysicalAddress{header.memory_end -
                                std::uint64_t{header.policies.state_cache_pages} * x86::small_page_bytes};
}

/// What became of the run of a body.
struct BodyEnd {
    FrameFault fault = FrameFault::none;
    bool page_fault = false; ///< item `item` ended in one; otherwise `item` items were done
    std::uint32_t item = 0;
    std::uint32_t error_code = 0;
    std::uint64_t address = 0;
};

/// All of the kernel's state that is not in frames, about 60 KiB.
class CapabilityKernel {
public:
    explicit CapabilityKernel(const ProgramHeader& header)
        : header_{header}, heap_{layout::frame_pool, state_cache_begin(header), counters_},
          cache_{state_cache_begin(header), x86::PhysicalAddress{header.memory_end}}, caps_{header_.policies, cache_,
                                                                                            heap_, counters_}
    {
    }

    [[nodiscard]] Refusal run();

private:
    [[nodiscard]] Refusal boot();
    [[nodiscard]] Refusal set_up_paging();
    [[nodiscard]] Refusal publish_caps();
    [[nodiscard]] Refusal create_image(std::uint32_t index);
    [[nodiscard]] Refusal create_instance(std::uint32_t index);
    [[nodiscard]] Refusal fill_slot(const SlotRecord& record);

    [[nodiscard]] Refusal run_program();
    [[nodiscard]] Refusal carry_out(OperationRecord operation);
    [[nodiscard]] Refusal change_slot(OperationRecord operation);
    [[nodiscard]] Refusal derive(std::uint32_t slot, std::uint32_t image);
    [[nodiscard]] Refusal set_slot(std::uint32_t slot, SlotValue value);
    void call(std::uint32_t slot, std::uint32_t endpoint);
    [[nodiscard]] CallFault open_frame(Frame callee, Instance instance, std::uint32_t endpoint);
    [[nodiscard]] CallFault choose_mapped_caps(Frame callee, const Image& image);
    [[nodiscard]] Refusal give_runtime(Frame callee, Instance instance);
    [[nodiscard]] Refusal end_frame();
    [[nodiscard]] Refusal commit(Frame frame);
    [[nodiscard]] Refusal run_body(std::uint32_t body);
    [[nodiscard]] BodyEnd run_in_ring3(const BodyRecord& body);
    [[nodiscard]] BodyEnd stay_in_ring3(Running who, const BodyRecord& body);
    [[nodiscard]] Refusal wake(Frame frame);
    void report_values(const BodyEnd& end) const;
    void fault_current(FrameFault fault);
    [[nodiscard]] Refusal bad_operation();
    void discard(Frame frame);
    void release_mapped(Frame frame, const Image& image);
    void skip(OperationKind kind);
    void report_counters();

    [[nodiscard]] bool at_host() const { return depth_ == 0; }
    [[nodiscard]] Running running(Frame frame) { return {frame, Runtime{frame.runtime()}, images_[frame.image()]}; }
    [[nodiscard]] x86::PhysicalAddress context_of(Running who) const
    {
        const x86::PhysicalAddress own = who.runtime.context();
        return own.value() != 0 ? own : who.image.context;
    }
    static Refusal refuse(std::uint64_t operation, Refusal refusal)
    {
        hal::report({ObservationKind::refused, 0, operation, static_cast<std::uint64_t>(refusal)});
        return refusal;
    }

    ProgramHeader header_;
    Counters counters_;
    Heap heap_;
    StateCache cache_;
    CapStore caps_;
    Subtree kernel_space_;
    std::optional<ImageSwitch> image_switch_;
    std::optional<RuntimePool> runtimes_;
    std::optional<Slots> slots_;
    std::optional<Memory> memory_;
    std::optional<Publication> publication_;
    std::array<Image, max_images> images_{};
    std::array<std::uint64_t, max_caps> cap_addresses_{};
    Frame host_;
    Frame current_;
    std::uint32_t depth_ = 0;
    std::uint32_t skipped_calls_ = 0; ///< frames that never came about or are gone, whose operations are passed over
};

} // namespace drywalk::kernel
