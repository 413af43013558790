// SPDX-License-Identifier: MIT
// A frame's private pages: what it wrote, or got as a copy. They are the frame's, whatever becomes of its tables.
#pragma once

#include "kernel_model/core/capability/cnode.hpp"
#include "kernel_model/core/capability/record_list.hpp"

namespace drywalk::kernel {

/// One private page.
struct PrivatePage {
    x86::LinearAddress linear;
    unsigned map = 0;           ///< the Image's mapping
    x86::PhysicalAddress frame; ///< 0: published meanwhile, no longer private
};

/// The list of a frame's private pages; `owner` keeps where it lies.
class PrivatePages {
public:
    PrivatePages(Frame owner, Heap& heap) : owner_{owner}, heap_{heap} {}

    [[nodiscard]] std::uint64_t count() const { return owner_.private_count(); }
    [[nodiscard]] PrivatePage get(std::uint64_t index) const
    {
        const std::uint64_t place = list().get(index, field_place);
        return {x86::LinearAddress::truncate(place & ~map_mask), static_cast<unsigned>(place & map_mask),
                x86::PhysicalAddress{list().get(index, field_frame)}};
    }
    /// Appends one; the frame stays the caller's on refusal.
    [[nodiscard]] Refusal add(const PrivatePage& page) const;
    /// The frame belongs to somebody else now.
    void give_away(std::uint64_t index) const { list().set(index, field_frame, 0); }

    // Scratch for publication: the page's hash, and whether its content differs from what was mapped.
    void note_hash(std::uint64_t index, std::uint64_t hash, bool changed) const
    {
        list().set(index, field_hash, hash);
        list().set(index, field_changed, changed ? 1 : 0);
    }
    [[nodiscard]] std::uint64_t hash(std::uint64_t index) const { return list().get(index, field_hash); }
    [[nodiscard]] bool changed(std::uint64_t index) const { return list().get(index, field_changed) != 0; }

    /// Gives back the list, which exists, not the frames in it.
    void forget() const;

private:
    enum Field : unsigned { field_place, field_frame, field_hash, field_changed };
    static constexpr std::uint64_t map_mask = x86::small_page_bytes - 1;

    [[nodiscard]] RecordList list() const { return RecordList{owner_.private_root()}; }

    Frame owner_;
    Heap& heap_;
};

} // namespace drywalk::kernel
