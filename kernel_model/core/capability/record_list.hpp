// SPDX-License-Identifier: MIT
// A list of four-word records in frames of the heap, as long as 65,536.
#pragma once

#include "kernel_model/core/capability/heap.hpp"
#include "kernel_model/core/capability/object.hpp"

namespace drywalk::kernel {

/// The root frame leads to chunks of 128 records. The count is the owner's to keep: it lies in the owner's object.
class RecordList : public Object {
public:
    using Object::Object;
    static constexpr std::uint64_t records_per_chunk = 128;
    static constexpr std::uint64_t most_records = 512 * records_per_chunk;

    [[nodiscard]] std::uint64_t get(std::uint64_t record, unsigned field) const { return hal::load(at(record, field)); }
    void set(std::uint64_t record, unsigned field, std::uint64_t value) const { hal::store(at(record, field), value); }

    /// Makes room for record `count`, the first that does not exist yet.
    [[nodiscard]] Refusal grow(std::uint64_t count, Heap& heap) const;
    /// Gives back the frames of a list of `count` records, the root too.
    void release(std::uint64_t count, Heap& heap) const;

private:
    [[nodiscard]] x86::PhysicalAddress at(std::uint64_t record, unsigned field) const
    {
        const x86::PhysicalAddress chunk{word(record / records_per_chunk)};
        return chunk + (record % records_per_chunk * 4 + field) * 8;
    }
};

} // namespace drywalk::kernel
