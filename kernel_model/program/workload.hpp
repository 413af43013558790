// SPDX-License-Identifier: MIT
// The workload program: what the kernel is asked to do, as flat arrays in one block of memory.
//
// A scenario is compiled into this; the simulator hands it over in memory, a real machine receives it as a multiboot
// module. Layout: ProgramHeader, then ImageRecord[], InstanceRecord[], BodyRecord[], UserItem[], OperationRecord[],
// CapRecord[], MappingRecord[], SlotRecord[], each array starting where the one before ends. Little-endian, no padding.
#pragma once

#include "kernel_model/program/policies.hpp"

#include <cstddef>
#include <cstdint>

namespace drywalk::kernel {

/// How entries of one address space are kept from serving another: what the kernel does about the previous Image's
/// global template leaves when another Image is entered, or the PCIDs that it tags address spaces with instead.
enum class Discipline : std::uint32_t {
    not_global,                              ///< template leaves are not global; MOV CR3 removes them
    global_no_flush,                         ///< G set, nothing invalidated: the hazard itself
    global_invlpg_outgoing_under_kernel_cr3, ///< INVLPG the previous Image's pages, the kernel's own tables loaded
    global_invlpg_outgoing_under_old_cr3,    ///< the same, but while the previous Image's tables are still loaded
    global_invlpg_incoming_after_switch,     ///< INVLPG the next Image's pages, after its tables are loaded
    global_invlpg_partial,                   ///< only the first `partial_pages` pages, kernel's tables loaded
    global_pge_toggle,                       ///< clear and set CR4.PGE, kernel's tables loaded
    // No global leaves; Instances take turns with ProgramHeader::pcid_count PCIDs, see core/pcid_pool.hpp:
    pcid_flush,    ///< every MOV CR3 flushes the PCID that it loads: bit 63 clear
    pcid_tracked,  ///< bit 63 set unless the PCID was recycled or the Instance's tables changed since it ran last
    pcid_no_flush, ///< bit 63 set always: the mistake
};
inline constexpr std::uint32_t discipline_count = 10;
/// Those that do without PCIDs come first: what a scenario compares that names none.
inline constexpr std::uint32_t discipline_count_without_pcids = 7;

[[nodiscard]] constexpr bool uses_pcids(Discipline discipline)
{
    return static_cast<std::uint32_t>(discipline) >= discipline_count_without_pcids;
}
[[nodiscard]] constexpr bool has_global_leaves(Discipline discipline)
{
    return discipline != Discipline::not_global && !uses_pcids(discipline);
}

/// Which kernel carries out the program.
enum class KernelKind : std::uint32_t {
    templates,    ///< Instances whose address spaces are built once: the study of global template leaves
    capabilities, ///< DataCaps, Images, Instances and frames; see core/capability
};

/// What a user item does, in ring 3.
enum class UserAction : std::uint16_t {
    load,  ///< read 8 bytes; the result is the value
    store, ///< write `value` as 8 bytes; the result is the value
    call,  ///< call the code there; the result is what it returns
    sum,   ///< read `count` words, UserItem::stride() apart; the result is their sum
    fill,  ///< write UserItem::fill_value() to `count` words, UserItem::stride() apart; the result is that value
};

/// A frame's slots are those of its cnode, 0 to 255. `slot` stands in the low 8 bits of an operand, what follows above.
enum class OperationKind : std::uint32_t {
    call,      ///< CALL: push a frame for Instance `operand` (templates only)
    run,       ///< enter the current frame's Instance in ring 3 and run body `operand` to its end
    halt,      ///< HALT: end the current frame; what it changed is committed
    reply,     ///< REPLY: as HALT
    call_slot, ///< CALL the Instance in `slot` at endpoint `operand >> 8`
    derive,    ///< derive and spawn: a new Instance of Image `operand >> 8` into `slot`
    put,       ///< DataCap `operand >> 8` into `slot`: explicit slot replacement
    copy_slot, ///< the capability in slot `operand >> 8` into `slot` too
    clear,     ///< nothing into `slot`
    exchange,  ///< two working-set pages of an Instance exchange their frames: see exchange_operand() (templates only)
};
inline constexpr std::uint32_t operation_kind_count = 10;

[[nodiscard]] constexpr std::uint32_t slot_of(std::uint32_t operand) { return operand & 0xff; }
[[nodiscard]] constexpr std::uint32_t above_slot(std::uint32_t operand) { return operand >> 8; }
[[nodiscard]] constexpr std::uint32_t slot_operand(std::uint32_t slot, std::uint32_t above)
{
    return above << 8 | slot;
}

/// An Instance in the low 8 bits of an operand, two pages of its working set in 12 bits each above.
struct Exchange {
    std::uint32_t instance = 0;
    std::uint32_t first = 0;
    std::uint32_t second = 0;
};
inline constexpr std::uint32_t exchangeable_pages = 1U << 12;
[[nodiscard]] constexpr std::uint32_t exchange_operand(const Exchange& exchange)
{
    return exchange.second << 20 | exchange.first << 8 | exchange.instance;
}
[[nodiscard]] constexpr Exchange exchange_of(std::uint32_t operand)
{
    return {operand & 0xff, operand >> 8 & (exchangeable_pages - 1), operand >> 20};
}

/// Where ring 3 finds code and data in a page.
enum class LinePlacement : std::uint32_t {
    first,  ///< in the first cache line of every page: all pages compete for the same sets of a cache
    spread, ///< in a line that the page's number chooses, see line_offset()
};

/// Which frames the pages of a template of 4 KiB leaves, and of a working set, get.
enum class FramePlacement : std::uint32_t {
    in_order,  ///< ascending, as they come from the pool
    scattered, ///< a run of frames in a fixed pseudo-random order: pages at equal distances have frames at unequal ones
};

struct ProgramHeader {
    static constexpr std::uint64_t expected_magic = 0x316b'6c61'7779'7264; ///< "drywalk1"

