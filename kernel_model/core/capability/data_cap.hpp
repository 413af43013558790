// SPDX-License-Identifier: MIT
// DataCaps: immutable bytes, page by page, in frames of the state cache.
#pragma once

#include "kernel_model/core/capability/content_hash.hpp"
#include "kernel_model/core/capability/heap.hpp"
#include "kernel_model/core/capability/object.hpp"

namespace drywalk::kernel {

/// The object that stands for a DataCap while its bytes are in the state cache: their length, and per page the frame
/// and the hash. A page without a frame is all zero. A packed DataCap's bytes start 8 bytes into its first frame, so it
/// has one frame more than pages and no page of its own.
class DataCap : public Object {
public:
    using Object::Object;

    /// All pages zero and without a hash yet; `packed` ones have no frames yet either.
    static Result<DataCap> create(std::uint64_t bytes, bool packed, Heap& heap);
    /// Gives the object back; its frames are somebody else's by now.
    void destroy(Heap& heap) const;

    [[nodiscard]] std::uint64_t address() const { return word(field_address); }
    [[nodiscard]] std::uint64_t bytes() const { return word(field_bytes); }
    [[nodiscard]] std::uint64_t pages() const { return pages_of(bytes()); }
    [[nodiscard]] bool packed() const { return word(field_packed) != 0; }
    /// Frames that the bytes take: see page_frame().
    [[nodiscard]] std::uint64_t frames() const { return pages() + (packed() ? 1 : 0); }
    /// How many runtimes map it.
    [[nodiscard]] std::uint64_t mappings() const { return word(field_mappings); }
    [[nodiscard]] std::uint64_t last_use() const { return word(field_last_use); }
    [[nodiscard]] x86::PhysicalAddress page_frame(std::uint64_t page) const
    {
        return x86::PhysicalAddress{hal::load(descriptor(page))};
    }
    [[nodiscard]] std::uint64_t page_hash(std::uint64_t page) const { return hal::load(descriptor(page) + 8); }

    void set_address(std::uint64_t address) const { set_word(field_address, address); }
    void set_mappings(std::uint64_t count) const { set_word(field_mappings, count); }
    void set_last_use(std::uint64_t tick) const { set_word(field_last_use, tick); }
    void set_page_frame(std::uint64_t page, x86::PhysicalAddress frame) const
    {
        hal::store(descriptor(page), frame.value());
    }
    void set_page_hash(std::uint64_t page, std::uint64_t hash) const { hal::store(descriptor(page) + 8, hash); }

    /// Fills the frame `to` with page `page`.
    void copy_page(std::uint64_t page, x86::PhysicalAddress to) const;
    /// Writes page `page` of a packed DataCap, all of whose frames are there, from the frame `from`.
    void write_packed_page(std::uint64_t page, x86::PhysicalAddress from) const;
    /// The content address that the length and the pages' hashes make.
    [[nodiscard]] std::uint64_t computed_address() const;

    [[nodiscard]] static constexpr std::uint64_t pages_of(std::uint64_t bytes)
    {
        return (bytes + x86::small_page_bytes - 1) / x86::small_page_bytes;
    }

private:
    enum Field : unsigned {
        field_address,
        field_bytes,
        field_packed,
        field_mappings,
        field_last_use,
        first_list = 8, ///< frames with 256 descriptors each
    };
    static constexpr std::uint64_t descriptors_per_list = 256;
    static constexpr std::uint64_t most_lists = 512 - first_list;

    [[nodiscard]] x86::PhysicalAddress descriptor(std::uint64_t page) const
    {
        const x86::PhysicalAddress list{word(first_list + page / descriptors_per_list)};
        return list + page % descriptors_per_list * 16;
    }
    /// Where the words of one packed page lie: all but the last behind the first word of a frame, then the next one.
    struct PackedPage {
        x86::PhysicalAddress first;
        x86::PhysicalAddress second;

        [[nodiscard]] x86::PhysicalAddress word(std::uint64_t index) const
        {
            return index + 1 < words_per_page ? first + (index + 1) * 8 : second;
        }
    };
    [[nodiscard]] PackedPage packed_page(std::uint64_t page) const { return {page_frame(page), page_frame(page + 1)}; }

    static_assert(most_lists * descriptors_per_list * x86::small_page_bytes > max_cap_bytes);
};

/// The hash of one page: see content_hash.hpp.
[[nodiscard]] std::uint64_t hash_page(x86::PhysicalAddress frame);

} // namespace drywalk::kernel
