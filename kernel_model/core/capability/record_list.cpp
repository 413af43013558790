// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/record_list.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

Refusal RecordList::grow(std::uint64_t count, Heap& heap) const
{
    if (count % records_per_chunk != 0) return Refusal::none;
    if (count == most_records) return Refusal::out_of_memory;
    const Result<PhysicalAddress> chunk = heap.allocate_unfilled();
    if (chunk.ok()) set_word(count / records_per_chunk, chunk.value().value());
    return chunk.refusal();
}

void RecordList::release(std::uint64_t count, Heap& heap) const
{
    for (std::uint64_t record = 0; record < count; record += records_per_chunk)
        heap.release(PhysicalAddress{word(record / records_per_chunk)});
    heap.release(frame());
}

} // namespace drywalk::kernel