    std::uint64_t magic = expected_magic;
    std::uint64_t program_bytes = 0;    ///< of the whole block
    std::uint64_t memory_end = 0;       ///< physical; end of the frame pool, a multiple of 2 MiB
    std::uint64_t template_base = 0;    ///< linear
    std::uint64_t stack_base = 0;       ///< linear; one page
    std::uint64_t working_set_base = 0; ///< linear
    Discipline discipline = Discipline::not_global;
    std::uint32_t partial_pages = 0; ///< leaves, for global_invlpg_partial
    std::uint32_t image_count = 0;
    std::uint32_t instance_count = 0;
    std::uint32_t body_count = 0;
    std::uint32_t item_count = 0;
    std::uint32_t operation_count = 0;
    KernelKind kernel = KernelKind::templates;
    LinePlacement lines = LinePlacement::first;
    FramePlacement frames = FramePlacement::in_order;
    std::uint32_t pcid_count = 0; ///< for the pcid disciplines: 1 to max_instances, the kernel's PCID 0 left out
    // For KernelKind::capabilities alone:
    std::uint32_t cap_count = 0;
    std::uint32_t mapping_count = 0;
    std::uint32_t slot_count = 0;
    Policies policies;
};

/// An Image's template: `code_pages` executable leaves, then `data_pages` leaves that are not executable.
struct ImageRecord {
    std::uint32_t code_pages = 0;    ///< leaves of `page_size`
    std::uint32_t data_pages = 0;    ///< leaves of `page_size`
    std::uint32_t page_size = 0;     ///< x86::PageSize; 4 KiB or 2 MiB
    std::uint32_t data_writable = 0; ///< 1: data leaves may be written by ring 3, shared by all Instances
    // For KernelKind::capabilities alone:
    std::uint32_t first_mapping = 0;  ///< into MappingRecord[]
    std::uint32_t mapping_count = 0;  ///< at most max_mappings
    std::uint32_t endpoint_count = 1; ///< a CALL names one below this
    std::uint32_t reserved = 0;
};

/// With KernelKind::capabilities, Instance `i` also lies in slot `i` of the host's cnode.
struct InstanceRecord {
    std::uint32_t image = 0;
    std::uint32_t working_set_pages = 0; ///< templates only: private, writable, not executable, 4 KiB, never global
};

/// A DataCap that exists from the start; the host can bring its pages again. Its words are cap_word()'s.
struct CapRecord {
    std::uint64_t bytes = 0; ///< 0 to max_cap_bytes; what the last page has beyond them is zero
    std::uint64_t seed = 0;
};

enum class MappingKind : std::uint16_t {
    pinned,     ///< read-only; the DataCap in the *Image's* slot, the same pages for all Instances
    persistent, ///< writable; the DataCap in the *Instance's* slot. HALT puts a new one there if pages were written
    ephemeral,  ///< writable; zero at every CALL
};

/// One memory mapping of an Image. Inside [layout::memory_region, +layout::memory_region_bytes), no two overlap.
struct MappingRecord {
    std::uint64_t start = 0; ///< linear, page-aligned
    std::uint32_t pages = 0; ///< at least 1
    MappingKind kind = MappingKind::pinned;
    std::uint16_t slot = 0; ///< 0 to 255; not for ephemeral
};

enum class SlotOwner : std::uint32_t { instance, image };
enum class SlotContent : std::uint32_t { data_cap, instance };

/// What lies in a slot of an Instance's cnode, or of an Image's pinned slots, from the start.
struct SlotRecord {
    SlotOwner owner = SlotOwner::instance;
    std::uint32_t owner_index = 0;
    std::uint32_t slot = 0;
    SlotContent content = SlotContent::data_cap; ///< an Image pins DataCaps only
    std::uint32_t content_index = 0;             ///< CapRecord or InstanceRecord; an Instance below the owner's index
    std::uint32_t reserved = 0;
};

/// A run of items: one ring-3 entry. At most `body_capacity` items.
struct BodyRecord {
    std::uint32_t first_item = 0;
    std::uint32_t item_count = 0;
};

/// One user action as it lies in the mailbox.
struct UserItem {
    std::uint64_t address = 0; ///< linear; 8-byte aligned for load and store
    std::uint32_t value = 0;   ///< for store
    UserAction action = UserAction::load;
    std::uint16_t count = 0; ///< words, for sum and fill; at least 1

