// SPDX-License-Identifier: MIT
#include "kernel_model/core/image_switch.hpp"

#include "kernel_model/hal/path_scope.hpp"

#include <algorithm>

namespace drywalk::kernel {

ImageSwitch::ImageSwitch(Discipline discipline, std::uint32_t partial_pages, x86::Cr3 kernel)
    : discipline_{discipline}, partial_pages_{partial_pages}, kernel_{kernel}
{
}

void ImageSwitch::enter(x86::Cr3 space, const Template& next)
{
    const bool image_changes = last_.token != 0 && last_.token != next.token;
    if (image_changes) {
        switch_image(space, next);
    } else {
        park();
        load_space(space);
    }
    kernel_tables_loaded_ = false;
    if (last_.token != next.token) last_ = next;
}

void ImageSwitch::switch_image(x86::Cr3 space, const Template& next)
{
    const hal::PathScope path{hal::Path::switch_image};
    before_kernel_tables();
    park();
    under_kernel_tables();
    load_space(space);
    after_switch(next);
}

void ImageSwitch::leave()
{
    if (discipline_ != Discipline::global_invlpg_outgoing_under_old_cr3) park();
}

void ImageSwitch::park(hal::Where where)
{
    if (kernel_tables_loaded_) return;
    load_space(kernel_, where);
    kernel_tables_loaded_ = true;
}

void ImageSwitch::purge(x86::Cr3 space)
{
    load_space({(kernel_.value & x86::Entry::address_mask) | (space.value & x86::Cr3::pcid_mask)});
    load_space(kernel_);
    kernel_tables_loaded_ = true;
}

void ImageSwitch::before_kernel_tables()
{
    if (discipline_ == Discipline::global_invlpg_outgoing_under_old_cr3) invalidate(last_, last_.leaves);
}

void ImageSwitch::under_kernel_tables()
{
    switch (discipline_) {
    case Discipline::global_invlpg_outgoing_under_kernel_cr3: invalidate(last_, last_.leaves); break;
    case Discipline::global_invlpg_partial: invalidate(last_, partial_pages_); break;
    case Discipline::global_pge_toggle: toggle_global_pages(); break;
    case Discipline::not_global:
    case Discipline::global_no_flush:
    case Discipline::global_invlpg_outgoing_under_old_cr3:
    case Discipline::global_invlpg_incoming_after_switch:
    case Discipline::pcid_flush:
    case Discipline::pcid_tracked:
    case Discipline::pcid_no_flush: break;
    }
}

void ImageSwitch::after_switch(const Template& next)
{
    if (discipline_ == Discipline::global_invlpg_incoming_after_switch) invalidate(next, next.leaves);
}

void ImageSwitch::load_space(x86::Cr3 space, hal::Where where)
{
    hal::write_cr3(space, where);
    ++counts_.cr3_writes;
}

/// INVLPG of the first `count` leaves; what is owed for the others is left out. All that one leaf costs counts for its
/// own path, so that what is left of the switch does not grow with the template.
void ImageSwitch::invalidate(const Template& pages, std::uint32_t count)
{
    const std::uint32_t flushed = std::min(count, pages.leaves);
    for (std::uint32_t leaf = 0; leaf < flushed; ++leaf) {
        const hal::PathScope path{hal::Path::invalidate_page};
        FlushObligation{pages.leaf(leaf)}.flush();
        ++counts_.invlpgs;
    }
    for (std::uint32_t leaf = flushed; leaf < pages.leaves; ++leaf)
        FlushObligation{pages.leaf(leaf)}.omit(Omission::on_purpose);
}

/// Two writes: either change of PGE removes everything. [intel/vol3] 4.10.4.1
void ImageSwitch::toggle_global_pages()
{
    const x86::Cr4 cr4 = hal::read_cr4();
    hal::write_cr4({cr4.value & ~x86::Cr4::pge});
    hal::write_cr4(cr4);
    counts_.cr4_writes += 2;
}

} // namespace drywalk::kernel
