// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/sketch.hpp"

#include "tests/support/program_builder.hpp"

#include <array>
#include <fmt/format.h>
#include <iterator>

namespace drywalk::reference {

using kernel::MappingKind;
using kernel::OperationKind;
using kernel::SlotContent;
using kernel::SlotOwner;
using kernel::UserAction;

namespace {

template <std::size_t count, typename Enumeration>
const char* word(const std::array<const char*, count>& words, Enumeration value)
{
    return words.at(static_cast<std::size_t>(value));
}

constexpr std::array storages{"packed", "page_aligned"};
constexpr std::array arenas{"copied", "shared", "template_directory", "template_pointers"};
constexpr std::array mappings{"overlay", "eager", "lazy"};
constexpr std::array switches{"cr3", "pcid_flush", "pcid_no_flush", "pcid_tracked"};
constexpr std::array rearms{"omit_invlpg", "invlpg"};
constexpr std::array evictions{"unmapped_only", "careless"};
constexpr std::array lookups{"hashed", "linear"};
constexpr std::array disciplines{"not_global",
                                 "global_no_flush",
                                 "global_invlpg_outgoing_under_kernel_cr3",
                                 "global_invlpg_outgoing_under_old_cr3",
                                 "global_invlpg_incoming_after_switch",
                                 "global_invlpg_partial",
                                 "global_pge_toggle"};
constexpr std::array kinds{"pinned", "persistent", "ephemeral"};
constexpr std::array actions{"load", "store", "call", "sum", "fill"};
constexpr std::array operations{"call", "run", "halt", "reply", "call_slot", "derive", "put", "copy_slot", "clear"};

class Text {
public:
    template <typename... Values>
    void line(fmt::format_string<Values...> format, Values&&... values)
    {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
        text_ += '\n';
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void describe_policies(Text& text, const Sketch& sketch)
{
    const kernel::Policies& is = sketch.policies;
    text.line("policies: storage {}, arena {}, mapping {}, switch {}, rearm {}, eviction {}, lookup {}",
              word(storages, is.storage), word(arenas, is.arena), word(mappings, is.mapping),
              word(switches, is.space_switch), word(rearms, is.rearm), word(evictions, is.eviction),
              word(lookups, is.lookup));
    text.line("  copy_on_write {}, cow_invlpg {}, keep_runtimes {}, runtime_limit {}, state_cache_pages {}",
              is.copy_on_write, is.cow_invlpg, is.keep_runtimes, is.runtime_limit, is.state_cache_pages);
    text.line("  discipline {}, memory_end {:#x}", word(disciplines, sketch.discipline), sketch.memory_end);
}

void describe_images(Text& text, const Sketch& sketch)
{
    for (std::size_t index = 0; index < sketch.images.size(); ++index) {
        const Sketch::Image& image = sketch.images[index];
        text.line("image {}: {} code + {} data leaves of size {}, {} endpoints", index, image.record.code_pages,
                  image.record.data_pages, image.record.page_size, image.record.endpoint_count);
        for (const kernel::MappingRecord& mapping : image.mappings)
            text.line("  {:#x} + {} pages: {}, slot {}", mapping.start, mapping.pages, word(kinds, mapping.kind),
                      mapping.slot);
    }
}

void describe_slots(Text& text, const Sketch& sketch)
{
    for (const kernel::SlotRecord& slot : sketch.slots) {
        text.line("{} {}, slot {}: {} {}", slot.owner == SlotOwner::image ? "image" : "instance", slot.owner_index,
                  slot.slot, slot.content == SlotContent::instance ? "instance" : "cap", slot.content_index);
    }
}

void describe_body(Text& text, const Sketch::Body& body)
{
    for (const kernel::UserItem& item : body) {
        if (item.action == UserAction::sum || item.action == UserAction::fill) {
            text.line("      {} {:#x}: {} words, {} bytes apart, value {:#x}", word(actions, item.action), item.address,
                      item.count, item.stride(), item.fill_value());
        } else {
            text.line("      {} {:#x} value {:#x}", word(actions, item.action), item.address, item.value);
        }
    }
}

void describe_operations(Text& text, const Sketch& sketch)
{
    for (std::size_t index = 0; index < sketch.operations.size(); ++index) {
        const kernel::OperationRecord operation = sketch.operations[index];
        const char* const name = word(operations, operation.kind);
        switch (operation.kind) {
        case OperationKind::call:
        case OperationKind::run:
            text.line("{:>4}: {} {}", index, name, operation.operand);
            if (operation.operand < sketch.bodies.size()) describe_body(text, sketch.bodies[operation.operand]);
            break;
        case OperationKind::halt:
        case OperationKind::reply: text.line("{:>4}: {}", index, name); break;
        default:
            text.line("{:>4}: {} slot {}, {}", index, name, kernel::slot_of(operation.operand),
                      kernel::above_slot(operation.operand));
        }
    }
}

} // namespace

std::vector<std::byte> Sketch::bytes() const
{
    test::ProgramBuilder builder;
    builder.header.kernel = kernel::KernelKind::capabilities;
    builder.header.policies = policies;
    builder.header.discipline = discipline;
    builder.header.memory_end = memory_end;
    for (const Image& image : images)
        builder.image(image.record, image.mappings);
    for (const kernel::InstanceRecord& instance : instances)
        builder.instance(instance);
    for (const kernel::CapRecord& cap : caps)
        builder.cap(cap);
    for (const kernel::SlotRecord& slot : slots)
        builder.slot(slot);
    for (const Body& body : bodies)
        builder.body(body);
    for (const kernel::OperationRecord operation : operations)
        builder.operation(operation.kind, operation.operand);
    return builder.bytes();
}

std::string describe(const Sketch& sketch)
{
    Text text;
    text.line("seed {}", sketch.seed);
    describe_policies(text, sketch);
    for (std::size_t index = 0; index < sketch.caps.size(); ++index)
        text.line("cap {}: {} bytes, seed {}", index, sketch.caps[index].bytes, sketch.caps[index].seed);
    describe_images(text, sketch);
    for (std::size_t index = 0; index < sketch.instances.size(); ++index)
        text.line("instance {}: image {}", index, sketch.instances[index].image);
    describe_slots(text, sketch);
    describe_operations(text, sketch);
    return text.take();
}

} // namespace drywalk::reference
