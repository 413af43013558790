// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/random_programs.hpp"

#include "kernel_model/program/layout.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace drywalk::reference {

using kernel::MappingKind;
using kernel::MappingRecord;
using kernel::OperationKind;
using kernel::Policies;
using kernel::SlotContent;
using kernel::SlotOwner;
using kernel::UserAction;
using kernel::UserItem;

namespace layout = kernel::layout;

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t region = layout::memory_region.value();
constexpr std::uint64_t region_end = region + layout::memory_region_bytes;
/// Mappings lie around these, the same for all Images: where tables begin and end.
constexpr std::array anchors{region,
                             region + 2 * layout::mib,
                             region + 4 * layout::mib,
                             region + layout::gib,
                             region + layout::gib + 2 * layout::mib,
                             region + 2 * layout::gib,
                             region_end - 4 * page_bytes};
/// Slots for data. What one Image calls its memory another one may find in its caller's slots.
constexpr std::array<std::uint32_t, 4> data_slots{20, 21, 22, 255};
/// Slots for Instances, besides those of the host's cnode.
constexpr std::array<std::uint32_t, 3> instance_slots{40, 41, 0};
constexpr unsigned deepest = 6;
constexpr std::uint32_t state_cache_unit = 512; ///< pages

class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_{seed} { sketch_.seed = seed; }

    [[nodiscard]] Sketch make()
    {
        choose_policies();
        make_caps();
        make_images();
        make_instances();
        make_operations();
        size_memory();
        if (chance(1)) crowd_state_cache();
        return std::move(sketch_);
    }

private:
    using ImageOfSlot = std::map<std::uint32_t, std::uint32_t>;

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] std::uint32_t small(std::uint32_t least, std::uint32_t most)
    {
        return least + static_cast<std::uint32_t>(below(most - least + 1));
    }
    [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
    template <typename List>
    [[nodiscard]] auto pick(const List& list)
    {
        return list[below(std::size(list))];
    }
    template <typename Enumeration>
    [[nodiscard]] Enumeration any(Enumeration last)
    {
        return static_cast<Enumeration>(below(static_cast<std::uint64_t>(last) + 1));
    }

    void choose_policies();
    void make_caps();
    void make_images();
    void add_mapping(Sketch::Image& image);
    void make_instances();
    void fill_instance(std::uint32_t index);
    void make_operations();
    void rpc(ImageOfSlot known, unsigned depth);
    void work(ImageOfSlot& known, std::uint32_t image, unsigned depth);
    void change_slot(ImageOfSlot& known);
    void run(std::uint32_t image);
    void size_memory();
    [[nodiscard]] std::uint64_t most_copies() const;
    void crowd_state_cache();
    void call_crowd(std::uint32_t image, const MappingRecord& mapping);

    [[nodiscard]] std::uint32_t callee(const ImageOfSlot& known);
    [[nodiscard]] Sketch::Body body(std::uint32_t image);
    [[nodiscard]] UserItem valid_item(const Sketch::Image& image);
    [[nodiscard]] UserItem template_item(const Sketch::Image& image);
    [[nodiscard]] UserItem series(const MappingRecord& mapping, bool leaves_it);
    [[nodiscard]] UserItem wild_item(const Sketch::Image& image);
    [[nodiscard]] std::uint64_t strange_address(const Sketch::Image& image);
    [[nodiscard]] std::uint64_t word_in(const MappingRecord& mapping);
    [[nodiscard]] std::uint32_t any_slot()
    {
        return chance(70) ? pick(data_slots) : chance(90) ? pick(instance_slots) : small(0, 255);
    }
    void add(OperationKind kind, std::uint32_t operand = 0) { sketch_.operations.push_back({kind, operand}); }
    void add(OperationKind kind, std::uint32_t slot, std::uint32_t above)
    {
        add(kind, kernel::slot_operand(slot, above));
    }

    std::mt19937_64 random_;
    Sketch sketch_;
    std::size_t wanted_operations_ = 0;
    std::uint32_t last_callee_ = 0; ///< slot
};

