// SPDX-License-Identifier: MIT
#include "kernel_model/program/layout.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/memory_need.hpp"
#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

namespace drywalk::scenario {

namespace {

namespace layout = kernel::layout;
using kernel::CapStorage;
using kernel::MappingKind;
using kernel::MemoryMapping;
using kernel::SlotContent;
using x86::PageSize;

/// What one Image may map in all.
constexpr std::uint64_t most_mapped_bytes = 512 * layout::mib;

/// In front of a packed DataCap.
constexpr std::uint64_t packed_header_bytes = 8;

/// What the templates kernel cannot be asked for.
void refuse_capabilities(const Scenario& scenario, const Complaint& complaint)
{
    const auto refuse = [&](const std::string& at) {
        complaint.fail(at, "is of the capability kernel (legal with a key \"kernel\" in the scenario)");
    };
    if (!scenario.caps.empty()) refuse("/caps");
    for (std::size_t index = 0; index < scenario.images.size(); ++index) {
        const Image& image = scenario.images[index];
        const std::string at = pointer_to("/images", index);
        if (!image.memory.empty()) refuse(pointer_to(at, "memory"));
        if (image.endpoints != 1) refuse(pointer_to(at, "endpoints"));
        if (!image.pinned_slots.empty()) refuse(pointer_to(at, "pinned_slots"));
    }
    for (std::size_t index = 0; index < scenario.instances.size(); ++index) {
        if (!scenario.instances[index].slots.empty()) refuse(pointer_to(pointer_to("/instances", index), "slots"));
    }
}

/// What the capability kernel has no use for.
void refuse_templates(const Scenario& scenario, const Complaint& complaint)
{
    for (std::size_t index = 0; index < scenario.images.size(); ++index) {
        if (!scenario.images[index].data_writable) continue;
        complaint.fail(pointer_to("/images", index) + "/template/data_writable",
                       "an Image of the capability kernel never changes (legal: false, and memory of its own)");
    }
    for (std::size_t index = 0; index < scenario.instances.size(); ++index) {
        if (scenario.instances[index].working_set_pages == 0) continue;
        complaint.fail(pointer_to("/instances", index) + "/working_set_pages",
                       "is of the templates kernel (legal: 0, and memory of the Image)");
    }
}

void check_sharing(const kernel::Policies& policies, const Complaint& complaint)
{
    const bool packed = policies.storage == CapStorage::packed;
    const bool overlay = policies.mapping == MemoryMapping::overlay;
    if (packed && !overlay) {
        complaint.fail("/kernel/mapping",
                       fmt::format("{} cannot map pages of packed storage (legal: overlay, or storage page_aligned)",
                                   mapping_names[static_cast<std::size_t>(policies.mapping)]));
    }
    if (policies.copy_on_write != 0 && overlay) {
        complaint.fail("/kernel/copy_on_write", "true has nothing to copy on a write, every page is private (legal:"
                                                " false, or storage page_aligned with mapping eager or lazy)");
    }
}

void check_template_pointers(const Scenario& scenario, const Complaint& complaint)
{
    if (scenario.policies.arena != kernel::Arena::template_pointers) return;
    const auto region = [](x86::LinearAddress address) { return address.index(x86::Level::pml4e); };
    const unsigned shared = region(layout::context);
    if (region(scenario.layout.template_base) == shared && region(scenario.layout.stack_base) == shared) return;
    complaint.fail("/kernel/arena",
                   fmt::format("template_pointers shares one PML4 entry: template, stack and context have to lie in"
                               " the 512 GiB that hold {:#x}",
                               layout::context.value()));
}

/// A runtime's record has room for so many frames of an arena of its own, and for so many tables of a shared one.
constexpr std::uint32_t most_copied_leaves = 128;
constexpr std::uint64_t most_arena_tables = 20;

void check_arena(const Scenario& scenario, std::size_t index, const Complaint& complaint)
{
    const kernel::Arena arena = scenario.policies.arena;
    const Image& image = scenario.images[index];
    const std::uint32_t leaves = image.code_pages + image.data_pages;
    const bool small = image.page_size == PageSize::size_4k;
    const auto fail = [&](const std::string& what) {
        complaint.fail(pointer_to("/images", index) + "/template", what);
    };
    if (arena == kernel::Arena::copied && !small) {
        fail("leaves of 2 MiB cannot be copied for each runtime (legal: page_size \"4K\", or another arena)");
    }
    if (arena == kernel::Arena::copied && leaves > most_copied_leaves) {
        fail(fmt::format("{} leaves are too many to be copied for each runtime (legal: at most {}, or another arena)",
                         leaves, most_copied_leaves));
    }
    if (arena == kernel::Arena::shared && small && leaves > (most_arena_tables - 1) * 512) {
        fail(fmt::format("{} leaves need too many tables in each runtime (legal: at most {}, or arena"
                         " template_directory)",
                         leaves, (most_arena_tables - 1) * 512));
    }
}

void check_state_cache(const Scenario& scenario, const Complaint& complaint)
{
    const std::uint32_t pages = scenario.policies.state_cache_pages;
    if (pages % state_cache_unit != 0) {
        complaint.fail("/kernel/state_cache_pages",
                       fmt::format("{} is no multiple of {} (legal next: {})", pages, state_cache_unit,
                                   (pages / state_cache_unit + 1) * state_cache_unit));
    }
    const std::uint64_t header = scenario.policies.storage == CapStorage::packed ? packed_header_bytes : 0;
    for (std::size_t index = 0; index < scenario.caps.size(); ++index) {
        const std::uint64_t needed = pages_of(scenario.caps[index].bytes + header);
        if (needed <= pages) continue;
        complaint.fail(pointer_to("/caps", index),
                       fmt::format("{} pages do not fit into the state cache of {} (legal: fewer, or more"
                                   " state_cache_pages)",
                                   needed, pages));
    }
}

void check_place(const Mapping& mapping, const std::string& at, const Complaint& complaint)
{
    const std::uint64_t begin = mapping.start.value();
    if (!mapping.start.aligned(PageSize::size_4k)) {
        complaint.fail(pointer_to(at, "start"), fmt::format("{:#x} is unaligned (legal: a multiple of 0x1000)", begin));
    }
    const std::uint64_t region = layout::memory_region.value();
    const std::uint64_t end = region + layout::memory_region_bytes;
    if (begin >= region && begin < end && mapping.bytes() <= end - begin) return;
    complaint.fail(at, fmt::format("{} pages from {:#x} leave the region of memory mappings (legal: {:#x} to {:#x})",
                                   mapping.pages, begin, region, end - 1));
}

void refuse_overlap(const std::vector<Mapping>& all, std::size_t later, const std::string& at,
                    const Complaint& complaint)
{
    const auto end = [](const Mapping& mapping) { return mapping.start.value() + mapping.bytes(); };
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if (all[later].start.value() >= end(all[earlier]) || all[earlier].start.value() >= end(all[later])) continue;
        complaint.fail(pointer_to(at, later),
                       fmt::format("{:#x} to {:#x} overlaps {} ({:#x} to {:#x})", all[later].start.value(),
                                   end(all[later]) - 1, pointer_to(at, earlier), all[earlier].start.value(),
                                   end(all[earlier]) - 1));
    }
}

void check_mappings(const Image& image, const std::string& at, const Complaint& complaint)
{
    std::uint64_t bytes = 0;
    for (std::size_t index = 0; index < image.memory.size(); ++index) {
        check_place(image.memory[index], pointer_to(at, index), complaint);
        refuse_overlap(image.memory, index, at, complaint);
        bytes += image.memory[index].bytes();
    }
    if (bytes <= most_mapped_bytes) return;
    complaint.fail(
        at, fmt::format("{} MiB in all (legal: at most {})", bytes / layout::mib, most_mapped_bytes / layout::mib));
}

/// What lies in a slot from the start against what `image` maps of it as memory of `kind`.
void check_content(const Scenario& scenario, const Image& image, MappingKind kind, const Slot& slot,
                   const std::string& at, const Complaint& complaint)
{
    for (const Mapping& mapping : image.memory) {
        if (mapping.kind != kind || mapping.slot != slot.slot) continue;
        if (slot.content == SlotContent::instance) {
            complaint.fail(at, fmt::format("an Instance in slot {}, which Image {} maps as memory (legal: a DataCap)",
                                           slot.slot, in_quotes(image.name)));
        }
        const std::uint64_t pages = pages_of(scenario.caps[slot.index].bytes);
        if (pages <= mapping.pages) continue;
        complaint.fail(at, fmt::format("DataCap {} has {} pages, but Image {} maps slot {} at {:#x} with {} (legal: at"
                                       " most as many)",
                                       in_quotes(scenario.caps[slot.index].name), pages, in_quotes(image.name),
                                       slot.slot, mapping.start.value(), mapping.pages));
    }
}

void check_slots(const Scenario& scenario, const Image& image, MappingKind kind, const std::vector<Slot>& slots,
                 const std::string& at, const Complaint& complaint)
{
    for (std::size_t later = 0; later < slots.size(); ++later) {
        const std::string here = pointer_to(at, later);
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            if (slots[earlier].slot != slots[later].slot) continue;
            complaint.fail(here, fmt::format("slot {} is filled by {} too (legal: each slot once)", slots[later].slot,
                                             pointer_to(at, earlier)));
        }
        check_content(scenario, image, kind, slots[later], here, complaint);
    }
}

} // namespace

