// SPDX-License-Identifier: MIT
#include "sim/scenario/memory_need.hpp"

#include "kernel_model/program/layout.hpp"

#include <set>

namespace drywalk::scenario {

namespace {

namespace layout = kernel::layout;
using x86::Level;
using x86::LinearAddress;

[[nodiscard]] constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t unit)
{
    return (value + unit - 1) / unit;
}

/// Counts the tables below the root of one address space, each once.
class TableCount {
public:
    /// The tables that map `bytes` from `base`, down to that which holds the entry at `leaf`.
    void map(LinearAddress base, std::uint64_t bytes, Level leaf)
    {
        if (bytes == 0) return;
        for (Level level = x86::root_level; level != leaf; level = below(level)) {
            const unsigned shift = index_shift(level);
            const std::uint64_t last = (base.value() + bytes - 1) >> shift;
            for (std::uint64_t region = base.value() >> shift; region <= last; ++region)
                tables_.insert({static_cast<unsigned>(level), region});
        }
    }

    [[nodiscard]] std::uint64_t count() const { return tables_.size(); }

private:
    std::set<std::pair<unsigned, std::uint64_t>> tables_; ///< the entry's level and the region it covers
};

/// The root, the kernel image (4 KiB leaves), the direct map (2 MiB leaves), the state cache's window (4 KiB leaves),
/// and what leads to the program window.
[[nodiscard]] std::uint64_t kernel_frames(std::uint64_t memory_bytes, std::uint64_t state_cache_bytes)
{
    TableCount tables;
    const std::uint64_t image_bytes = layout::image_text_bytes + layout::image_data_bytes;
    tables.map(layout::kernel_base + layout::image_text.value(), image_bytes, Level::pte);
    tables.map(layout::direct_map, memory_bytes, Level::pde);
    tables.map(layout::program_window.page(x86::PageSize::size_1g), 1, Level::pdpte);
    tables.map(layout::state_cache_window, state_cache_bytes, Level::pte);
    return 1 + tables.count();
}

/// The directory, the leaves, and for 4 KiB leaves the page tables.
[[nodiscard]] std::uint64_t image_bytes(const Image& image, LinearAddress base)
{
    const std::uint64_t leaf_bytes = x86::page_bytes(image.page_size);
    const std::uint64_t bytes = (std::uint64_t{image.code_pages} + image.data_pages) * leaf_bytes;
    std::uint64_t tables = 1;
    if (image.page_size == x86::PageSize::size_4k && bytes != 0) {
        const unsigned shift = index_shift(Level::pde);
        tables += ((base.value() + bytes - 1) >> shift) - (base.value() >> shift) + 1;
    }
    return bytes + tables * x86::small_page_bytes;
}

/// The root, the stack, the working set, and the tables of these, of the stub and mailbox, and above the template.
[[nodiscard]] std::uint64_t instance_frames(const Instance& instance, const Layout& at)
{
    TableCount tables;
    tables.map(layout::stub, (1 + layout::mailbox_pages) * x86::small_page_bytes, Level::pte);
    tables.map(at.stack_base, x86::small_page_bytes, Level::pte);
    tables.map(at.working_set_base, instance.working_set_pages * x86::small_page_bytes, Level::pte);
    tables.map(at.template_base, 1, Level::pdpte);
    return 1 + 1 + instance.working_set_pages + tables.count();
}

[[nodiscard]] std::uint64_t state_cache_bytes(const Scenario& scenario)
{
    if (!has_capabilities(scenario)) return 0;
    return std::uint64_t{scenario.policies.state_cache_pages} * x86::small_page_bytes;
}

/// What stands for a DataCap that is in the state cache: an object, and a list for every 256 frames.
[[nodiscard]] std::uint64_t cap_frames(const DataCap& cap, bool packed)
{
    constexpr std::uint64_t frames_per_list = 256;
    return 1 + divide_up(pages_of(cap.bytes) + (packed ? 1 : 0), frames_per_list);
}

/// Its pinned slots, and with template_pointers the tables that its runtimes share.
[[nodiscard]] std::uint64_t capability_image_frames(const Scenario& scenario)
{
    if (scenario.policies.arena != kernel::Arena::template_pointers) return 1;
    TableCount tables;
    tables.map(scenario.layout.stack_base, x86::small_page_bytes, Level::pte);
    tables.map(layout::context, x86::small_page_bytes, Level::pte);
    return 1 + 2 + tables.count();
}

/// What the capability kernel has besides: the counts of the state cache, the directory, the zero page, the host.
[[nodiscard]] std::uint64_t capability_frames(const Scenario& scenario)
{
    constexpr std::uint64_t counts_per_frame = 512;
    constexpr std::uint64_t directory_frames = 32;
    std::uint64_t frames = divide_up(scenario.policies.state_cache_pages, counts_per_frame) + directory_frames + 2;
    for (const DataCap& cap : scenario.caps)
        frames += cap_frames(cap, scenario.policies.storage == kernel::CapStorage::packed);
    frames += scenario.images.size() * capability_image_frames(scenario);
    return frames + scenario.instances.size();
}

/// One runtime without memory, and a frame to run in: its object, root, stack and context, and the tables of these and
/// of the stub and mailbox.
[[nodiscard]] std::uint64_t runtime_frames(const Scenario& scenario)
{
    TableCount tables;
    tables.map(layout::stub, (1 + layout::mailbox_pages) * x86::small_page_bytes, Level::pte);
    tables.map(scenario.layout.stack_base, x86::small_page_bytes, Level::pte);
    tables.map(layout::context, x86::small_page_bytes, Level::pte);
    return 5 + tables.count();
}

} // namespace

std::uint64_t frame_pool_need(const Scenario& scenario)
{
    std::uint64_t frames = kernel_frames(scenario.memory_bytes, state_cache_bytes(scenario));
    std::uint64_t bytes = 0;
    for (const Image& image : scenario.images)
        bytes += image_bytes(image, scenario.layout.template_base);
    if (has_capabilities(scenario)) return bytes + (frames + capability_frames(scenario)) * x86::small_page_bytes;
    for (const Instance& instance : scenario.instances)
        frames += instance_frames(instance, scenario.layout);
    return bytes + frames * x86::small_page_bytes;
}

std::uint64_t memory_need(const Scenario& scenario)
{
    const std::uint64_t unit = x86::page_bytes(x86::PageSize::size_2m);
    std::uint64_t bytes = layout::frame_pool.value() + frame_pool_need(scenario);
    if (has_capabilities(scenario)) {
        bytes += runtime_frames(scenario) * x86::small_page_bytes + state_cache_bytes(scenario);
    }
    return divide_up(bytes, unit) * unit;
}

} // namespace drywalk::scenario