/// Those that go together, and none of the mistakes.
void Generator::choose_policies()
{
    using enum kernel::Discipline;
    Policies& is = sketch_.policies;
    is.arena = any(kernel::Arena::template_pointers);
    is.mapping = chance(50) ? kernel::MemoryMapping::lazy : any(kernel::MemoryMapping::lazy);
    const bool overlay = is.mapping == kernel::MemoryMapping::overlay;
    is.storage = overlay && chance(50) ? kernel::CapStorage::packed : kernel::CapStorage::page_aligned;
    is.copy_on_write = !overlay && chance(75) ? 1 : 0;
    is.space_switch = pick(std::array{kernel::SpaceSwitch::cr3, kernel::SpaceSwitch::pcid_flush,
                                      kernel::SpaceSwitch::pcid_tracked, kernel::SpaceSwitch::pcid_tracked});
    is.rearm = any(kernel::Rearm::invlpg);
    is.lookup = any(kernel::DirectoryLookup::linear);
    is.keep_runtimes = chance(85) ? 1 : 0;
    is.runtime_limit = chance(40) ? 8 : small(1, 8);
    if (is.arena != kernel::Arena::copied && chance(60))
        sketch_.discipline = pick(std::array{global_invlpg_outgoing_under_kernel_cr3, global_pge_toggle});
}

void Generator::make_caps()
{
    const std::uint32_t count = small(0, 6);
    for (std::uint32_t index = 0; index < count; ++index) {
        std::uint64_t bytes = below(5) * page_bytes;
        if (chance(40)) bytes += below(page_bytes);
        if (chance(3)) bytes = below(300) * page_bytes;
        sketch_.caps.push_back({bytes, below(4)});
        if (chance(20)) sketch_.caps.back() = pick(sketch_.caps);
    }
}

void Generator::make_images()
{
    const std::uint32_t count = small(1, 4);
    const bool large_leaves = sketch_.policies.arena != kernel::Arena::copied && chance(3);
    for (std::uint32_t index = 0; index < count; ++index) {
        Sketch::Image& image = sketch_.images.emplace_back();
        image.record.code_pages = small(1, large_leaves ? 1 : 3);
        image.record.data_pages = small(0, 1);
        image.record.page_size = large_leaves ? 1 : 0;
        image.record.endpoint_count = small(1, 3);
        const std::uint32_t mappings = small(0, 5);
        for (std::uint32_t mapping = 0; mapping < mappings; ++mapping)
            add_mapping(image);
        for (const MappingRecord& mapping : image.mappings) {
            if (mapping.kind != MappingKind::pinned || sketch_.caps.empty() || chance(20)) continue;
            const auto cap = static_cast<std::uint32_t>(below(sketch_.caps.size()));
            const auto same = [&](const kernel::SlotRecord& slot) {
                return slot.owner == SlotOwner::image && slot.owner_index == index && slot.slot == mapping.slot;
            };
            if (std::ranges::none_of(sketch_.slots, same))
                sketch_.slots.push_back({SlotOwner::image, index, mapping.slot, SlotContent::data_cap, cap});
        }
    }
}

/// Left out if it would overlap another one.
void Generator::add_mapping(Sketch::Image& image)
{
    MappingRecord mapping;
    mapping.kind = pick(std::array{MappingKind::pinned, MappingKind::persistent, MappingKind::persistent,
                                   MappingKind::persistent, MappingKind::ephemeral});
    mapping.pages = small(1, 6);
    if (chance(1) && sketch_.policies.mapping == kernel::MemoryMapping::lazy) mapping.pages = small(500, 1100);
    mapping.slot = static_cast<std::uint16_t>(chance(97) ? pick(data_slots) : below(4));
    mapping.start = pick(anchors) + below(6) * page_bytes;
    if (const std::uint64_t back = below(4) * page_bytes; mapping.start >= region + back) mapping.start -= back;
    const std::uint64_t end = mapping.start + mapping.pages * page_bytes;
    const auto overlaps = [&](const MappingRecord& other) {
        return mapping.start < other.start + other.pages * page_bytes && other.start < end;
    };
    if (end <= region_end && std::ranges::none_of(image.mappings, overlaps)) image.mappings.push_back(mapping);
}

