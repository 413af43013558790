// SPDX-License-Identifier: MIT
// Capability slots: 256 in one frame, with the Instance or frame that they belong to.
#pragma once

#include "kernel_model/core/capability/object.hpp"
#include "kernel_model/program/workload.hpp"

#include <bit>

namespace drywalk::kernel {

/// What a slot holds: nothing, a DataCap by its content address, or an Instance.
class SlotValue {
public:
    constexpr SlotValue() = default;
    [[nodiscard]] static constexpr SlotValue data(std::uint64_t address) { return SlotValue{address | data_tag}; }
    [[nodiscard]] static constexpr SlotValue instance(x86::PhysicalAddress frame)
    {
        return SlotValue{frame.value() | instance_tag};
    }
    [[nodiscard]] static constexpr SlotValue from_raw(std::uint64_t raw) { return SlotValue{raw}; }

    [[nodiscard]] constexpr std::uint64_t raw() const { return raw_; }
    [[nodiscard]] constexpr bool empty() const { return raw_ == 0; }
    [[nodiscard]] constexpr bool is_data() const { return (raw_ & tag_mask) == data_tag; }
    [[nodiscard]] constexpr bool is_instance() const { return (raw_ & tag_mask) == instance_tag; }
    /// Of a DataCap.
    [[nodiscard]] constexpr std::uint64_t address() const { return raw_ & ~tag_mask; }
    /// Of an Instance.
    [[nodiscard]] constexpr x86::PhysicalAddress frame() const { return x86::PhysicalAddress{raw_ & ~tag_mask}; }
    constexpr bool operator==(const SlotValue&) const = default;

private:
    static constexpr std::uint64_t tag_mask = 3;
    static constexpr std::uint64_t data_tag = 1;
    static constexpr std::uint64_t instance_tag = 2;

    constexpr explicit SlotValue(std::uint64_t raw) : raw_{raw} {}

    std::uint64_t raw_ = 0;
};

/// A frame of memory with 256 slots in its upper half, and which of them are occupied and which were replaced on
/// purpose. Instance and Frame put their own fields in front: a Frame that ends well *becomes* an Instance.
class Cnode : public Object {
public:
    using Object::Object;
    static constexpr unsigned slot_count = 256;

    [[nodiscard]] std::uint32_t image() const { return static_cast<std::uint32_t>(word(field_image)); }
    [[nodiscard]] std::uint64_t chain() const { return word(field_chain); }
    /// The runtime that is kept for it; does not exist() if there is none.
    [[nodiscard]] Object runtime() const { return Object{x86::PhysicalAddress{word(field_runtime)}}; }
    void set_runtime(Object runtime) const { set_word(field_runtime, runtime.frame().value()); }
    void set_identity(std::uint32_t image, std::uint64_t chain) const
    {
        set_word(field_image, image);
        set_word(field_chain, chain);
    }

    [[nodiscard]] SlotValue slot(unsigned index) const { return SlotValue::from_raw(word(first_slot + index)); }
    /// Stores without touching references.
    void set_slot(unsigned index, SlotValue value) const
    {
        set_word(first_slot + index, value.raw());
        set_bit(field_occupied, index, !value.empty());
    }
    [[nodiscard]] bool replaced(unsigned index) const
    {
        return (word(field_replaced + index / 64) >> index % 64 & 1) != 0;
    }
    void set_replaced(unsigned index) const { set_bit(field_replaced, index, true); }
    void forget_replaced() const
    {
        for (unsigned part = 0; part < slot_count / 64; ++part)
            set_word(field_replaced + part, 0);
    }

    /// Calls `visit` with every slot that is occupied here and, if `except` exists, not there.
    template <typename Visit>
    void for_each_slot(Cnode except, Visit&& visit) const
    {
        for (unsigned part = 0; part < slot_count / 64; ++part) {
            std::uint64_t left = word(field_occupied + part);
            if (except.exists()) left &= ~except.word(field_occupied + part);
            for (; left != 0; left &= left - 1) {
                const unsigned index = part * 64 + static_cast<unsigned>(std::countr_zero(left));
                visit(index, slot(index));
            }
        }
    }

protected:
    enum Field : unsigned {
        field_image,
        field_chain,
        field_runtime,
        field_occupied = 4,
        field_replaced = 8,
        first_own_field = 12,
        first_slot = 256,
    };

private:
    void set_bit(unsigned field, unsigned index, bool value) const
    {
        const std::uint64_t bit = std::uint64_t{1} << index % 64;
        const std::uint64_t old = word(field + index / 64);
        set_word(field + index / 64, value ? old | bit : old & ~bit);
    }
};

/// A version of an Instance: it never changes, but for the runtime that is kept for it.
class Instance : public Cnode {
public:
    using Cnode::Cnode;

    /// Slots that hold it.
    [[nodiscard]] std::uint64_t references() const { return word(field_references); }
    void set_references(std::uint64_t count) const { set_word(field_references, count); }
    /// The next one in a list of those that nothing refers to any more.
    [[nodiscard]] Instance next_doomed() const { return Instance{x86::PhysicalAddress{word(field_next_doomed)}}; }
    void set_next_doomed(Instance next) const { set_word(field_next_doomed, next.frame().value()); }

private:
    enum InstanceField : unsigned { field_references = first_own_field, field_next_doomed };
};

/// An Instance at work, from its CALL to its end: a copy of its slots, its caller, and what its memory has become.
class Frame : public Cnode {
public:
    using Cnode::Cnode;

    [[nodiscard]] Frame caller() const { return Frame{x86::PhysicalAddress{word(field_caller)}}; }
    /// The caller's slot.
    [[nodiscard]] unsigned called_slot() const { return static_cast<unsigned>(word(field_called_slot)); }
    void set_caller(Frame caller, unsigned called_slot) const
    {
        set_word(field_caller, caller.frame().value());
        set_word(field_called_slot, called_slot);
    }

    /// The content address of the DataCap behind mapping `index` of the Image, fixed at the CALL; 0: none. The frame
    /// holds a reference.
    [[nodiscard]] std::uint64_t mapped(unsigned index) const { return word(first_mapped + index); }
    void set_mapped(unsigned index, std::uint64_t address) const { set_word(first_mapped + index, address); }

    /// Its private pages: see private_pages.hpp.
    [[nodiscard]] x86::PhysicalAddress private_root() const { return x86::PhysicalAddress{word(field_private_root)}; }
    [[nodiscard]] std::uint64_t private_count() const { return word(field_private_count); }
    void set_private(x86::PhysicalAddress root, std::uint64_t count) const
    {
        set_word(field_private_root, root.value());
        set_word(field_private_count, count);
    }

    /// Ends it as a Frame: the same slots, committed, are an Instance now.
    [[nodiscard]] Instance as_instance() const
    {
        set_caller({}, 0);
        set_private({}, 0);
        forget_replaced();
        return Instance{frame()};
    }

private:
    enum FrameField : unsigned {
        field_caller = first_own_field,
        field_called_slot,
        field_private_root,
        field_private_count,
        first_mapped = 32,
    };
    static_assert(first_mapped + max_mappings <= first_slot);
};

} // namespace drywalk::kernel
