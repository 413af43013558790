// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/runtime_pool.hpp"

#include "kernel_model/core/address_space.hpp"
#include "kernel_model/core/capability/record_list.hpp"

namespace drywalk::kernel {

using x86::Cr3;
using x86::Entry;
using x86::LeafAttributes;
using x86::Level;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

constexpr LeafAttributes user_data{.rights = {.writable = true, .user = true, .executable = false}};

/// The leaf of the template for its leaf `index`.
[[nodiscard]] Entry template_entry(const Template& arena, std::uint32_t index)
{
    const x86::LinearAddress linear = arena.leaf(index);
    const Entry pde{hal::load(arena.directory.table + std::uint64_t{linear.index(Level::pde)} * x86::entry_bytes)};
    if (arena.page_size == PageSize::size_2m) return pde;
    return Entry{hal::load(pde.next_table() + std::uint64_t{linear.index(Level::pte)} * x86::entry_bytes)};
}

[[nodiscard]] LeafAttributes attributes_of(Entry leaf) { return {.rights = leaf.rights(), .global = leaf.global()}; }

} // namespace

Result<FlushObligation> map_leaf(Subtree space, const Mapping& mapping, TableAllocator& tables, hal::Where where)
{
    const hal::PathScope path{hal::Path::map_leaf};
    return map(space, mapping, tables, where);
}

RuntimePool::RuntimePool(const Policies& policies, const RuntimeLayout& layout, bool pcids, Heap& heap, CapStore& caps,
                         ImageSwitch& image_switch, Counters& counters)
    : policies_{policies}, layout_{layout}, pcids_{pcids}, heap_{heap}, caps_{caps},
      image_switch_{image_switch}, counters_{counters}
{
    // The first one to be taken is PCID 1; 0 is the kernel's.
    for (std::uint32_t pcid = max_runtime_limit; pcid != 0; --pcid)
        free_pcids_[free_pcid_count_++] = static_cast<std::uint16_t>(pcid);
}

Refusal RuntimePool::prepare_image(Image& image)
{
    if (policies_.arena != Arena::template_pointers) return Refusal::none;
    PhysicalAddress* const frames[] = {&image.pointers, &image.stack, &image.context};
    for (PhysicalAddress* const frame : frames) {
        const Result<PhysicalAddress> allocated = heap_.allocate();
        if (!allocated.ok()) return allocated.refusal();
        *frame = allocated.value();
    }
    const Subtree pointers{image.pointers, Level::pdpte};
    Refusal refusal =
        newly_mapped(borrow(pointers, image.arena.base, image.arena.directory, heap_), Omission::not_reachable);
    if (refusal == Refusal::none) {
        refusal = newly_mapped(map(pointers, {layout_.stack, image.stack, PageSize::size_4k, user_data}, heap_),
                               Omission::not_reachable);
    }
    if (refusal == Refusal::none) {
        refusal = newly_mapped(map(pointers, {layout::context, image.context, PageSize::size_4k, user_data}, heap_),
                               Omission::not_reachable);
    }
    return refusal;
}

Result<Runtime> RuntimePool::acquire(const Image& image, std::uint32_t index)
{
    const hal::PathScope path{hal::Path::acquire_runtime};
    if (const Runtime idle = idle_runtime(index); idle.exists()) {
        counters_.add(Counter::runtimes_reused);
        return idle;
    }
    while (resident_ >= policies_.runtime_limit)
        drop(oldest_);
    return build(image, index);
}

/// The idle ones are looked for from the oldest on: those that run are at the other end.
Runtime RuntimePool::idle_runtime(std::uint32_t image) const
{
    if (policies_.keep_runtimes == 0) return {};
    for (Runtime runtime = oldest_; runtime.exists(); runtime = runtime.newer()) {
        if (runtime.owner().exists()) break;
        if (runtime.image() == image) return runtime;
    }
    return {};
}

Result<Runtime> RuntimePool::build(const Image& image, std::uint32_t index)
{
    const hal::PathScope path{hal::Path::build_runtime};
    const Result<PhysicalAddress> object = heap_.allocate();
    if (!object.ok()) return object.refusal();
    const Runtime runtime{object.value()};
    runtime.set_image(index);
    runtime.set_pcid(free_pcids_[--free_pcid_count_]);
    runtime.set_needs_flush(true);
    link_newest(runtime);
    const Refusal refusal = fill(runtime, image);
    if (refusal != Refusal::none) {
        drop(runtime);
        return refusal;
    }
    counters_.add(Counter::runtimes_built);
    return runtime;
}

