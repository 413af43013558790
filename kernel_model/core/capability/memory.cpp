// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/memory.hpp"

#include <algorithm>

namespace drywalk::kernel {

using x86::LinearAddress;
using x86::PageFaultCode;
using x86::PageSize;
using x86::PhysicalAddress;

/// Without copy-on-write, what may be written is; an overlay is private throughout.
bool Memory::starts_private(MappingKind kind) const
{
    if (policies_.mapping == MemoryMapping::overlay) return true;
    return kind != MappingKind::pinned && policies_.copy_on_write == 0;
}

/// Copy-on-write pages of persistent memory become a DataCap's pages as they lie.
bool Memory::lies_in_state_cache(MappingKind kind) const
{
    return kind == MappingKind::persistent && policies_.copy_on_write != 0;
}

Refusal Memory::begin(Running who)
{
    take_buffers(who);
    const bool mapped = mapped_as_wanted(who);
    Refusal refusal = Refusal::none;
    if (!mapped) {
        const hal::PathScope path{hal::Path::map_memory};
        runtimes_.unmap_memory(who.runtime);
        refusal = map_sources(who);
    }
    if (refusal == Refusal::none) refusal = refill(who);
    if (refusal == Refusal::none && !mapped) refusal = map_private_pages(who);
    if (refusal == Refusal::none) refusal = make_private_pages(who);
    return refusal;
}

Refusal Memory::bring_back(Running who)
{
    const Refusal refusal = map_sources(who);
    return refusal == Refusal::none ? map_private_pages(who) : refusal;
}

bool Memory::mapped_as_wanted(Running who) const
{
    if (!who.runtime.memory_mapped()) return false;
    for (unsigned map = 0; map < who.image.map_count; ++map) {
        const hal::PathScope path{hal::Path::compare_mapping};
        if (who.runtime.mapped(map) != who.frame.mapped(map)) return false;
    }
    return true;
}

/// From here on the DataCaps count as mapped, whether leaves lead to them yet or not.
Refusal Memory::note_mapped(Running who)
{
    for (unsigned map = 0; map < who.image.map_count; ++map) {
        const hal::PathScope path{hal::Path::note_mapping};
        const std::uint64_t address = who.frame.mapped(map);
        if (address == 0) continue;
        const Result<DataCap> cap = caps_.resident(address);
        if (!cap.ok()) return cap.refusal();
        caps_.note_mapped(cap.value());
        who.runtime.set_mapped(map, address);
    }
    return Refusal::none;
}

Refusal Memory::map_sources(Running who)
{
    who.runtime.set_memory_mapped(true);
    Refusal refusal = note_mapped(who);
    if (policies_.mapping != MemoryMapping::eager) return refusal;
    for (unsigned map = 0; refusal == Refusal::none && map < who.image.map_count; ++map) {
        if (starts_private(who.image.maps[map].kind)) continue;
        const hal::PathScope path{hal::Path::apply_mapping};
        refusal = map_source_pages(who, map, 0, who.image.maps[map].pages);
    }
    return refusal;
}

Refusal Memory::map_source_pages(Running who, unsigned map, std::uint64_t first, std::uint64_t end)
{
    const Result<DataCap> cap = cap_of(who.frame, map);
    if (!cap.ok()) return cap.refusal();
    for (std::uint64_t page = first; page < end; ++page) {
        const hal::PathScope path{hal::Path::source_page};
        const PhysicalAddress frame = shared_frame(source_of(cap.value(), page));
        const Refusal refusal =
            newly_mapped(set_leaf(who, who.image.maps[map].page(page), frame, false), Omission::was_not_present);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

Refusal Memory::map_private_pages(Running who)
{
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const PrivatePage page = pages.get(index);
        const bool writable = who.image.maps[page.map].kind != MappingKind::pinned;
        // These tables have not been loaded since the mappings were cut off, or ever.
        const Refusal refusal =
            newly_mapped(set_leaf(who, page.linear, page.frame, writable), Omission::before_next_use);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

/// Unless there are buffers, or pages are to come at the first touch.
Refusal Memory::make_private_pages(Running who)
{
    if (policies_.mapping == MemoryMapping::lazy || PrivatePages{who.frame, heap_}.count() != 0) return Refusal::none;
    for (unsigned map = 0; map < who.image.map_count; ++map) {
        const MemoryMap& mapping = who.image.maps[map];
        if (!starts_private(mapping.kind)) continue;
        const hal::PathScope path{hal::Path::apply_mapping};
        const Result<DataCap> cap = cap_of(who.frame, map);
        if (!cap.ok()) return cap.refusal();
        for (std::uint64_t page = 0; page < mapping.pages; ++page) {
            const hal::PathScope filled{hal::Path::fill_page};
            const Result<PrivatePage> made = make_private(who, map, page, cap.value());
            if (!made.ok()) return made.refusal();
            const bool writable = mapping.kind != MappingKind::pinned;
            const Refusal refusal = newly_mapped(set_leaf(who, made.value().linear, made.value().frame, writable),
                                                 Omission::was_not_present);
            if (refusal != Refusal::none) return refusal;
        }
    }
    return Refusal::none;
}

void Memory::take_buffers(Running who)
{
    if (who.runtime.buffer_root().value() == 0) return;
    who.frame.set_private(who.runtime.buffer_root(), who.runtime.buffer_count());
    who.runtime.set_buffers({}, 0);
}

void Memory::keep_as_buffers(Frame frame, Runtime runtime)
{
    runtime.set_buffers(frame.private_root(), frame.private_count());
    frame.set_private({}, 0);
}

Refusal Memory::refill(Running who)
{
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::fill_page};
        const PrivatePage page = pages.get(index);
        const Result<DataCap> cap = cap_of(who.frame, page.map);
        if (!cap.ok()) return cap.refusal();
        fill(page.frame, source_of(cap.value(), who.image.maps[page.map].page_of(page.linear)));
    }
    return Refusal::none;
}

/// Does not exist() if nothing is mapped there.
Result<DataCap> Memory::cap_of(Frame frame, unsigned map)
{
    const std::uint64_t address = frame.mapped(map);
    if (address == 0) return DataCap{};
    return caps_.resident(address);
}

Memory::Source Memory::source_of(DataCap cap, std::uint64_t page)
{
    if (!cap.exists() || page >= cap.pages()) return {};
    return {cap, page};
}

/// The frame that read-only leaves lead to.
PhysicalAddress Memory::shared_frame(const Source& source) const
{
    if (!source.cap.exists()) return zero_page_;
    const PhysicalAddress frame = source.cap.page_frame(source.page);
    return frame.value() == 0 ? zero_page_ : frame;
}

void Memory::fill(PhysicalAddress frame, const Source& source)
{
    if (source.cap.exists()) {
        counters_.add(Counter::pages_copied);
        source.cap.copy_page(source.page, frame);
    } else {
        counters_.add(Counter::pages_zeroed);
        hal::zero_page(frame);
    }
}

Result<PrivatePage> Memory::make_private(Running who, unsigned map, std::uint64_t page, DataCap cap)
{
    const MemoryMap& mapping = who.image.maps[map];
    const CapStore::Pin pin{caps_, cap};
    const Result<PhysicalAddress> frame =
        lies_in_state_cache(mapping.kind) ? caps_.allocate_frame() : heap_.allocate_unfilled();
    if (!frame.ok()) return frame.refusal();
    const PrivatePage made{mapping.page(page), map, frame.value()};
    fill(made.frame, source_of(cap, page));
    const Refusal refusal = PrivatePages{who.frame, heap_}.add(made);
    if (refusal == Refusal::none) return made;
    release_private(made, who.image);
    return refusal;
}

Result<FlushObligation> Memory::set_leaf(Running who, LinearAddress linear, PhysicalAddress frame, bool writable)
{
    RuntimeTables tables{who.runtime, Runtime::Kept::memory, heap_};
    const Mapping mapping{
        linear, frame, PageSize::size_4k, {.rights = {.writable = writable, .user = true, .executable = false}}};
    return map_leaf(who.runtime.space(), mapping, tables);
}

FaultAnswer Memory::handle_fault(Running who, LinearAddress address, PageFaultCode code)
{
    const unsigned map = who.image.map_at(address);
    if (map == who.image.map_count || (code.value & PageFaultCode::fetch) != 0) return FaultAnswer::not_permitted;
    const bool write = (code.value & PageFaultCode::write) != 0;
    if (write && who.image.maps[map].kind == MappingKind::pinned) return FaultAnswer::not_permitted;
    const std::uint64_t page = who.image.maps[map].page_of(address);
    if ((code.value & PageFaultCode::present) != 0) return copy_on_write(who, map, page);
    return bring_in(who, map, page, write);
}

/// 2 MiB of pinned memory around the page, as far as the mapping goes; one page of any other.
FaultAnswer Memory::bring_in(Running who, unsigned map, std::uint64_t page, bool write)
{
    if (policies_.mapping != MemoryMapping::lazy) return FaultAnswer::not_permitted;
    const MemoryMap& mapping = who.image.maps[map];
    if (write || starts_private(mapping.kind)) {
        const hal::PathScope path{hal::Path::copy_on_write};
        counters_.add(Counter::copy_on_writes);
        const Refusal refusal = make_private_leaf(who, map, page, false);
        return refusal == Refusal::none ? FaultAnswer::resumed : FaultAnswer::out_of_memory;
    }
    const hal::PathScope path{hal::Path::demand_page};
    std::uint64_t first = page;
    std::uint64_t end = page + 1;
    if (mapping.kind == MappingKind::pinned) {
        const LinearAddress unit = mapping.page(page).page(PageSize::size_2m);
        first = unit <= mapping.start ? 0 : mapping.page_of(unit);
        end = std::min<std::uint64_t>(mapping.pages, mapping.page_of(unit + page_bytes(PageSize::size_2m)));
    }
    counters_.add(Counter::pages_brought_in, end - first);
    const Refusal refusal = map_source_pages(who, map, first, end);
    return refusal == Refusal::none ? FaultAnswer::resumed : FaultAnswer::out_of_memory;
}

/// A fault over a leaf that allows the write already came from what the processor had cached.
FaultAnswer Memory::copy_on_write(Running who, unsigned map, std::uint64_t page)
{
    const hal::PathScope path{hal::Path::copy_on_write};
    if (leaf_at(who.runtime.space(), who.image.maps[map].page(page)).rights().writable) return FaultAnswer::resumed;
    counters_.add(Counter::copy_on_writes);
    const Refusal refusal = make_private_leaf(who, map, page, true);
    return refusal == Refusal::none ? FaultAnswer::resumed : FaultAnswer::out_of_memory;
}

Refusal Memory::make_private_leaf(Running who, unsigned map, std::uint64_t page, bool was_present)
{
    const Result<DataCap> cap = cap_of(who.frame, map);
    if (!cap.ok()) return cap.refusal();
    const Result<PrivatePage> made = make_private(who, map, page, cap.value());
    if (!made.ok()) return made.refusal();
    const bool writable = who.image.maps[map].kind != MappingKind::pinned;
    Result<FlushObligation> set = set_leaf(who, made.value().linear, made.value().frame, writable);
    if (!set.ok()) return set.refusal();
    if (!was_present) {
        std::move(set).take().omit(Omission::was_not_present);
    } else if (policies_.cow_invlpg == 0) {
        std::move(set).take().omit(Omission::on_purpose);
    } else {
        std::move(set).take().flush();
        ++invlpgs_;
    }
    return Refusal::none;
}

Refusal Memory::point_at_source(Running who, unsigned map, std::uint64_t page)
{
    const Result<DataCap> cap = cap_of(who.frame, map);
    if (!cap.ok()) return cap.refusal();
    const PhysicalAddress frame = shared_frame(source_of(cap.value(), page));
    return newly_mapped(set_leaf(who, who.image.maps[map].page(page), frame, false), Omission::before_next_use);
}

void Memory::rearm(Running who, const PrivatePage& page)
{
    FlushObligation owed = set_leaf(who, page.linear, page.frame, false).take();
    if (policies_.rearm == Rearm::invlpg) {
        std::move(owed).flush();
        ++invlpgs_;
    } else {
        std::move(owed).omit(Omission::before_next_use);
    }
}

void Memory::release_private(const PrivatePage& page, const Image& image)
{
    if (page.frame.value() == 0) return;
    if (lies_in_state_cache(image.maps[page.map].kind))
        cache_.release(page.frame);
    else
        heap_.release(page.frame);
}

void Memory::discard_private(Frame frame, const Image& image)
{
    if (frame.private_root().value() == 0) return;
    const hal::PathScope dropped{hal::Path::drop_private};
    const PrivatePages pages{frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::release_private};
        release_private(pages.get(index), image);
    }
    pages.forget();
}

} // namespace drywalk::kernel