    /// Bytes from one word of a sum or fill to the next: the low half of `value`, in words.
    [[nodiscard]] constexpr std::uint64_t stride() const { return std::uint64_t{value & 0xffff} * 8; }
    /// What a fill writes: the high half of `value`.
    [[nodiscard]] constexpr std::uint64_t fill_value() const { return value >> 16; }
};

struct OperationRecord {
    OperationKind kind = OperationKind::call;
    std::uint32_t operand = 0;
};

inline constexpr std::uint32_t body_capacity = 1024; ///< items that fit the mailbox
inline constexpr std::uint32_t max_call_depth = 64;
inline constexpr std::uint32_t max_images = 64;
inline constexpr std::uint32_t max_instances = 256;
inline constexpr std::uint32_t max_mappings = 16; ///< of one Image
inline constexpr std::uint32_t max_caps = 1024;   ///< that exist from the start
inline constexpr std::uint64_t max_cap_bytes = std::uint64_t{1} << 28;
inline constexpr std::uint32_t max_runtime_limit = 4095; ///< as many as there are PCIDs besides the kernel's

static_assert(sizeof(ProgramHeader) == 152 && sizeof(ImageRecord) == 32 && sizeof(InstanceRecord) == 8);
static_assert(sizeof(BodyRecord) == 8 && sizeof(UserItem) == 16 && sizeof(OperationRecord) == 8);
static_assert(sizeof(CapRecord) == 16 && sizeof(MappingRecord) == 16 && sizeof(SlotRecord) == 24);
static_assert(offsetof(UserItem, value) == 8 && offsetof(UserItem, action) == 12);

/// Where each array of a program starts, in bytes from the header.
struct ProgramOffsets {
    std::uint64_t images = 0, instances = 0, bodies = 0, items = 0, operations = 0, caps = 0, mappings = 0, slots = 0,
                  end = 0;
};

[[nodiscard]] constexpr ProgramOffsets program_offsets(const ProgramHeader& header)
{
    ProgramOffsets at;
    at.images = sizeof(ProgramHeader);
    at.instances = at.images + std::uint64_t{header.image_count} * sizeof(ImageRecord);
    at.bodies = at.instances + std::uint64_t{header.instance_count} * sizeof(InstanceRecord);
    at.items = at.bodies + std::uint64_t{header.body_count} * sizeof(BodyRecord);
    at.operations = at.items + std::uint64_t{header.item_count} * sizeof(UserItem);
    at.caps = at.operations + std::uint64_t{header.operation_count} * sizeof(OperationRecord);
    at.mappings = at.caps + std::uint64_t{header.cap_count} * sizeof(CapRecord);
    at.slots = at.mappings + std::uint64_t{header.mapping_count} * sizeof(MappingRecord);
    at.end = at.slots + std::uint64_t{header.slot_count} * sizeof(SlotRecord);
    return at;
}

/// SplitMix64's last step: every bit of the result depends on every bit of `value`.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58'476d'1ce4'e5b9;
    value = (value ^ value >> 27) * 0x94d0'49bb'1331'11eb;
    return value ^ value >> 31;
}