void check_capabilities(const Scenario& scenario, const Complaint& complaint)
{
    if (!has_capabilities(scenario)) {
        refuse_capabilities(scenario, complaint);
        return;
    }
    Mistakes mistakes;
    mistakes.gather([&] { refuse_templates(scenario, complaint); });
    mistakes.gather([&] { check_sharing(scenario.policies, complaint); });
    mistakes.gather([&] { check_template_pointers(scenario, complaint); });
    mistakes.gather([&] { check_state_cache(scenario, complaint); });
    for (std::size_t index = 0; index < scenario.images.size(); ++index) {
        const Image& image = scenario.images[index];
        const std::string at = pointer_to("/images", index);
        mistakes.gather([&] { check_arena(scenario, index, complaint); });
        mistakes.gather([&] { check_mappings(image, pointer_to(at, "memory"), complaint); });
        mistakes.gather([&] {
            check_slots(scenario, image, MappingKind::pinned, image.pinned_slots, pointer_to(at, "pinned_slots"),
                        complaint);
        });
    }
    for (std::size_t index = 0; index < scenario.instances.size(); ++index) {
        const Instance& instance = scenario.instances[index];
        mistakes.gather([&] {
            check_slots(scenario, scenario.images[instance.image], MappingKind::persistent, instance.slots,
                        pointer_to(pointer_to("/instances", index), "slots"), complaint);
        });
    }
    mistakes.throw_if_any();
}

} // namespace drywalk::scenario
