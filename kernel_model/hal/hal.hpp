// SPDX-License-Identifier: MIT
// What the kernel needs from a machine. hal/sim and hal/x86_64 implement it; core/ calls nothing else.
//
// Everything above the line "harness" is the machine: it takes time and goes through the TLB. What stands below is
// how a test bench talks to the kernel: it takes no simulated time and touches no page that the workload can.
#pragma once

#include "kernel_model/hal/where.hpp"
#include "kernel_model/program/observation.hpp"
#include "kernel_model/program/workload.hpp"
#include "models/x86/address.hpp"
#include "models/x86/control.hpp"

#include <cstdint>

namespace drywalk::kernel::hal {

using x86::LinearAddress;
using x86::PhysicalAddress;

// Memory through the direct map, as the supervisor ----------------------------------------------------------------
/// 8-byte aligned.
[[nodiscard]] std::uint64_t load(PhysicalAddress address);
void store(PhysicalAddress address, std::uint64_t value, Where where = Where::current());
/// Fills one 4 KiB page with zeroes.
void zero_page(PhysicalAddress page, Where where = Where::current());
/// Copies one 4 KiB page.
void copy_page(PhysicalAddress to, PhysicalAddress from, Where where = Where::current());
/// Says that the kernel has no further use for the page: nothing may lead to it any more.
void release_page(PhysicalAddress page, Where where = Where::current());
/// From now on the pages of [begin, end) are reached through layout::state_cache_window instead of the direct map.
void use_state_cache_window(PhysicalAddress begin, PhysicalAddress end);

// Control registers and invalidation ------------------------------------------------------------------------------
void write_cr0(x86::Cr0 value, Where where = Where::current());
void write_cr3(x86::Cr3 value, Where where = Where::current());
void write_cr4(x86::Cr4 value, Where where = Where::current());
void write_efer(x86::Efer value, Where where = Where::current());
[[nodiscard]] x86::Cr0 read_cr0();
[[nodiscard]] x86::Cr4 read_cr4();
[[nodiscard]] x86::Efer read_efer();
void invlpg(LinearAddress address, Where where = Where::current());
/// Whether CR4.PCIDE may be set. [intel/vol2] CPUID.01H:ECX[17]
[[nodiscard]] bool has_pcids();

// Ring 3 ----------------------------------------------------------------------------------------------------------
/// Where the stub in ring 3 starts or continues: the item it works on next.
struct UserState {
    LinearAddress stack_top;
    std::uint32_t next_item = 0;
    std::uint32_t item_count = 0;
};

struct UserExit {
    enum class Kind : std::uint8_t { finished, page_fault, unexpected };

