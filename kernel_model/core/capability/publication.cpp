// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/publication.hpp"

#include <algorithm>

namespace drywalk::kernel {

using x86::PhysicalAddress;

Refusal Publication::publish(Running who, bool keeps_runtime)
{
    const bool copies_on_write = policies_.copy_on_write != 0;
    for (unsigned map = 0; map < who.image.map_count; ++map) {
        if (who.image.maps[map].kind != MappingKind::persistent) continue;
        const Refusal refusal = publish_map(who, map, keeps_runtime && copies_on_write);
        if (refusal != Refusal::none) return refusal;
    }
    if (!keeps_runtime) return Refusal::none;
    if (copies_on_write) return clear_unpublished(who);
    memory_.keep_as_buffers(who.frame, who.runtime);
    return Refusal::none;
}

bool Publication::publishes(Running who, unsigned map) const
{
    const MemoryMap& mapping = who.image.maps[map];
    return mapping.kind == MappingKind::persistent && !who.frame.replaced(mapping.slot);
}

Refusal Publication::publish_map(Running who, unsigned map, bool edits_leaves)
{
    const hal::PathScope path{hal::Path::publish_mapping};
    const unsigned slot = who.image.maps[map].slot;
    std::uint64_t published = 0;
    if (publishes(who, map)) {
        const Result<Written> written = examine(who, map);
        if (!written.ok()) return written.refusal();
        published = policies_.copy_on_write != 0 ? written.value().pages : written.value().changed;
        if (written.value().changed != 0) {
            const Refusal refusal = publish_changes(who, map, written.value(), edits_leaves);
            if (refusal != Refusal::none) return refusal;
        }
    }
    const SlotValue value = who.frame.slot(slot);
    const std::uint64_t address = value.is_data() ? value.address() : 0;
    hal::report({ObservationKind::state, static_cast<std::uint32_t>(published), slot, address});
    return Refusal::none;
}

Result<Publication::Written> Publication::examine(Running who, unsigned map)
{
    const MemoryMap& mapping = who.image.maps[map];
    const std::uint64_t address = who.frame.mapped(map);
    DataCap old;
    if (address != 0) {
        const Result<DataCap> resident = caps_.resident(address);
        if (!resident.ok()) return resident.refusal();
        old = resident.value();
    }
    const std::uint64_t old_pages = old.exists() ? old.pages() : 0;
    Written written;
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::examine_page};
        const PrivatePage page = pages.get(index);
        if (page.map != map) continue;
        const std::uint64_t place = mapping.page_of(page.linear);
        const std::uint64_t hash = hash_page(page.frame);
        const bool changed = hash != (place < old_pages ? old.page_hash(place) : zero_page_hash);
        pages.note_hash(index, hash, changed);
        ++written.pages;
        if (!changed) continue;
        ++written.changed;
        written.end = std::max(written.end, place + 1);
    }
    return written;
}

Refusal Publication::publish_changes(Running who, unsigned map, const Written& written, bool edits_leaves)
{
    const hal::PathScope path{hal::Path::make_cap};
    DataCap old;
    if (const std::uint64_t address = who.frame.mapped(map); address != 0) {
        const Result<DataCap> resident = caps_.resident(address);
        if (!resident.ok()) return resident.refusal();
        old = resident.value();
    }
    const CapStore::Pin pin{caps_, old};
    const std::uint64_t pages = std::max(old.exists() ? old.pages() : 0, written.end);
    const Result<DataCap> made = caps_.begin(pages * x86::small_page_bytes);
    if (!made.ok()) return made.refusal();
    Refusal refusal = merge(who, map, made.value(), old);
    Result<CapStore::Published> published{refusal};
    if (refusal == Refusal::none) published = caps_.publish(made.value());
    if (!published.ok()) {
        caps_.abandon(made.value());
        return published.refusal();
    }
    const std::uint64_t address = published.value().address;
    slots_.set(who.frame, who.image.maps[map].slot, SlotValue::data(address));
    change_mapped(who, map, address);
    if (edits_leaves) refusal = show_published(who, map, published.value().found);
    if (published.value().found) {
        if (who.runtime.exists()) runtimes_.purge(who.runtime);
        caps_.abandon(made.value());
    }
    return refusal;
}

Refusal Publication::merge(Running who, unsigned map, DataCap made, DataCap old)
{
    return made.packed() ? merge_packed(who, map, made, old) : merge_aligned(who, map, made, old);
}

