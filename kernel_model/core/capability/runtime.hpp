// SPDX-License-Identifier: MIT
// Runtimes: the page tables, context and stack that a frame runs with.
#pragma once

#include "kernel_model/core/capability/heap.hpp"
#include "kernel_model/core/capability/object.hpp"
#include "kernel_model/core/page_tables.hpp"
#include "kernel_model/program/workload.hpp"

namespace drywalk::kernel {

/// The object that stands for one runtime. Its tables come in two kinds: those that stay as long as it does, and those
/// below the PDPTEs of layout::memory_region, which go when other memory is to be mapped.
class Runtime : public Object {
public:
    using Object::Object;
    explicit Runtime(Object object) : Object{object} {}

    [[nodiscard]] std::uint32_t image() const { return static_cast<std::uint32_t>(word(field_image)); }
    [[nodiscard]] Subtree space() const { return {x86::PhysicalAddress{word(field_root)}, x86::root_level}; }
    [[nodiscard]] std::uint16_t pcid() const { return static_cast<std::uint16_t>(word(field_pcid)); }
    /// Something that was mapped is not, or not so, any more: what is cached under its PCID has to go.
    [[nodiscard]] bool needs_flush() const { return word(field_needs_flush) != 0; }
    [[nodiscard]] x86::PhysicalAddress context() const { return x86::PhysicalAddress{word(field_context)}; }
    /// The Frame or Instance that has it; does not exist() while it is idle.
    [[nodiscard]] Object owner() const { return Object{x86::PhysicalAddress{word(field_owner)}}; }
    /// Whether memory is mapped, namely what mapped() says.
    [[nodiscard]] bool memory_mapped() const { return word(field_memory_mapped) != 0; }
    [[nodiscard]] std::uint64_t mapped(unsigned index) const { return word(first_mapped + index); }

    void set_image(std::uint32_t image) const { set_word(field_image, image); }
    void set_root(x86::PhysicalAddress root) const { set_word(field_root, root.value()); }
    void set_pcid(std::uint16_t pcid) const { set_word(field_pcid, pcid); }
    void set_needs_flush(bool needed) const { set_word(field_needs_flush, needed ? 1 : 0); }
    void set_context(x86::PhysicalAddress frame) const { set_word(field_context, frame.value()); }
    void set_stack(x86::PhysicalAddress frame) const { set_word(field_stack, frame.value()); }
    void set_owner(Object owner) const { set_word(field_owner, owner.frame().value()); }
    void set_memory_mapped(bool mapped) const { set_word(field_memory_mapped, mapped ? 1 : 0); }
    void set_mapped(unsigned index, std::uint64_t address) const { set_word(first_mapped + index, address); }

    [[nodiscard]] x86::PhysicalAddress stack() const { return x86::PhysicalAddress{word(field_stack)}; }

    // A ring of all runtimes, from the one that ran last to the one that did not for longest.
    [[nodiscard]] Runtime newer() const { return Runtime{x86::PhysicalAddress{word(field_newer)}}; }
    [[nodiscard]] Runtime older() const { return Runtime{x86::PhysicalAddress{word(field_older)}}; }
    void set_newer(Runtime runtime) const { set_word(field_newer, runtime.frame().value()); }
    void set_older(Runtime runtime) const { set_word(field_older, runtime.frame().value()); }

    /// Private pages that are kept for the next CALL, with their frames: see private_pages.hpp.
    [[nodiscard]] x86::PhysicalAddress buffer_root() const { return x86::PhysicalAddress{word(field_buffer_root)}; }
    [[nodiscard]] std::uint64_t buffer_count() const { return word(field_buffer_count); }
    void set_buffers(x86::PhysicalAddress root, std::uint64_t count) const
    {
        set_word(field_buffer_root, root.value());
        set_word(field_buffer_count, count);
    }

    /// The two kinds of tables, and the frames of an arena of its own.
    enum class Kept : std::uint8_t { base, arena, memory };
    [[nodiscard]] Refusal keep(Kept kind, x86::PhysicalAddress frame) const;
    [[nodiscard]] std::uint64_t kept_count(Kept kind) const { return word(count_field(kind)); }
    [[nodiscard]] x86::PhysicalAddress kept(Kept kind, std::uint64_t index) const
    {
        return x86::PhysicalAddress{word(first_kept(kind) + index)};
    }
    void forget_kept(Kept kind) const { set_word(count_field(kind), 0); }

private:
    enum Field : unsigned {
        field_image,
        field_root,
        field_pcid,
        field_needs_flush,
        field_newer,
        field_older,
        field_owner,
        field_context,
        field_stack,
        field_memory_mapped,
        field_buffer_root,
        field_buffer_count,
        field_kept_counts,
        first_mapped = 16,
        first_base = 32,
        first_arena = 64,
        first_memory = 192,
        end_of_object = 512,
    };
    static_assert(first_mapped + max_mappings <= first_base);

    [[nodiscard]] static constexpr unsigned count_field(Kept kind)
    {
        return field_kept_counts + static_cast<unsigned>(kind);
    }
    [[nodiscard]] static constexpr unsigned first_kept(Kept kind)
    {
        constexpr unsigned first[] = {first_base, first_arena, first_memory};
        return first[static_cast<unsigned>(kind)];
    }
    [[nodiscard]] static constexpr unsigned end_of_kept(Kept kind)
    {
        constexpr unsigned end[] = {first_arena, first_memory, end_of_object};
        return end[static_cast<unsigned>(kind)];
    }
};

/// Gives tables to one runtime, which remembers them.
class RuntimeTables final : public TableAllocator {
public:
    RuntimeTables(Runtime runtime, Runtime::Kept kind, Heap& heap) : runtime_{runtime}, kind_{kind}, heap_{heap} {}

    Result<x86::PhysicalAddress> allocate_table() override;

private:
    Runtime runtime_;
    Runtime::Kept kind_;
    Heap& heap_;
};

} // namespace drywalk::kernel