void Generator::make_instances()
{
    const std::uint32_t count = small(1, 5);
    for (std::uint32_t index = 0; index < count; ++index) {
        const auto image = static_cast<std::uint32_t>(below(sketch_.images.size()));
        sketch_.instances.push_back({image, 0});
        fill_instance(index);
    }
}

void Generator::fill_instance(std::uint32_t index)
{
    if (!sketch_.caps.empty()) {
        for (const std::uint32_t slot : data_slots) {
            if (!chance(35)) continue;
            const auto cap = static_cast<std::uint32_t>(below(sketch_.caps.size()));
            sketch_.slots.push_back({SlotOwner::instance, index, slot, SlotContent::data_cap, cap});
        }
    }
    if (index == 0) return;
    for (const std::uint32_t slot : instance_slots) {
        if (!chance(25)) continue;
        sketch_.slots.push_back({SlotOwner::instance, index, slot, SlotContent::instance, small(0, index - 1)});
    }
}

void Generator::make_operations()
{
    wanted_operations_ = small(10, 60);
    ImageOfSlot known;
    for (std::uint32_t index = 0; index < sketch_.instances.size(); ++index)
        known[index] = sketch_.instances[index].image;
    while (sketch_.operations.size() < wanted_operations_) {
        if (chance(12)) {
            change_slot(known);
        } else {
            rpc(known, 1);
        }
    }
    if (chance(2)) add(pick(std::array{OperationKind::run, OperationKind::halt, OperationKind::reply}));
    if (chance(2)) add(OperationKind::put, 1, 0xffff);
}

/// The slot of an Instance; sometimes any slot.
std::uint32_t Generator::callee(const ImageOfSlot& known)
{
    if (known.empty() || chance(4)) return any_slot();
    if (known.contains(last_callee_) && chance(35)) return last_callee_;
    return std::next(known.begin(), static_cast<std::ptrdiff_t>(below(known.size())))->first;
}

/// `known`: the Images of the Instances in the caller's slots, as far as the generator follows them.
void Generator::rpc(ImageOfSlot known, unsigned depth)
{
    const std::uint32_t slot = callee(known);
    last_callee_ = slot;
    add(OperationKind::call_slot, slot, chance(96) ? 0 : small(0, 3));
    const auto found = known.find(slot);
    const std::uint32_t image = found == known.end() ? 0 : found->second;
    const std::uint32_t steps = small(1, depth == 1 ? 4 : 3);
    for (std::uint32_t step = 0; step < steps; ++step)
        work(known, image, depth);
    add(chance(50) ? OperationKind::halt : OperationKind::reply);
}

void Generator::work(ImageOfSlot& known, std::uint32_t image, unsigned depth)
{
    const bool may_nest = depth < deepest && sketch_.operations.size() < wanted_operations_;
    if (may_nest && chance(25)) {
        rpc(known, depth + 1);
    } else if (chance(25)) {
        change_slot(known);
    } else {
        run(image);
    }
}

void Generator::change_slot(ImageOfSlot& known)
{
    const std::uint32_t slot = any_slot();
    const bool wrong = !sketch_.operations.empty() && chance(2) && sketch_.operations.back().kind == OperationKind::run;
    switch (small(0, 4)) {
    case 0: {
        const auto image = static_cast<std::uint32_t>(below(sketch_.images.size()));
        const std::uint32_t target = pick(instance_slots);
        add(OperationKind::derive, target, wrong ? 77 : image);
        known[target] = image;
        return;
    }
    case 1: {
        const std::uint32_t from = chance(50) ? callee(known) : any_slot();
        const std::uint32_t target = chance(70) == known.contains(from) ? pick(instance_slots) : slot;
        add(OperationKind::copy_slot, target, wrong ? 256 : from);
        if (known.contains(from)) known[target] = known.at(from);
        return;
    }
    case 2: add(OperationKind::clear, slot, 0); break;
    default:
        if (sketch_.caps.empty() && !wrong) return;
        add(OperationKind::put, slot, wrong ? 1000 : static_cast<std::uint32_t>(below(sketch_.caps.size())));
    }
    known.erase(slot);
}