/// Changed pages are taken, or copied, into the DataCap in the making; it shares all others with the old one.
Refusal Publication::merge_aligned(Running who, unsigned map, DataCap made, DataCap old)
{
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::merge_page};
        const PrivatePage page = pages.get(index);
        if (page.map != map || !pages.changed(index)) continue;
        const Refusal refusal = take_changed_page(made, pages, index, who.image.maps[map].page_of(page.linear));
        if (refusal != Refusal::none) return refusal;
    }
    const std::uint64_t old_pages = old.exists() ? old.pages() : 0;
    const std::uint64_t all = made.pages();
    for (std::uint64_t page = 0; page < all; ++page) {
        const hal::PathScope path{hal::Path::merge_page};
        if (made.page_frame(page).value() != 0) continue;
        if (page < old_pages)
            caps_.share_page(made, page, old);
        else
            made.set_page_hash(page, zero_page_hash);
    }
    return Refusal::none;
}

Refusal Publication::take_changed_page(DataCap made, const PrivatePages& pages, std::uint64_t index, std::uint64_t page)
{
    const PhysicalAddress written = pages.get(index).frame;
    if (policies_.copy_on_write != 0) {
        caps_.take_page(made, page, written, pages.hash(index));
        pages.give_away(index);
        return Refusal::none;
    }
    const Result<PhysicalAddress> frame = caps_.allocate_frame();
    if (!frame.ok()) return frame.refusal();
    hal::copy_page(frame.value(), written);
    counters_.add(Counter::pages_copied);
    caps_.take_page(made, page, frame.value(), pages.hash(index));
    return Refusal::none;
}

/// Nothing can be shared: every word is written, by way of a frame of the heap.
Refusal Publication::merge_packed(Running who, unsigned map, DataCap made, DataCap old)
{
    const Result<PhysicalAddress> between = heap_.allocate();
    if (!between.ok()) return between.refusal();
    const std::uint64_t old_pages = old.exists() ? old.pages() : 0;
    const std::uint64_t all = made.pages();
    for (std::uint64_t page = 0; page < all; ++page) {
        const hal::PathScope path{hal::Path::merge_packed_page};
        if (page < old_pages)
            old.copy_page(page, between.value());
        else
            hal::zero_page(between.value());
        made.write_packed_page(page, between.value());
        made.set_page_hash(page, page < old_pages ? old.page_hash(page) : zero_page_hash);
    }
    heap_.release(between.value());
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const PrivatePage page = pages.get(index);
        if (page.map != map || !pages.changed(index)) continue;
        const std::uint64_t place = who.image.maps[map].page_of(page.linear);
        made.write_packed_page(place, page.frame);
        made.set_page_hash(place, pages.hash(index));
        counters_.add(Counter::pages_copied);
    }
    return Refusal::none;
}

/// The frame, and its runtime if there is one, go over to the published DataCap.
void Publication::change_mapped(Running who, unsigned map, std::uint64_t address)
{
    const std::uint64_t old = who.frame.mapped(map);
    caps_.reference(address);
    who.frame.set_mapped(map, address);
    if (who.runtime.exists() && who.runtime.memory_mapped()) {
        if (const Result<DataCap> cap = caps_.resident(address); cap.ok()) caps_.note_mapped(cap.value());
        if (old != 0) caps_.note_unmapped(old);
        who.runtime.set_mapped(map, address);
    }
    if (old != 0) caps_.release(old);
}

/// The kept runtime's leaves of the pages that were written: read-only on what is published.
Refusal Publication::show_published(Running who, unsigned map, bool found)
{
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    who.runtime.set_needs_flush(true);
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::rearm_page};
        PrivatePage page = pages.get(index);
        if (page.map != map || !pages.changed(index)) continue;
        const std::uint64_t place = who.image.maps[map].page_of(page.linear);
        if (found) {
            const Refusal refusal = memory_.point_at_source(who, map, place);
            if (refusal != Refusal::none) return refusal;
        } else {
            page.frame = caps_.resident(who.frame.mapped(map)).value().page_frame(place);
            memory_.rearm(who, page);
        }
    }
    return Refusal::none;
}

/// What is private still: written without a change, ephemeral, or under a slot that was replaced. Its leaves go back to
/// what they show at a CALL; under a replaced slot that is not known yet, so all memory is cut off.
Refusal Publication::clear_unpublished(Running who)
{
    if (who.frame.private_root().value() == 0) return Refusal::none;
    const hal::PathScope cleared{hal::Path::clear_private};
    const PrivatePages pages{who.frame, heap_};
    const std::uint64_t count = pages.count();
    bool replaced = false;
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::rearm_page};
        const PrivatePage page = pages.get(index);
        if (page.frame.value() == 0) continue;
        const MemoryMap& mapping = who.image.maps[page.map];
        if (mapping.kind == MappingKind::persistent && who.frame.replaced(mapping.slot)) {
            replaced = true;
            continue;
        }
        who.runtime.set_needs_flush(true);
        const Refusal refusal = memory_.point_at_source(who, page.map, mapping.page_of(page.linear));
        if (refusal != Refusal::none) return refusal;
    }
    if (replaced) runtimes_.unmap_memory(who.runtime);
    runtimes_.purge(who.runtime);
    memory_.discard_private(who.frame, who.image);
    return Refusal::none;
}

} // namespace drywalk::kernel
