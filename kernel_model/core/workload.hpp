// SPDX-License-Identifier: MIT
// The workload program: what the kernel is asked to do, as flat arrays in one block of memory.
//
// A scenario is compiled into this; the simulator hands it over in memory, a real machine receives it as a multiboot
// module. Layout: ProgramHeader, then ImageRecord[], InstanceRecord[], BodyRecord[], UserItem[], OperationRecord[],
// each array starting where the one before ends. Little-endian, no padding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace drywalk::kernel {

/// What the kernel does about the previous Image's global template leaves when another Image is entered.
enum class Discipline : std::uint32_t {
    not_global,                              ///< template leaves are not global; MOV CR3 removes them
    global_no_flush,                         ///< G set, nothing invalidated: the hazard itself
    global_invlpg_outgoing_under_kernel_cr3, ///< INVLPG the previous Image's pages, the kernel's own tables loaded
    global_invlpg_outgoing_under_old_cr3,    ///< the same, but while the previous Image's tables are still loaded
    global_invlpg_incoming_after_switch,     ///< INVLPG the next Image's pages, after its tables are loaded
    global_invlpg_partial,                   ///< only the first `partial_pages` pages, kernel's tables loaded
    global_pge_toggle,                       ///< clear and set CR4.PGE, kernel's tables loaded
};
inline constexpr std::uint32_t discipline_count = 7;

/// What a user item does, in ring 3.
enum class UserAction : std::uint16_t {
    load,  ///< read 8 bytes; the result is the value
    store, ///< write `value` as 8 bytes; the result is the value
    call,  ///< call the code there; the result is what it returns
};

enum class OperationKind : std::uint32_t {
    call, ///< CALL: push a frame for Instance `operand`
    run,  ///< enter the current frame's Instance in ring 3 and run body `operand` to its end
    halt, ///< HALT: pop the current frame
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
    std::uint32_t reserved = 0;
};

/// An Image's template: `code_pages` executable leaves, then `data_pages` leaves that are not executable.
struct ImageRecord {
    std::uint32_t code_pages = 0;    ///< leaves of `page_size`
    std::uint32_t data_pages = 0;    ///< leaves of `page_size`
    std::uint32_t page_size = 0;     ///< x86::PageSize; 4 KiB or 2 MiB
    std::uint32_t data_writable = 0; ///< 1: data leaves may be written by ring 3, shared by all Instances
};

struct InstanceRecord {
    std::uint32_t image = 0;
    std::uint32_t working_set_pages = 0; ///< private, writable, not executable, 4 KiB, never global
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
    std::uint16_t reserved = 0;
};

struct OperationRecord {
    OperationKind kind = OperationKind::call;
    std::uint32_t operand = 0;
};

inline constexpr std::uint32_t body_capacity = 1024; ///< items that fit the mailbox
inline constexpr std::uint32_t max_call_depth = 64;
inline constexpr std::uint32_t max_images = 64;
inline constexpr std::uint32_t max_instances = 256;

static_assert(sizeof(ProgramHeader) == 80 && sizeof(ImageRecord) == 16 && sizeof(InstanceRecord) == 8);
static_assert(sizeof(BodyRecord) == 8 && sizeof(UserItem) == 16 && sizeof(OperationRecord) == 8);
static_assert(offsetof(UserItem, value) == 8 && offsetof(UserItem, action) == 12);

/// Where each array of a program starts, in bytes from the header.
struct ProgramOffsets {
    std::uint64_t images = 0, instances = 0, bodies = 0, items = 0, operations = 0, end = 0;
};

[[nodiscard]] constexpr ProgramOffsets program_offsets(const ProgramHeader& header)
{
    ProgramOffsets at;
    at.images = sizeof(ProgramHeader);
    at.instances = at.images + std::uint64_t{header.image_count} * sizeof(ImageRecord);
    at.bodies = at.instances + std::uint64_t{header.instance_count} * sizeof(InstanceRecord);
    at.items = at.bodies + std::uint64_t{header.body_count} * sizeof(BodyRecord);
    at.operations = at.items + std::uint64_t{header.item_count} * sizeof(UserItem);
    at.end = at.operations + std::uint64_t{header.operation_count} * sizeof(OperationRecord);
    return at;
}

/// What every 4 KiB of a template holds. At offset 0 code that returns the mark: `mov eax, imm32; ret`. At offset 8
/// the mark as data. So a reader and a caller both learn whose bytes they got.
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

/// `mov eax, mark; ret`, padded with INT3: the first 8 bytes of every 4 KiB of a code leaf.
[[nodiscard]] constexpr std::uint64_t template_code(std::uint32_t mark)
{
    return std::uint64_t{0xb8} | std::uint64_t{mark} << 8 | std::uint64_t{0xc3} << 40 | std::uint64_t{0xcccc} << 48;
}

} // namespace drywalk::kernel
