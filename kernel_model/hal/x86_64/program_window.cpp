// SPDX-License-Identifier: MIT
// The harness's view of the workload program: one page that slides over it. The kernel's own tables and entry.S's
// both lead to window_directory, so it works before and after the kernel loads its own.

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"
#include "kernel_model/hal/x86_64/path_counters.hpp"
#include "kernel_model/hal/x86_64/program.hpp"
#include "kernel_model/program/layout.hpp"
#include "models/x86/entry.hpp"

#include <bit>

// Named by the linker script.
extern "C" {
extern std::uint64_t window_directory[];
extern std::uint64_t mailbox_page[];
}

namespace drywalk::kernel {

namespace {

using x86::Entry;
using x86::Level;
using x86::PageSize;
using x86::PhysicalAddress;

constexpr std::uint64_t word_bytes = sizeof(std::uint64_t);

alignas(4096) std::uint64_t window_table[x86::entries_per_table];
ProgramHeader program;
PhysicalAddress program_base;
PhysicalAddress shown; ///< the physical page in the window; 0: none yet

[[nodiscard]] PhysicalAddress physical(const void* object)
{
    return PhysicalAddress{reinterpret_cast<std::uint64_t>(object) - layout::kernel_base.value()};
}

/// The window belongs to the harness: its INVLPG goes past hal::invlpg, which is the kernel's.
void slide_to(PhysicalAddress page)
{
    const auto leaf = Entry::leaf(page, PageSize::size_4k, {.rights = {.writable = false, .user = false}});
    volatile std::uint64_t& slot = window_table[layout::program_window.index(Level::pte)];
    slot = leaf.raw();
    x86_64::invalidate_page(layout::program_window.value());
    shown = page;
}

[[nodiscard]] std::uint64_t program_word(std::uint64_t offset)
{
    if (offset >= program.program_bytes) x86_64::panic("a read beyond the end of the workload program");
    const auto at = program_base + offset;
    if (at.page() != shown) slide_to(at.page());
    const auto linear = layout::program_window + at.offset(PageSize::size_4k);
    return *reinterpret_cast<const volatile std::uint64_t*>(linear.value());
}

/// Element `index` of the array of `Record` that starts at `array`.
template <typename Record>
[[nodiscard]] Record program_record(std::uint64_t array, std::uint32_t index)
{
    const x86_64::UncountedScope uncounted;
    struct Words {
        std::uint64_t word[sizeof(Record) / word_bytes];
    } words;
    const std::uint64_t start = array + std::uint64_t{index} * sizeof(Record);
    for (std::uint64_t at = 0; at < sizeof(Record); at += word_bytes) {
        words.word[at / word_bytes] = program_word(start + at);
    }
    return std::bit_cast<Record>(words);
}

} // namespace

void x86_64::open_program(const ProgramHeader& header, x86::PhysicalAddress base)
{
    program = header;
    program_base = base;
    window_directory[layout::program_window.index(Level::pde)] = Entry::table(physical(window_table)).raw();
}

namespace hal {

const ProgramHeader& program_header() { return program; }

ImageRecord image_record(std::uint32_t index)
{
    return program_record<ImageRecord>(program_offsets(program).images, index);
}

InstanceRecord instance_record(std::uint32_t index)
{
    return program_record<InstanceRecord>(program_offsets(program).instances, index);
}

BodyRecord body_record(std::uint32_t index)
{
    return program_record<BodyRecord>(program_offsets(program).bodies, index);
}

OperationRecord operation_record(std::uint32_t index)
{
    return program_record<OperationRecord>(program_offsets(program).operations, index);
}

CapRecord cap_record(std::uint32_t index) { return program_record<CapRecord>(program_offsets(program).caps, index); }

MappingRecord mapping_record(std::uint32_t index)
{
    return program_record<MappingRecord>(program_offsets(program).mappings, index);
}

SlotRecord slot_record(std::uint32_t index)
{
    return program_record<SlotRecord>(program_offsets(program).slots, index);
}

void load_mailbox(const BodyRecord& body)
{
    const x86_64::UncountedScope uncounted;
    if (body.item_count > body_capacity) x86_64::panic("a body does not fit the mailbox");
    const std::uint64_t first = program_offsets(program).items + std::uint64_t{body.first_item} * sizeof(UserItem);
    const std::uint64_t words = std::uint64_t{body.item_count} * sizeof(UserItem) / word_bytes;
    volatile std::uint64_t* const items = mailbox_page;
    for (std::uint64_t word = 0; word < words; ++word)
        items[word] = program_word(first + word * word_bytes);
}

std::uint64_t mailbox_result(std::uint32_t index)
{
    constexpr std::uint64_t first_result = layout::mailbox_item_pages * 4 * layout::kib / word_bytes;
    const volatile std::uint64_t* const results = mailbox_page + first_result;
    return results[index];
}

void receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to)
{
    const x86_64::UncountedScope uncounted;
    constexpr std::uint64_t words_per_page = x86::small_page_bytes / word_bytes;
    const CapRecord record = cap_record(cap);
    auto* const words = reinterpret_cast<volatile std::uint64_t*>(layout::direct_map.value() + to.value());
    for (std::uint64_t word = 0; word < words_per_page; ++word)
        words[word] = cap_word(record, page * words_per_page + word);
}

} // namespace hal

} // namespace drywalk::kernel