    Kind kind = Kind::finished;
    std::uint8_t vector = 0;         ///< the exception or interrupt that ended ring 3
    std::uint32_t error_code = 0;    ///< of a page fault
    std::uint64_t fault_address = 0; ///< CR2
    std::uint32_t item = 0;          ///< the item that faulted
};

/// Enters the stub by IRETQ and returns when an exception or the software interrupt brings the kernel back. The
/// address space to run in is loaded already.
[[nodiscard]] UserExit enter_user(const UserState& state);
/// After a page fault: executes the faulting instruction again, all registers as they were.
[[nodiscard]] UserExit resume_user();

/// The kernel's paths whose instructions are counted on a real machine and charged in the simulator.
enum class Path : std::uint8_t {
    boot,
    create_image,
    create_instance,
    call,
    run,        ///< into ring 3 and back, an Image switch left out
    page_fault, ///< the handler's part in C++
    halt,
    switch_image,    ///< the discipline's work when the Image changes, INVLPG loops left out
    invalidate_page, ///< one turn of an INVLPG loop
    // The capability kernel's; what repeats inside a path is a path of its own.
    boot_capabilities,
    create_capability_image,
    create_capability_instance,
    run_frame,         ///< into ring 3 and back, with the context; an Image switch left out
    frame_fault,       ///< what of the page-fault handler every fault takes
    publish_cap,       ///< a DataCap enters the directory
    hash_page,         ///< the content address of one page
    copy_words,        ///< one page of a packed DataCap, word by word
    directory_probe,   ///< one entry of the directory looked at
    evict_cap,         ///< the choice of a victim and its removal, pages left out
    release_frame,     ///< one frame back to its allocator
    allocate_frame,    ///< one frame, zeroing left out
    derive,            ///< chain, Instance, slot
    set_slot,          ///< put, copy_slot, clear
    call_slot,         ///< CALL up to the runtime
    build_runtime,     ///< root, fixed pages, context, stack
    acquire_runtime,   ///< the search for one that is kept
    drop_runtime,      ///< the tables' release left out
    map_leaf,          ///< one leaf, with the walk down to it
    unmap_memory,      ///< the memory mappings' tables are cut off
    apply_mapping,     ///< one mapping at a CALL, pages left out
    demand_page,       ///< the page-fault handler without a copy, leaves left out
    copy_on_write,     ///< the page-fault handler with a private copy
    end_frame,         ///< HALT and REPLY, mappings left out
    publish_mapping,   ///< one persistent mapping at a frame's end, pages left out
    merge_page,        ///< one page of it into the new DataCap
    discard_frame,     ///< after a fault
    hold_slot,         ///< one slot's content copied into a frame
    let_go_slot,       ///< one slot's content given up
    address_page,      ///< one page's hash folded into a content address
    examine_page,      ///< one private page at a frame's end, its hashing left out
    rearm_page,        ///< one private page's leaf made read-only again, leaf left out
    release_private,   ///< one private page given back
    source_page,       ///< one read-only leaf chosen, leaf left out
    fill_page,         ///< one buffer filled again, copy left out
    victim,            ///< one entry of the directory considered for eviction
    allocate_zeroed,   ///< as allocate_frame, for a frame that is zeroed
    new_table,         ///< one table for a runtime, remembered there
    choose_cap,        ///< one mapping's DataCap looked up at a CALL
    note_mapping,      ///< one mapping's DataCap counted as mapped
    release_mapping,   ///< one mapping's DataCap given up at a frame's end
    unmap_cap,         ///< one mapping's DataCap no longer counted as mapped
    destroy_instance,  ///< one that nothing refers to, slots left out
    drop_cap,          ///< a DataCap's object given back, pages left out
    drop_page,         ///< one of its pages
    make_cap,          ///< a DataCap begun, merged and put into its slot, pages left out
    merge_packed_page, ///< one page of a packed DataCap written anew
    compare_mapping,   ///< one mapping of a kept runtime compared with what a frame wants
    clear_private,     ///< what was written and not published, pages left out
    drop_private,      ///< the list of private pages, pages left out
    touch_runtime,     ///< one becomes the one that ran last
    retire_runtime,    ///< one is kept for another Instance of its Image
    map_memory,        ///< the mappings' DataCaps go into a runtime without memory, mappings left out
    arena_leaf,        ///< one leaf of an Image's arena put into a runtime, copy and leaf left out
    // The templates kernel's again:
    choose_pcid,    ///< the value of CR3 for an Instance, under a discipline with PCIDs
    recycle_pcid,   ///< an Instance without a PCID gets one, and another may lose it
    exchange_pages, ///< two working-set pages exchange their frames
};
inline constexpr unsigned path_count = 66;

/// One pass through `path`. Passes nest: what an inner one does counts for the inner one alone, and neither ring 3 nor
/// the harness counts for any.
void begin_path(Path path);
void end_path(Path path);

/// An invariant of the kernel does not hold: reports `what` and ends the machine.
[[noreturn]] void broken_invariant(const char* what);

// Harness ---------------------------------------------------------------------------------------------------------
[[nodiscard]] const ProgramHeader& program_header();
[[nodiscard]] ImageRecord image_record(std::uint32_t index);
[[nodiscard]] InstanceRecord instance_record(std::uint32_t index);
[[nodiscard]] BodyRecord body_record(std::uint32_t index);
[[nodiscard]] OperationRecord operation_record(std::uint32_t index);
/// Puts `body`'s items into the mailbox.
void load_mailbox(const BodyRecord& body);
/// What the stub stored for item `index` of the body it ran.
[[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index);
[[nodiscard]] CapRecord cap_record(std::uint32_t index);
[[nodiscard]] MappingRecord mapping_record(std::uint32_t index);
[[nodiscard]] SlotRecord slot_record(std::uint32_t index);
/// The host writes page `page` of DataCap `cap` to `to`, a frame of the state cache, as the host of a virtual machine
/// would: the kernel neither waits nor reads.
void receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to);
void report(const Observation& observation);

} // namespace drywalk::kernel::hal
