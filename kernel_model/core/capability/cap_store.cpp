// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/cap_store.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

Result<std::uint64_t> CapStore::publish_from_host(std::uint32_t record)
{
    const Result<DataCap> brought = bring(record);
    if (!brought.ok()) return brought.refusal();
    const Result<Published> published = publish(brought.value());
    if (!published.ok() || published.value().found) abandon(brought.value());
    if (!published.ok()) return published.refusal();
    directory_.find(published.value().address).set_host_record(std::uint64_t{record} + 1);
    return published.value().address;
}

void CapStore::reference(std::uint64_t address)
{
    const DirectoryEntry entry = directory_.find(address);
    entry.set_references(entry.references() + 1);
}

void CapStore::release(std::uint64_t address)
{
    const DirectoryEntry entry = directory_.find(address);
    const std::uint64_t left = entry.references() - 1;
    entry.set_references(left);
    if (left == 0) drop_unwanted(entry);
}

/// Nothing refers to it.
void CapStore::drop_unwanted(DirectoryEntry entry)
{
    const DataCap cap = entry.cap();
    if (entry.host_record() != 0 || (cap.exists() && cap.mappings() != 0)) return;
    if (cap.exists()) abandon(cap);
    directory_.erase(entry);
}

Result<DataCap> CapStore::resident(std::uint64_t address)
{
    DirectoryEntry entry = directory_.find(address);
    DataCap cap = entry.cap();
    if (!cap.exists()) {
        const Result<DataCap> brought = bring(static_cast<std::uint32_t>(entry.host_record() - 1));
        if (!brought.ok()) return brought.refusal();
        cap = brought.value();
        cap.set_address(address);
        entry.set_cap(cap);
        counters_.add(Counter::caps_brought_again);
    }
    cap.set_last_use(++clock_);
    return cap;
}

/// The bytes may have been evicted since, mapped or not, if the policy is careless.
void CapStore::note_unmapped(std::uint64_t address)
{
    const DirectoryEntry entry = directory_.find(address);
    if (!entry.exists() || !entry.cap().exists()) return;
    const DataCap cap = entry.cap();
    const std::uint64_t mappings = cap.mappings();
    if (mappings != 0) cap.set_mappings(mappings - 1);
    if (mappings == 1 && entry.references() == 0) drop_unwanted(entry);
}

Result<PhysicalAddress> CapStore::allocate_frame()
{
    for (;;) {
        const Result<PhysicalAddress> frame = cache_.allocate();
        if (frame.ok() || !evict_one()) return frame;
    }
}

Result<DataCap> CapStore::begin(std::uint64_t bytes)
{
    const bool packed = policies_.storage == CapStorage::packed;
    const Result<DataCap> made = DataCap::create(bytes, packed, heap_);
    if (!made.ok() || !packed) return made;
    const std::uint64_t frames = made.value().frames();
    for (std::uint64_t index = 0; index < frames; ++index) {
        const Result<PhysicalAddress> frame = allocate_frame();
        if (!frame.ok()) {
            abandon(made.value());
            return frame.refusal();
        }
        cache_.share(frame.value());
        made.value().set_page_frame(index, frame.value());
    }
    hal::store(made.value().page_frame(0), bytes);
    return made;
}

void CapStore::share_page(DataCap made, std::uint64_t page, DataCap other)
{
    const PhysicalAddress frame = other.page_frame(page);
    made.set_page_frame(page, frame);
    made.set_page_hash(page, other.page_hash(page));
    if (frame.value() != 0) cache_.share(frame);
}

void CapStore::take_page(DataCap made, std::uint64_t page, PhysicalAddress frame, std::uint64_t hash)
{
    cache_.share(frame);
    made.set_page_frame(page, frame);
    made.set_page_hash(page, hash);
}

void CapStore::abandon(DataCap made)
{
    const hal::PathScope path{hal::Path::drop_cap};
    const std::uint64_t frames = made.frames();
    for (std::uint64_t index = 0; index < frames; ++index) {
        const hal::PathScope dropped{hal::Path::drop_page};
        const PhysicalAddress frame = made.page_frame(index);
        if (frame.value() != 0) cache_.drop(frame);
    }
    made.destroy(heap_);
}

Result<CapStore::Published> CapStore::publish(DataCap made)
{
    const hal::PathScope path{hal::Path::publish_cap};
    const std::uint64_t address = made.computed_address();
    DirectoryEntry entry = directory_.find(address);
    if (entry.exists() && entry.cap().exists()) {
        counters_.add(Counter::caps_found);
        return Published{address, true};
    }
    if (!entry.exists()) {
        const Result<DirectoryEntry> inserted = directory_.insert(address);
        if (!inserted.ok()) return inserted.refusal();
        entry = inserted.value();
    }
    made.set_address(address);
    made.set_last_use(++clock_);
    entry.set_cap(made);
    counters_.add(Counter::caps_published);
    return Published{address, false};
}

/// What nothing refers to would be gone for good, and is gone already; what the host can bring again may be referred
/// to.
bool CapStore::may_evict(DirectoryEntry entry) const
{
    const DataCap cap = entry.cap();
    if (!cap.exists() || cap == pinned_) return false;
    if (cap.mappings() != 0 && policies_.eviction != Eviction::careless) return false;
    return entry.host_record() != 0;
}

/// The least recently used of those that may go. False if there is none.
bool CapStore::evict_one()
{
    const hal::PathScope path{hal::Path::evict_cap};
    DirectoryEntry victim;
    std::uint64_t oldest = ~std::uint64_t{0};
    directory_.for_each([&](DirectoryEntry entry) {
        const hal::PathScope considered{hal::Path::victim};
        if (!may_evict(entry)) return;
        const std::uint64_t last_use = entry.cap().last_use();
        if (last_use >= oldest) return;
        oldest = last_use;
        victim = entry;
    });
    if (!victim.exists()) return false;
    evict(victim);
    return true;
}

void CapStore::evict(DirectoryEntry entry)
{
    counters_.add(Counter::caps_evicted);
    abandon(entry.cap());
    entry.set_cap(DataCap{});
}

Refusal CapStore::receive_pages(DataCap made, std::uint32_t record)
{
    const std::uint64_t pages = made.pages();
    if (made.packed()) {
        const Result<PhysicalAddress> arrival = heap_.allocate_unfilled();
        if (!arrival.ok()) return arrival.refusal();
        for (std::uint64_t page = 0; page < pages; ++page) {
            hal::receive_page(record, static_cast<std::uint32_t>(page), arrival.value());
            made.set_page_hash(page, hash_page(arrival.value()));
            made.write_packed_page(page, arrival.value());
        }
        heap_.release(arrival.value());
        return Refusal::none;
    }
    for (std::uint64_t page = 0; page < pages; ++page) {
        const Result<PhysicalAddress> frame = allocate_frame();
        if (!frame.ok()) return frame.refusal();
        hal::receive_page(record, static_cast<std::uint32_t>(page), frame.value());
        take_page(made, page, frame.value(), hash_page(frame.value()));
    }
    return Refusal::none;
}

Result<DataCap> CapStore::bring(std::uint32_t record)
{
    const Result<DataCap> made = begin(hal::cap_record(record).bytes);
    if (!made.ok()) return made.refusal();
    const Refusal refusal = receive_pages(made.value(), record);
    if (refusal != Refusal::none) {
        abandon(made.value());
        return refusal;
    }
    return made;
}

} // namespace drywalk::kernel
