// SPDX-License-Identifier: MIT
// Programs with a name: how an emulator departs from the manual, or what random programs once showed.

#include "tests/differential/cases.hpp"

#include "tests/differential/script.hpp"

#include <fmt/format.h>

namespace drywalk::differential {

namespace {

using x86::Cr0;
using x86::Cr4;
using x86::Efer;
using x86::Entry;

constexpr bool supervisor = false;

constexpr std::uint64_t cr0_protecting = Cr0{}.value;
constexpr std::uint64_t cr4_usual = Cr4::pae | Cr4::pge | Cr4::pse;
constexpr std::uint64_t efer_long = Efer::lme | Efer::lma;

constexpr x86::LeafAttributes global_read_only{{false, true, true}, true, true, true};
constexpr x86::LeafAttributes global_supervisor{{true, false, true}, true, true, true};
constexpr x86::LeafAttributes global_no_execute{{true, true, false}, true, true, true};
constexpr x86::LeafAttributes untouched{{true, true, true}, false, false, false};
constexpr x86::LeafAttributes clean{{true, true, true}, false, true, false};

/// Pages of the first root entry and the first pointer: 3 per directory entry, directories 1, 2, 3, 5.
constexpr unsigned page_0 = 0;           ///< directory 1
constexpr unsigned neighbour = 1;        ///< the next page table entry
constexpr unsigned same_fetch_place = 6; ///< directory 3: shares the fetch TLB's entry with page_0
constexpr unsigned same_data_place = 9;  ///< directory 5: shares both TLBs' entries with page_0

[[nodiscard]] std::vector<Case> flushes()
{
    return {
        {"a_global_entry_survives_mov_cr3_on_bochs_alone",
         "R28, R29; QEMU TCG has no global entries",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .map(1, page_0, 2, open_global_page)
             .read(page_0)
             .root(1)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 2"}},
        {"a_change_of_pse_flushes",
         "R34: no promise of Intel's; found by random programs under Bochs",
         Script{}
             .map(0, page_0, 1)
             .read(page_0)
             .remap(0, page_0, 2)
             .read(page_0)
             .cr4(cr4_usual ^ Cr4::pse)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1", "frame 2"},
         {"frame 1", "frame 1", "frame 2"}},
        {"a_change_of_smap_flushes",
         "R16: promised by nobody",
         Script{}.map(0, page_0, 1).read(page_0).remap(0, page_0, 2).cr4(cr4_usual | Cr4::smap).read(page_0).program(),
         {"frame 1", "frame 2"},
         {"frame 1", "frame 2"}},
        {"a_change_of_wp_flushes",
         "R39: promised by nobody",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .read(page_0)
             .remap(0, page_0, 2)
             .cr0(cr0_protecting & ~Cr0::wp)
             .read(page_0)
             .program(),
         {"frame 1", "frame 2"},
         {"frame 1", "frame 2"}},
        {"a_change_of_nxe_flushes_nothing",
         "R17, R39",
         Script{}
             .map(0, page_0, 1)
             .with_efer(efer_long)
             .read(page_0)
             .remap(0, page_0, 2)
             .efer(efer_long | Efer::nxe)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 1"}},
        {"clearing_nxe_leaves_entries_that_memory_now_makes_reserved",
         "R17",
         Script{}
             .map(0, page_0, 1, global_no_execute)
             .read(page_0)
             .efer(efer_long)
             .read(page_0)
             .invlpg(linear_page(page_0).value())
             .read(page_0)
             .program(),
         {"frame 1", "frame 1", "fault 0xd"},
         {"frame 1", "frame 1", "fault 0xc"}},
        {"invlpg_of_a_non_canonical_address_does_nothing",
         "R37; QEMU does not look, and drops another entry or none",
         Script{}
             .map(0, page_0, 1)
             .read(page_0)
             .remap(0, page_0, 2)
             .invlpg(linear_page(page_0).value() ^ std::uint64_t{1} << 60)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 1"}},
        {"invlpg_spares_the_code_of_other_fragments_on_qemu",
         "R38; found by random programs: QEMU finds translated code by its linear address before it asks its TLB",
         Script{}
             .map_large(0, page_0, 0)
             .fetch(neighbour)
             .store_directory(0, page_0, Script::large_leaf(4))
             .invlpg(linear_page(page_0).value())
             .fetch(neighbour)
             .read(neighbour)
             .program(),
         {"code of frame 1", "code of frame 13", "frame 13"},
         {"code of frame 1", "code of frame 1", "frame 13"}},
        {"invlpg_drops_every_fragment_of_a_large_page",
         "R38",
         Script{}
             .map_large(0, page_0, 0, open_global_page)
             .read(page_0)
             .read(neighbour)
             .store_directory(0, page_0, Script::large_leaf(4))
             .read(neighbour)
             .invlpg(linear_page(page_0).value())
             .read(neighbour)
             .program(),
         {"frame 0", "frame 1", "frame 1", "frame 13"},
         {"frame 0", "frame 1", "frame 1", "frame 13"}},
    };
}

[[nodiscard]] std::vector<Case> places()
{
    return {
        {"a_page_of_the_same_place_takes_the_entry_away",
         "direct-mapped: address bits 22:12 on Bochs",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .map(0, same_data_place, 3)
             .read(page_0)
             .remap(0, page_0, 2)
             .read(page_0)
             .read(same_data_place)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1", "frame 3", "frame 2"},
         {"frame 1", "frame 1", "frame 3", "frame 1"}},
        {"fetches_have_half_as_many_places",
         "bits 21:12 for fetches, 22:12 for data, on Bochs",
         Script{}
             .map(0, page_0, 1)
             .map(0, same_fetch_place, 3)
             .read(page_0)
             .fetch(page_0)
             .remap(0, page_0, 2)
             .read(same_fetch_place)
             .fetch(same_fetch_place)
             .read(page_0)
             .fetch(page_0)
             .program(),
         {"frame 1", "code of frame 1", "frame 3", "code of frame 3", "frame 1", "code of frame 2"},
         {"frame 1", "code of frame 1", "frame 3", "code of frame 3", "frame 1", "code of frame 1"}},
    };
}

[[nodiscard]] std::vector<Case> rights()
{
    return {
        {"a_read_fills_no_right_to_write_on_bochs",
         "R14; RW to RO after reads alone: QEMU's entry still writes",
         Script{}
             .map(0, page_0, 1)
             .read(page_0)
             .remap(0, page_0, 1, global_read_only)
             .write(page_0)
             .read(page_0)
             .program(),
         {"frame 1", "fault 0x7", "frame 1"},
         {"frame 1", "frame 1", "written"}},
        {"a_supervisor_fill_gives_the_user_nothing_on_bochs",
         "an entry grants the privilege that filled it",
         Script{}.map(0, page_0, 1).read(page_0, supervisor).remap(0, page_0, 2).read(page_0).program(),
         {"frame 1", "frame 2"},
         {"frame 1", "frame 2"}},
        {"a_user_fill_serves_the_supervisor_on_bochs",
         "QEMU keeps entries for each privilege",
         Script{}.map(0, page_0, 1).read(page_0).remap(0, page_0, 2).read(page_0, supervisor).program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 2"}},
        {"a_write_to_a_clean_page_walks_again_on_qemu",
         "R18, R56",
         Script{}.map(0, page_0, 1, clean).read(page_0).remap(0, page_0, 2, clean).write(page_0).program(),
         {"frame 1", "frame 2"},
         {"frame 1", "frame 2"}},
    };
}

[[nodiscard]] std::vector<Case> faults()
{
    return {
        {"a_data_fault_leaves_the_entry_for_fetches",
         "R61: the manual has a delivered page fault drop every entry for the address, Bochs none; QEMU's entry serves "
         "both",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .fetch(page_0)
             .store_page(0, page_0, 0)
             .read(page_0)
             .fetch(page_0)
             .program(),
         {"code of frame 1", "fault 0x4", "code of frame 1"},
         {"code of frame 1", "frame 1", "code of frame 1"}},
        {"a_fetch_fault_leaves_the_entry_for_data",
         "R61, as above",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .read(page_0)
             .store_page(0, page_0, 0)
             .fetch(page_0)
             .read(page_0)
             .program(),
         {"frame 1", "fault 0x14", "frame 1"},
         {"frame 1", "code of frame 1", "frame 1"}},
        {"a_supervisor_fault_leaves_the_users_entry_on_qemu",
         "R61: QEMU keeps entries for each privilege, and a page fault drops none; on Bochs the user's serves both",
         Script{}
             .map(0, page_0, 1, open_global_page)
             .read(page_0)
             .store_page(0, page_0, 0)
             .read(page_0, supervisor)
             .read(page_0)
             .program(),
         {"frame 1", "frame 1", "frame 1"},
         {"frame 1", "fault 0x0", "frame 1"}},
        {"a_denied_read_drops_its_entry_on_bochs",
         "the walk after a denial starts with an empty place",
         Script{}
             .map(0, page_0, 1, global_supervisor)
             .read(page_0, supervisor)
             .remap(0, page_0, 2, global_supervisor)
             .read(page_0)
             .read(page_0, supervisor)
             .program(),
         {"frame 1", "fault 0x5", "frame 2"},
         {"frame 1", "fault 0x5", "frame 1"}},
        {"a_denied_fetch_keeps_its_entry_on_bochs",
         "R61; found by random programs: unlike the denied read above",
         Script{}
             .map(0, page_0, 1, global_supervisor)
             .fetch(page_0, supervisor)
             .remap(0, page_0, 2, global_supervisor)
             .fetch(page_0)
             .fetch(page_0, supervisor)
             .program(),
         {"code of frame 1", "fault 0x15", "code of frame 1"},
         {"code of frame 1", "fault 0x15", "code of frame 1"}},
        {"a_fault_over_a_reserved_bit_lacks_p_on_qemu",
         "SDM 4.7: RSVD implies P; QEMU 7.2 sets RSVD alone",
         Script{}
             .map(0, page_0, 1)
             .store_page(0, page_0, Script::leaf(1) | std::uint64_t{1} << 50)
             .read(page_0)
             .program(),
         {"fault 0xd"},
         {"fault 0xc"}},
    };
}

[[nodiscard]] std::vector<Case> accessed_and_dirty_flags()
{
    const unsigned directory_slot = slot_for(Level::pde, 0, linear_page(page_0));
    const unsigned page_slot = Script::page_slot(0, page_0);
    return {
        {"a_walk_that_faults_sets_a_above_on_qemu_alone",
         "SDM 4.8 permits both",
         Script{}.map(0, page_0, 1).store_page(0, page_0, 0).read(page_0).program(),
         {"fault 0x4"},
         {"fault 0x4"},
         directory_slot,
         0,
         Entry::accessed_bit},
        {"a_stale_write_sets_no_d",
         "R53: dirty lost",
         Script{}.map(0, page_0, 1).write(page_0).remap(0, page_0, 1, untouched).write(page_0).program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 1"},
         page_slot,
         0,
         0},
        {"a_stale_read_sets_no_a",
         "R52: accessed lost",
         Script{}.map(0, page_0, 1).read(page_0).remap(0, page_0, 1, untouched).read(page_0).program(),
         {"frame 1", "frame 1"},
         {"frame 1", "frame 1"},
         page_slot,
         0,
         0},
        {"a_denied_write_sets_nothing",
         "SDM 4.8: D only if the write is permitted",
         Script{}.map(0, page_0, 1, {{false, true, true}, false, false, false}).write(page_0).program(),
         {"fault 0x7"},
         {"fault 0x7"},
         page_slot,
         0,
         0},
    };
}

} // namespace

std::vector<Case> named_cases()
{
    std::vector<Case> all;
    for (auto part : {flushes(), places(), rights(), faults(), accessed_and_dirty_flags()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::string brief(const Outcome& outcome)
{
    if (outcome.kind == Outcome::Kind::page_fault) return fmt::format("fault {:#x}", outcome.error);
    if (outcome.kind == Outcome::Kind::other) return fmt::format("exception {}", outcome.value);
    if (outcome.value >= written_mark(0)) return "written";
    if (outcome.value >= code_mark(0)) return fmt::format("code of frame {}", outcome.value - code_mark(0));
    return fmt::format("frame {}", outcome.value - data_mark(0));
}

} // namespace drywalk::differential
