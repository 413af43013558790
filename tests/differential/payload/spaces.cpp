// SPDX-License-Identifier: MIT
// The address spaces that programs run in. All of the payload is mapped by 4 KiB leaves that are not global: QEMU keeps
// a record of large pages that makes INVLPG drop more, and nothing here is to hide what programs do.

#include "tests/differential/payload/spaces.hpp"

#include "kernel_model/hal/x86_64/multiboot_module.hpp"
#include "tests/differential/payload/arena.hpp"

namespace drywalk::differential {

namespace {

namespace layout = kernel::layout;
using kernel::x86_64::direct;
using x86::Entry;

/// One path of tables that ends in one page table: 2 MiB of address space.
struct Region {
    LinearAddress start;
    alignas(4096) std::uint64_t pointers[x86::entries_per_table] = {};
    alignas(4096) std::uint64_t directory[x86::entries_per_table] = {};
    alignas(4096) std::uint64_t pages[x86::entries_per_table] = {};

    void map(LinearAddress linear, PhysicalAddress page, x86::Rights rights)
    {
        pages[linear.index(Level::pte)] = Entry::table(page, rights).raw();
    }
};

constinit Region image;
constinit Region views;
constinit Region ring3;

constexpr x86::Rights supervisor{.user = false};

[[nodiscard]] Entry link_to(const std::uint64_t* table)
{
    return Entry::table(PhysicalAddress{reinterpret_cast<std::uint64_t>(table) - layout::kernel_base.value()});
}

void link(Region& region, LinearAddress start)
{
    region.start = start;
    region.pointers[start.index(Level::pdpte)] = link_to(region.directory).raw();
    region.directory[start.index(Level::pde)] = link_to(region.pages).raw();
}

void map_image()
{
    link(image, layout::kernel_base);
    constexpr std::uint64_t bytes = layout::image_text_bytes + layout::image_data_bytes;
    for (std::uint64_t offset = 0; offset < bytes; offset += x86::small_page_bytes) {
        const auto page = layout::image_text + offset;
        image.map(layout::kernel_base + page.value(), page, supervisor);
    }
}

void map_views()
{
    link(views, LinearAddress::truncate(table_view(table_pool.page(x86::PageSize::size_2m))));
    for (unsigned table = 0; table < table_count; ++table) {
        const auto page = table_pool + std::uint64_t{table} * x86::small_page_bytes;
        views.map(LinearAddress::truncate(table_view(page)), page, supervisor);
    }
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        views.map(LinearAddress::truncate(frame_view(frame)), frame_address(frame), supervisor);
    }
}

void map_ring3()
{
    link(ring3, layout::stub);
    ring3.map(layout::stub, layout::user_stub, {});
    for (std::uint64_t page = 0; page < layout::mailbox_pages; ++page) {
        const std::uint64_t offset = page * x86::small_page_bytes;
        ring3.map(layout::mailbox_items + offset, layout::mailbox + offset, {});
    }
}

} // namespace

void build_spaces()
{
    map_image();
    map_views();
    map_ring3();
    std::memset(direct(table_pool), 0, table_count * x86::small_page_bytes);
    for (unsigned root = 0; root < plan_of(Level::pml4e).tables; ++root) {
        auto* const table = reinterpret_cast<std::uint64_t*>(direct(table_address(Level::pml4e, root)));
        for (const Region* region : {&image, &views, &ring3})
            table[region->start.index(Level::pml4e)] = link_to(region->pointers).raw();
    }
}

} // namespace drywalk::differential
