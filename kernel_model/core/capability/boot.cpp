// SPDX-License-Identifier: MIT
// The capability kernel until its first operation: paging, DataCaps, Images, Instances.
#include "kernel_model/core/address_space.hpp"
#include "kernel_model/core/capability/kernel_state.hpp"

namespace drywalk::kernel {

using x86::LinearAddress;
using x86::PhysicalAddress;

Refusal CapabilityKernel::run()
{
    Refusal refusal = boot();
    if (refusal == Refusal::none) refusal = publish_caps();
    for (std::uint32_t image = 0; refusal == Refusal::none && image < header_.image_count; ++image)
        refusal = create_image(image);
    for (std::uint32_t index = 0; refusal == Refusal::none && index < header_.instance_count; ++index)
        refusal = create_instance(index);
    for (std::uint32_t index = 0; refusal == Refusal::none && index < header_.slot_count; ++index)
        refusal = fill_slot(hal::slot_record(index));
    if (refusal != Refusal::none) return refuse(0, refusal);
    return run_program();
}

Refusal CapabilityKernel::boot()
{
    const hal::PathScope path{hal::Path::boot_capabilities};
    Refusal refusal = set_up_paging();
    if (refusal == Refusal::none) refusal = caps_.boot();
    if (refusal != Refusal::none) return refusal;
    const Result<PhysicalAddress> zero_page = heap_.allocate();
    if (!zero_page.ok()) return zero_page.refusal();
    const Result<PhysicalAddress> host = heap_.allocate();
    if (!host.ok()) return host.refusal();
    host_ = current_ = Frame{host.value()};

    const bool pcids = hal::has_pcids();
    const bool keeps_kernel_entries = header_.policies.space_switch == SpaceSwitch::pcid_no_flush ||
                                      header_.policies.space_switch == SpaceSwitch::pcid_tracked;
    const x86::Cr3 kernel_cr3{kernel_space_.table.value() | (pcids && keeps_kernel_entries ? x86::Cr3::no_flush : 0)};
    if (pcids && header_.policies.space_switch != SpaceSwitch::cr3)
        hal::write_cr4({hal::read_cr4().value | x86::Cr4::pcide});
    image_switch_.emplace(header_.discipline, header_.partial_pages, kernel_cr3);
    const RuntimeLayout layout{kernel_space_, LinearAddress::truncate(header_.stack_base)};
    runtimes_.emplace(header_.policies, layout, pcids, heap_, caps_, *image_switch_, counters_);
    slots_.emplace(caps_, *runtimes_, heap_);
    memory_.emplace(header_.policies, zero_page.value(), heap_, cache_, caps_, *runtimes_, counters_);
    publication_.emplace(header_.policies, heap_, caps_, *runtimes_, *memory_, *slots_, counters_);
    hal::report({ObservationKind::booted, 0, heap_.frames().free_bytes(), heap_.frames().used_bytes()});
    return Refusal::none;
}

Refusal CapabilityKernel::set_up_paging()
{
    hal::write_efer({hal::read_efer().value | x86::Efer::nxe});
    hal::write_cr0({hal::read_cr0().value | x86::Cr0::wp});
    const Result<Subtree> space = build_kernel_space(PhysicalAddress{header_.memory_end}, heap_.frames());
    if (!space.ok()) return space.refusal();
    kernel_space_ = space.value();
    const Refusal refusal = cache_.boot(kernel_space_, heap_);
    if (refusal != Refusal::none) return refusal;
    hal::write_cr3({kernel_space_.table.value()});
    hal::write_cr4({hal::read_cr4().value | x86::Cr4::pge});
    hal::use_state_cache_window(state_cache_begin(header_), PhysicalAddress{header_.memory_end});
    return Refusal::none;
}

/// The host keeps a reference to each, so that its content address stays known.
Refusal CapabilityKernel::publish_caps()
{
    for (std::uint32_t record = 0; record < header_.cap_count; ++record) {
        const Result<std::uint64_t> address = caps_.publish_from_host(record);
        if (!address.ok()) return address.refusal();
        caps_.reference(address.value());
        cap_addresses_[record] = address.value();
        hal::report({ObservationKind::cap, 0, record, address.value()});
    }
    return Refusal::none;
}

Refusal CapabilityKernel::create_image(std::uint32_t index)
{
    const hal::PathScope path{hal::Path::create_capability_image};
    const ImageRecord record = hal::image_record(index);
    const TemplatePlan plan{.base = LinearAddress::truncate(header_.template_base),
                            .global = image_switch_->leaves_are_global(),
                            .lines = header_.lines,
                            .frames = header_.frames};
    const bool copied = header_.policies.arena == Arena::copied;
    const bool small = static_cast<x86::PageSize>(record.page_size) == x86::PageSize::size_4k;
    if (record.mapping_count > max_mappings || (copied && !small) ||
        std::uint64_t{record.first_mapping} + record.mapping_count > header_.mapping_count)
        return Refusal::bad_program;
    Image& image = images_[index];
    const Result<Template> arena = build_template(index, record, plan, heap_.frames());
    if (!arena.ok()) return arena.refusal();
    image.arena = arena.value();
    image.endpoint_count = record.endpoint_count;
    image.map_count = record.mapping_count;
    for (std::uint32_t map = 0; map < record.mapping_count; ++map) {
        const MappingRecord mapping = hal::mapping_record(record.first_mapping + map);
        image.maps[map] = {LinearAddress::truncate(mapping.start), mapping.pages, mapping.kind, mapping.slot};
        const std::uint64_t end = mapping.start + std::uint64_t{mapping.pages} * x86::small_page_bytes;
        if (mapping.slot >= Cnode::slot_count || mapping.start < layout::memory_region.value() ||
            end > layout::memory_region.value() + layout::memory_region_bytes)
            return Refusal::bad_program;
    }
    const Result<PhysicalAddress> pinned = heap_.allocate();
    if (!pinned.ok()) return pinned.refusal();
    image.pinned = Cnode{pinned.value()};
    const Refusal refusal = runtimes_->prepare_image(image);
    if (refusal == Refusal::none) hal::report({ObservationKind::image, 0, index, heap_.frames().used_bytes()});
    return refusal;
}

Refusal CapabilityKernel::create_instance(std::uint32_t index)
{
    const hal::PathScope path{hal::Path::create_capability_instance};
    const std::uint32_t image = hal::instance_record(index).image;
    if (image >= header_.image_count) return Refusal::bad_program;
    const Result<Instance> instance = slots_->create(image, chain_of(host_.chain(), image));
    if (!instance.ok()) return instance.refusal();
    slots_->set(host_, index, SlotValue::instance(instance.value().frame()));
    hal::report({ObservationKind::instance, 0, index, heap_.frames().used_bytes()});
    return Refusal::none;
}

/// An Instance that another one's slot holds is complete by then, for its own records come before.
Refusal CapabilityKernel::fill_slot(const SlotRecord& record)
{
    const hal::PathScope path{hal::Path::set_slot};
    const bool of_image = record.owner == SlotOwner::image;
    const bool data = record.content == SlotContent::data_cap;
    const std::uint32_t owners = of_image ? header_.image_count : header_.instance_count;
    const std::uint32_t contents = data ? header_.cap_count : record.owner_index;
    if (record.slot >= Cnode::slot_count || record.owner_index >= owners || record.content_index >= contents ||
        (of_image && !data))
        return Refusal::bad_program;
    const Cnode owner = of_image ? images_[record.owner_index].pinned : Cnode{host_.slot(record.owner_index).frame()};
    const SlotValue value =
        data ? SlotValue::data(cap_addresses_[record.content_index]) : host_.slot(record.content_index);
    slots_->set(owner, record.slot, value);
    return Refusal::none;
}

} // namespace drywalk::kernel
