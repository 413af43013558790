// SPDX-License-Identifier: MIT
// A machine's answer against the tables, the oracle and, where one predicts it, the MMU model.
#pragma once

#include "models/oracle/judgement.hpp"
#include "tests/differential/machine.hpp"
#include "tests/differential/prediction.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace drywalk::differential {

struct Counts {
    std::uint64_t programs = 0;
    std::uint64_t operations = 0;
    std::uint64_t accesses = 0;
    std::uint64_t faults = 0;      ///< page faults that the machine raised
    std::uint64_t stale_reads = 0; ///< not what the tables said at that moment; the same for the next three
    std::uint64_t stale_writes = 0;
    std::uint64_t stale_fetches = 0;
    std::uint64_t spurious_faults = 0;
    std::uint64_t permitted = 0; ///< stale, and in the oracle's set under portable and under intel
    /// Stale, and in the oracle's set only if no page fault is taken to have invalidated anything.
    std::uint64_t fault_invalidated_nothing = 0;
    std::uint64_t reserved_not_present = 0; ///< faults over reserved bits that QEMU reported without the code's P
    std::uint64_t code_spared = 0;  ///< stale fetches after an INVLPG that QEMU carried out for one fragment only
    std::uint64_t may_go_wrong = 0; ///< accesses that the oracle (portable) calls stale or spurious, seen or not

    [[nodiscard]] std::uint64_t stale() const { return stale_reads + stale_writes + stale_fetches + spurious_faults; }
    Counts& operator+=(const Counts& other);
};

/// Where QEMU 7.2 departs from the manual. Each has a named case, and none hides another outcome.
struct Excuses {
    /// The error code of a fault over a reserved bit lacks P. [intel/vol3] 4.7 has it set.
    bool reserved_faults_lack_present = false;
    /// INVLPG in a large page drops all its fragments from the TLB, but translated code is found by its linear address
    /// (accel/tcg, tb_jmp_cache) before the TLB is asked, and only that of the operand's own 4 KiB is forgotten.
    bool invlpg_spares_code_elsewhere = false;
};

/// What a machine's answers are held against.
struct Standard {
    Processor processor;
    std::optional<machine::Profile> model{}; ///< of a machine that the model predicts, outcome for outcome
    Excuses excuses{};
    x86::Vendor vendor = x86::Vendor::intel; ///< whose promises it keeps, besides those that all keep
    /// A stale upper level may make an access fault for another reason than the tables give.
    bool fault_codes_may_differ = false;
};

/// For an emulator; `bochs` is the profile that predicts Bochs.
[[nodiscard]] Standard standard_for(Target target, const machine::Profile& bochs);

struct Judged {
    Counts counts;
    std::string disagreement; ///< empty if there is none
};

[[nodiscard]] Judged judge(const Program& program, const Answer& answer, const Standard& standard);

/// The program, and beside each access what machine, model, tables and oracle say.
[[nodiscard]] std::string explain(const Program& program, const Answer& answer, const Standard& standard);

} // namespace drywalk::differential