void Generator::run(std::uint32_t image)
{
    if (!sketch_.bodies.empty() && chance(10)) {
        add(OperationKind::run, static_cast<std::uint32_t>(below(sketch_.bodies.size())));
        return;
    }
    add(OperationKind::run, static_cast<std::uint32_t>(sketch_.bodies.size()));
    sketch_.bodies.push_back(body(image));
}

Sketch::Body Generator::body(std::uint32_t index)
{
    const Sketch::Image& image = sketch_.images[index];
    Sketch::Body items;
    const std::uint32_t count = chance(3) ? 0 : small(1, 8);
    while (items.size() < count)
        items.push_back(valid_item(image));
    if (chance(15)) items.push_back(wild_item(image));
    if (chance(5)) items.push_back(valid_item(image));
    return items;
}

/// One that does not fault in a frame of the Image.
UserItem Generator::valid_item(const Sketch::Image& image)
{
    if (image.mappings.empty() || chance(12)) return template_item(image);
    const MappingRecord mapping = pick(image.mappings);
    if (chance(25)) return series(mapping, false);
    const bool write = mapping.kind != MappingKind::pinned && chance(55);
    return {word_in(mapping), small(0, 3), write ? UserAction::store : UserAction::load, 0};
}

UserItem Generator::template_item(const Sketch::Image& image)
{
    const std::uint64_t small_pages = image.record.page_size == 0 ? 1 : 512;
    const std::uint64_t base = layout::default_template.value();
    if (chance(50)) {
        const std::uint64_t page = below(image.record.code_pages * small_pages);
        return {base + page * page_bytes, 0, UserAction::call, 0};
    }
    const std::uint64_t page = below((image.record.code_pages + image.record.data_pages) * small_pages);
    return {base + page * page_bytes + below(3) * 8, 0, UserAction::load, 0};
}

/// The first words of pages are likelier than others, so that accesses meet.
std::uint64_t Generator::word_in(const MappingRecord& mapping)
{
    const std::uint64_t page = chance(70) ? below(std::min(mapping.pages, 2U)) : below(mapping.pages);
    const std::uint64_t word = chance(60) ? below(2) : chance(50) ? 511 : below(512);
    return mapping.start + page * page_bytes + word * 8;
}

/// A sum or fill that stays in the mapping, or crosses its end.
UserItem Generator::series(const MappingRecord& mapping, bool leaves_it)
{
    const bool write = mapping.kind != MappingKind::pinned && chance(50);
    UserItem item{word_in(mapping), 0, write ? UserAction::fill : UserAction::sum, 1};
    const std::uint64_t words_left = (mapping.start + mapping.pages * page_bytes - item.address) / 8;
    const std::uint64_t strides = chance(50) ? 512 : small(1, 600);
    const std::uint64_t fitting = (words_left + strides - 1) / strides;
    item.count = static_cast<std::uint16_t>(std::min<std::uint64_t>(leaves_it ? fitting + small(1, 3) : fitting, 700));
    if (!leaves_it) item.count = static_cast<std::uint16_t>(small(1, std::min<std::uint32_t>(item.count, 12)));
    item.value = small(0, 3) << 16 | static_cast<std::uint32_t>(strides);
    return item;
}

/// One that faults, or is about to cross into what is another frame's.
UserItem Generator::wild_item(const Sketch::Image& image)
{
    if (!image.mappings.empty()) {
        const MappingRecord mapping = pick(image.mappings);
        if (chance(35)) return series(mapping, true);
        if (chance(30)) return {word_in(mapping), 0, UserAction::call, 0};
        if (chance(30)) return {word_in(mapping), 1, UserAction::store, 0};
    }
    const std::uint64_t base = layout::default_template.value();
    const std::uint64_t leaf = image.record.page_size == 0 ? page_bytes : 2 * layout::mib;
    if (chance(20)) return {base + below(image.record.code_pages) * leaf, 1, UserAction::store, 0};
    if (chance(10)) return {base + image.record.code_pages * leaf, 1, UserAction::call, 0};
    return {strange_address(image), 1, pick(std::array{UserAction::load, UserAction::store, UserAction::call}), 0};
}