Refusal RuntimePool::fill(Runtime runtime, const Image& image)
{
    RuntimeTables tables{runtime, Runtime::Kept::base, heap_};
    const Result<PhysicalAddress> root = tables.allocate_table();
    if (!root.ok()) return root.refusal();
    runtime.set_root(root.value());
    const Subtree space = runtime.space();
    copy_kernel_half(layout_.kernel_space, space);
    Refusal refusal = map_fixed_user_pages(space, tables);
    if (refusal == Refusal::none && policies_.arena != Arena::template_pointers) {
        refusal = map_context_and_stack(runtime, space, tables);
    }
    if (refusal == Refusal::none) refusal = map_arena(runtime, image, tables);
    return refusal;
}

Refusal RuntimePool::map_context_and_stack(Runtime runtime, Subtree space, TableAllocator& tables)
{
    const Result<PhysicalAddress> context = heap_.allocate();
    if (!context.ok()) return context.refusal();
    runtime.set_context(context.value());
    const Result<PhysicalAddress> stack = heap_.allocate();
    if (!stack.ok()) return stack.refusal();
    runtime.set_stack(stack.value());
    const Mapping mappings[] = {{layout::context, context.value(), PageSize::size_4k, user_data},
                                {layout_.stack, stack.value(), PageSize::size_4k, user_data}};
    for (const Mapping& mapping : mappings) {
        const Refusal refusal = newly_mapped(map_leaf(space, mapping, tables), Omission::not_reachable);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

Refusal RuntimePool::map_arena(Runtime runtime, const Image& image, TableAllocator& tables)
{
    const Subtree space = runtime.space();
    switch (policies_.arena) {
    case Arena::template_directory:
        return newly_mapped(borrow(space, image.arena.base, image.arena.directory, tables), Omission::not_reachable);
    case Arena::template_pointers:
        return newly_mapped(borrow(space, image.arena.base, {image.pointers, Level::pdpte}, tables),
                            Omission::not_reachable);
    case Arena::copied:
    case Arena::shared: break;
    }
    for (std::uint32_t leaf = 0; leaf < image.arena.leaves; ++leaf) {
        const Refusal refusal = map_arena_leaf(runtime, image, leaf, tables);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

Refusal RuntimePool::map_arena_leaf(Runtime runtime, const Image& image, std::uint32_t leaf, TableAllocator& tables)
{
    const hal::PathScope path{hal::Path::arena_leaf};
    const Entry entry = template_entry(image.arena, leaf);
    const PageSize size = image.arena.page_size;
    PhysicalAddress frame = entry.page(size);
    if (policies_.arena == Arena::copied) {
        const Result<PhysicalAddress> own = heap_.allocate_unfilled();
        if (!own.ok()) return own.refusal();
        const Refusal refusal = runtime.keep(Runtime::Kept::arena, own.value());
        if (refusal != Refusal::none) {
            heap_.release(own.value());
            return refusal;
        }
        hal::copy_page(own.value(), frame);
        counters_.add(Counter::pages_copied);
        frame = own.value();
    }
    const Mapping mapping{image.arena.leaf(leaf), frame, size, attributes_of(entry)};
    return newly_mapped(map_leaf(runtime.space(), mapping, tables), Omission::not_reachable);
}

void RuntimePool::touch(Runtime runtime)
{
    if (runtime == newest_) return;
    const hal::PathScope path{hal::Path::touch_runtime};
    unlink(runtime);
    link_newest(runtime);
}

/// Idle ones gather at the old end.
void RuntimePool::retire(Runtime runtime)
{
    const hal::PathScope path{hal::Path::retire_runtime};
    unmap_memory(runtime);
    release_buffers(runtime);
    runtime.set_owner({});
    unlink(runtime);
    runtime.set_newer(oldest_);
    runtime.set_older({});
    if (oldest_.exists())
        oldest_.set_older(runtime);
    else
        newest_ = runtime;
    oldest_ = runtime;
    ++resident_;
}

void RuntimePool::drop(Runtime runtime, hal::Where where)
{
    const hal::PathScope path{hal::Path::drop_runtime};
    image_switch_.park();
    if (const Object owner = runtime.owner(); owner.exists()) Cnode{owner.frame()}.set_runtime({});
    if (runtime.memory_mapped())
        unmap_memory(runtime, where);
    else
        purge(runtime);
    release_buffers(runtime);
    release_kept(runtime, Runtime::Kept::base, where);
    release_kept(runtime, Runtime::Kept::arena, where);
    if (runtime.context().value() != 0) heap_.release(runtime.context(), where);
    if (runtime.stack().value() != 0) heap_.release(runtime.stack(), where);
    free_pcids_[free_pcid_count_++] = runtime.pcid();
    unlink(runtime);
    heap_.release(runtime.frame(), where);
    counters_.add(Counter::runtimes_dropped);
}

void RuntimePool::unmap_memory(Runtime runtime, hal::Where where)
{
    if (!runtime.memory_mapped()) return;
    const hal::PathScope path{hal::Path::unmap_memory};
    image_switch_.park();
    // The region lies in the first 512 GiB, so PML4E 0 leads to its PDPTEs.
    const PhysicalAddress pointers = Entry{hal::load(runtime.space().table)}.next_table();
    constexpr std::uint64_t gib_count = layout::memory_region_bytes / layout::gib;
    for (std::uint64_t gib = 0; gib < gib_count; ++gib) {
        const std::uint64_t index = (layout::memory_region + gib * layout::gib).index(Level::pdpte);
        hal::store(pointers + index * x86::entry_bytes, 0, where);
    }
    purge(runtime);
    for (unsigned index = 0; index < max_mappings; ++index) {
        if (const std::uint64_t address = runtime.mapped(index); address != 0) {
            const hal::PathScope unmapped{hal::Path::unmap_cap};
            caps_.note_unmapped(address);
            runtime.set_mapped(index, 0);
        }
    }
    runtime.set_memory_mapped(false);
    release_kept(runtime, Runtime::Kept::memory, where);
}

void RuntimePool::purge(Runtime runtime)
{
    image_switch_.park();
    switch (policies_.space_switch) {
    case SpaceSwitch::cr3:
    case SpaceSwitch::pcid_no_flush: return;
    case SpaceSwitch::pcid_flush:
    case SpaceSwitch::pcid_tracked: break;
    }
    image_switch_.purge({pcids_ ? runtime.pcid() : std::uint64_t{0}});
    runtime.set_needs_flush(false);
}

void RuntimePool::release_kept(Runtime runtime, Runtime::Kept kind, hal::Where where)
{
    const std::uint64_t count = runtime.kept_count(kind);
    for (std::uint64_t index = 0; index < count; ++index) {
        const PhysicalAddress frame = runtime.kept(kind, index);
        if (kind == Runtime::Kept::arena)
            heap_.release(frame, where);
        else
            heap_.release_table(frame, where);
    }
    runtime.forget_kept(kind);
}

void RuntimePool::release_buffers(Runtime runtime)
{
    const PhysicalAddress root = runtime.buffer_root();
    if (root.value() == 0) return;
    const RecordList buffers{root};
    const std::uint64_t count = runtime.buffer_count();
    for (std::uint64_t index = 0; index < count; ++index) {
        const hal::PathScope path{hal::Path::release_private};
        heap_.release(PhysicalAddress{buffers.get(index, 1)});
    }
    buffers.release(count, heap_);
    runtime.set_buffers({}, 0);
}

Cr3 RuntimePool::cr3_for_entry(Runtime runtime) const
{
    const std::uint64_t root = runtime.space().table.value();
    if (!pcids_ || policies_.space_switch == SpaceSwitch::cr3) return {root};
    const std::uint64_t tagged = root | runtime.pcid();
    switch (policies_.space_switch) {
    case SpaceSwitch::pcid_no_flush: return {tagged | Cr3::no_flush};
    case SpaceSwitch::pcid_tracked:
        if (!runtime.needs_flush()) return {tagged | Cr3::no_flush};
        runtime.set_needs_flush(false);
        break;
    case SpaceSwitch::pcid_flush:
    case SpaceSwitch::cr3: break;
    }
    return {tagged};
}

void RuntimePool::link_newest(Runtime runtime)
{
    runtime.set_older(newest_);
    runtime.set_newer({});
    if (newest_.exists())
        newest_.set_newer(runtime);
    else
        oldest_ = runtime;
    newest_ = runtime;
    ++resident_;
}

void RuntimePool::unlink(Runtime runtime)
{
    const Runtime newer = runtime.newer();
    const Runtime older = runtime.older();
    if (newer.exists())
        newer.set_older(older);
    else
        newest_ = older;
    if (older.exists())
        older.set_newer(newer);
    else
        oldest_ = newer;
    --resident_;
}

} // namespace drywalk::kernel
