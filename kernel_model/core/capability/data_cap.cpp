// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/data_cap.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

Result<DataCap> DataCap::create(std::uint64_t bytes, bool packed, Heap& heap)
{
    const Result<PhysicalAddress> frame = heap.allocate();
    if (!frame.ok()) return frame.refusal();
    const DataCap cap{frame.value()};
    cap.set_word(field_bytes, bytes);
    cap.set_word(field_packed, packed ? 1 : 0);
    const std::uint64_t frames = cap.frames();
    for (std::uint64_t first = 0; first < frames; first += descriptors_per_list) {
        const Result<PhysicalAddress> list = heap.allocate();
        if (!list.ok()) {
            cap.destroy(heap);
            return list.refusal();
        }
        cap.set_word(first_list + first / descriptors_per_list, list.value().value());
    }
    return cap;
}

void DataCap::destroy(Heap& heap) const
{
    const std::uint64_t all = frames();
    for (std::uint64_t first = 0; first < all; first += descriptors_per_list) {
        const PhysicalAddress list{word(first_list + first / descriptors_per_list)};
        if (list.value() != 0) heap.release(list);
    }
    heap.release(frame());
}

void DataCap::copy_page(std::uint64_t page, PhysicalAddress to) const
{
    if (!packed()) {
        const PhysicalAddress from = page_frame(page);
        if (from.value() == 0)
            hal::zero_page(to);
        else
            hal::copy_page(to, from);
        return;
    }
    const hal::PathScope path{hal::Path::copy_words};
    const PackedPage from = packed_page(page);
    for (std::uint64_t index = 0; index < words_per_page; ++index)
        hal::store(to + index * 8, hal::load(from.word(index)));
}

void DataCap::write_packed_page(std::uint64_t page, PhysicalAddress from) const
{
    const hal::PathScope path{hal::Path::copy_words};
    const PackedPage to = packed_page(page);
    for (std::uint64_t index = 0; index < words_per_page; ++index)
        hal::store(to.word(index), hal::load(from + index * 8));
}

std::uint64_t DataCap::computed_address() const
{
    const std::uint64_t length = bytes();
    ContentAddress content{length};
    for (std::uint64_t page = 0; page < pages_of(length); ++page) {
        const hal::PathScope path{hal::Path::address_page};
        content.add_page(page_hash(page));
    }
    return content.value();
}

std::uint64_t hash_page(PhysicalAddress frame)
{
    const hal::PathScope path{hal::Path::hash_page};
    WordHash hash;
    for (std::uint64_t index = 0; index < words_per_page; ++index)
        hash.add(hal::load(frame + index * 8));
    return hash.value();
}

} // namespace drywalk::kernel