/// Beside a mapping, in a mapping of another Image, behind the template, or nowhere.
std::uint64_t Generator::strange_address(const Sketch::Image& image)
{
    if (!image.mappings.empty() && chance(40)) {
        const MappingRecord mapping = pick(image.mappings);
        return chance(50) ? mapping.start - 8 : mapping.start + mapping.pages * page_bytes;
    }
    const Sketch::Image& other = pick(sketch_.images);
    if (!other.mappings.empty() && chance(60)) return word_in(pick(other.mappings));
    const std::uint64_t base = layout::default_template.value();
    return pick(std::array<std::uint64_t, 5>{base - page_bytes, base + layout::mib * 16, region_end, 0,
                                             layout::default_working_set.value()});
}

/// Pages that all frames and runtimes can have as their own at once.
std::uint64_t Generator::most_copies() const
{
    std::uint64_t most = 0;
    for (const Sketch::Image& image : sketch_.images) {
        std::uint64_t pages = 0;
        for (const MappingRecord& mapping : image.mappings)
            pages += mapping.pages;
        most = std::max(most, pages);
    }
    return most * (deepest + sketch_.policies.runtime_limit);
}

void Generator::size_memory()
{
    std::uint64_t cap_pages = 0;
    for (const kernel::CapRecord& cap : sketch_.caps)
        cap_pages += cap.bytes / page_bytes + 2;
    const std::uint64_t cache =
        (cap_pages + most_copies() + 100 + state_cache_unit - 1) / state_cache_unit * state_cache_unit;
    sketch_.policies.state_cache_pages = static_cast<std::uint32_t>(cache);
    const std::uint64_t need = (cache + 2 * most_copies()) * page_bytes + 24 * layout::mib;
    sketch_.memory_end = (need + 2 * layout::mib - 1) / (2 * layout::mib) * (2 * layout::mib);
}

/// Gives the host more DataCaps than the state cache has frames: those used longest ago go, and may have to come again.
/// While one frame stays open, as many are used as the state cache holds.
void Generator::crowd_state_cache()
{
    if (sketch_.policies.state_cache_pages != state_cache_unit || most_copies() > state_cache_unit / 3) return;
    for (std::uint32_t index = 0; index < sketch_.images.size(); ++index) {
        const auto& mappings = sketch_.images[index].mappings;
        const auto roomy = std::ranges::find_if(mappings, [](const MappingRecord& mapping) {
            return mapping.kind == MappingKind::persistent && mapping.pages >= 4;
        });
        if (roomy != mappings.end()) return call_crowd(index, *roomy);
    }
}

void Generator::call_crowd(std::uint32_t image, const MappingRecord& mapping)
{
    const auto first = static_cast<std::uint32_t>(sketch_.caps.size());
    const std::uint32_t count = state_cache_unit / mapping.pages * 5 / 4;
    for (std::uint32_t index = 0; index < count; ++index)
        sketch_.caps.push_back({mapping.pages * page_bytes, 100 + index});
    const auto [inner, outer, unused] = instance_slots;
    const auto call_new = [&](std::uint32_t slot, std::uint32_t cap) {
        add(OperationKind::put, mapping.slot, cap);
        add(OperationKind::derive, slot, image);
        add(OperationKind::call_slot, slot);
    };
    call_new(outer, first);
    const auto look = static_cast<std::uint32_t>(sketch_.bodies.size());
    const auto pages = static_cast<std::uint16_t>(mapping.pages);
    sketch_.bodies.push_back({{mapping.start + 8, page_bytes / 8, UserAction::sum, pages}});
    add(OperationKind::run, look);
    for (std::uint32_t index = 0; index < count; ++index) {
        call_new(inner, first + (chance(80) ? index : small(0, count - 1)));
        run(image);
        add(OperationKind::reply);
    }
    add(OperationKind::run, look);
    add(OperationKind::halt);
}

} // namespace

Sketch random_program(std::uint64_t seed) { return Generator{seed}.make(); }

} // namespace drywalk::reference