/// Where in the 4 KiB page with linear page number `page` the line lies that ring 3 touches, in bytes. It depends on
/// nothing else, so that all Images have their code and data at the same addresses.
[[nodiscard]] constexpr std::uint64_t line_offset(LinePlacement lines, std::uint64_t page)
{
    constexpr std::uint64_t lines_of_page = 64;
    constexpr std::uint64_t line_bytes = 64;
    return lines == LinePlacement::first ? 0 : mixed(page) % lines_of_page * line_bytes;
}

/// What every 4 KiB of a template holds, from line_offset() on. At offset 0 code that returns the mark:
/// `mov eax, imm32; ret`. At offset 8 the mark as data. So a reader and a caller both learn whose bytes they got.
[[nodiscard]] constexpr std::uint32_t template_mark(std::uint32_t image, std::uint32_t small_page)
{
    return (image + 1) << 20 | small_page;
}
[[nodiscard]] constexpr std::uint32_t mark_image(std::uint64_t mark)
{
    return static_cast<std::uint32_t>(mark >> 20) - 1;
}
[[nodiscard]] constexpr std::uint32_t mark_page(std::uint64_t mark)
{
    return static_cast<std::uint32_t>(mark) & 0xf'ffff;
}
inline constexpr std::uint64_t template_data_offset = 8;

/// `mov eax, mark; ret`, padded with INT3: 8 bytes of every 4 KiB of a code leaf.
[[nodiscard]] constexpr std::uint64_t template_code(std::uint32_t mark)
{
    return std::uint64_t{0xb8} | std::uint64_t{mark} << 8 | std::uint64_t{0xc3} << 40 | std::uint64_t{0xcccc} << 48;
}

/// Word `index` (8 bytes) of the DataCap that `cap` describes.
[[nodiscard]] constexpr std::uint64_t cap_word(const CapRecord& cap, std::uint64_t index)
{
    if (index * 8 >= cap.bytes) return 0;
    return mixed((cap.seed + 1) * 0x9e37'79b9'7f4a'7c15 + index);
}

} // namespace drywalk::kernel
