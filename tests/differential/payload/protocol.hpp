// SPDX-License-Identifier: MIT
// What the payload is handed as a multiboot module, and what it answers on the serial port.
//
// Module: ModuleHeader, then for each program a ProgramRecord followed by its operations. Little-endian, no padding.
//
// Answer, every line ending in " <check>" as in kernel_model/program/log_format.hpp, numbers hexadecimal:
//   dwd-cpu <physical bits> <Feature bits>
//   dwd <program> <outcome>... = <state> <state without A and D>   one outcome for each access
//   dwd-slots <program> <word>...                                  if asked for: all slots at the program's end
//   dwd-end <programs>
// An outcome is <value>: the value read, the code's return value, or for a write the data_mark of the frame it reached;
// !<error>: a page fault for the address accessed; !<error>@<cr2>: one for another; #<vector>: another exception.
#pragma once

#include "tests/differential/payload/arena.hpp"

#include <cstdint>
#include <string_view>

namespace drywalk::differential {

enum class OperationKind : std::uint8_t {
    store,  ///< slot = operand
    invlpg, ///< operand: any 64-bit value
    mov_cr0,
    mov_cr3,
    mov_cr4,
    wrmsr_efer,
    read,  ///< operand: a page; the data word is accessed
    write, ///< the same
    fetch, ///< operand: a page; its code is called
};

[[nodiscard]] constexpr bool is_access(OperationKind kind) { return kind >= OperationKind::read; }

struct Operation {
    std::uint64_t operand = 0;
    std::uint32_t slot = 0; ///< for store
    OperationKind kind = OperationKind::store;
    std::uint8_t user = 0;            ///< 1: in ring 3
    std::uint8_t alignment_check = 0; ///< 1: with EFLAGS.AC set, in ring 0
    std::uint8_t reserved = 0;

    [[nodiscard]] constexpr std::uint64_t address() const
    {
        return kind == OperationKind::fetch ? operand : operand + data_offset;
    }
    constexpr bool operator==(const Operation&) const = default;
};
static_assert(sizeof(Operation) == 16);

inline constexpr std::uint32_t most_operations = 128;

struct ProgramRecord {
    std::uint64_t cr0 = 0;
    std::uint64_t cr4 = 0;
    std::uint64_t efer = 0;
    std::uint64_t operation_count = 0;
    std::array<std::uint64_t, slot_count> slots{}; ///< when the program starts, with root 0 loaded and nothing cached
};
static_assert(sizeof(ProgramRecord) == 32 + 8 * slot_count);

struct ModuleHeader {
    static constexpr std::uint64_t expected_magic = 0x3166'6669'6477'7264; ///< "drwdiff1"
    std::uint64_t magic = expected_magic;
    std::uint64_t bytes = 0; ///< of the whole module
    std::uint32_t program_count = 0;
    std::uint32_t report_slots = 0; ///< 1: a dwd-slots line for each program
};
static_assert(sizeof(ModuleHeader) == 24);

/// What CPUID offers beyond what every 64-bit processor has.
struct Feature {
    static constexpr std::uint32_t supervisor_execution_prevention = 1U << 0;
    static constexpr std::uint32_t supervisor_access_prevention = 1U << 1;
    static constexpr std::uint32_t pages_1g = 1U << 2;
};

inline constexpr std::string_view cpu_tag = "dwd-cpu";
inline constexpr std::string_view program_tag = "dwd";
inline constexpr std::string_view slots_tag = "dwd-slots";
inline constexpr std::string_view end_tag = "dwd-end";

/// A sum over the words of all slots and data frames, in order.
class StateSum {
public:
    constexpr void add(std::uint64_t word)
    {
        value_ = (value_ ^ word) * multiplier;
        value_ ^= value_ >> 29;
    }
    [[nodiscard]] constexpr std::uint32_t value() const { return static_cast<std::uint32_t>(value_ >> 32); }

private:
    static constexpr std::uint64_t multiplier = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t value_ = 0;
};

inline constexpr std::uint64_t accessed_and_dirty = x86::Entry::accessed_bit | x86::Entry::dirty_bit;

} // namespace drywalk::differential
