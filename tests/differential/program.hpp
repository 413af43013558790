// SPDX-License-Identifier: MIT
// A program for the payload, and what a machine, or a model of one, answers to it.
#pragma once

#include "models/x86/access.hpp"
#include "models/x86/control.hpp"
#include "tests/differential/payload/protocol.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drywalk::differential {

/// What a machine's CPUID says, as far as programs depend on it.
struct Processor {
    unsigned physical_bits = 40;
    std::uint32_t features = 0; ///< Feature bits

    [[nodiscard]] bool has(std::uint32_t feature) const { return (features & feature) != 0; }
    [[nodiscard]] x86::PagingFeatures paging() const { return {physical_bits, has(Feature::pages_1g)}; }
    bool operator==(const Processor&) const = default;
};

using Slots = std::array<std::uint64_t, slot_count>;

struct Program {
    x86::Cr0 cr0;
    x86::Cr4 cr4{x86::Cr4::pae | x86::Cr4::pge};
    x86::Efer efer{x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    Slots slots{};
    std::vector<Operation> operations;

    /// The state in which the first operation is carried out.
    [[nodiscard]] x86::PagingMode mode(const Processor& processor) const;
};

/// How an access ended.
struct Outcome {
    enum class Kind : std::uint8_t { value, page_fault, other };

    Kind kind = Kind::value;
    std::uint64_t value = 0;   ///< read, returned, or the mark of the frame written; the vector of another exception
    std::uint32_t error = 0;   ///< of a page fault
    std::uint64_t address = 0; ///< CR2 of a page fault

    bool operator==(const Outcome&) const = default;
};

struct Answer {
    std::vector<Outcome> outcomes;         ///< one for each access, in order
    std::uint32_t state = 0;               ///< StateSum of memory at the end
    std::uint32_t state_without_flags = 0; ///< the same without A and D
    std::optional<Slots> slots;            ///< at the end, if asked for
};

[[nodiscard]] x86::Access access_of(const Operation& operation);
[[nodiscard]] Outcome page_fault(const Operation& operation, x86::PageFaultCode code);
/// What `operation` answers if it reaches `frame`, whose data word holds `data`.
[[nodiscard]] Outcome reached(const Operation& operation, unsigned frame, std::uint64_t data);
/// The data frame that `address` is in.
[[nodiscard]] std::optional<unsigned> frame_at(PhysicalAddress address);

/// The module for the payload.
[[nodiscard]] std::vector<std::byte> module_of(std::span<const Program> programs, bool report_slots);

[[nodiscard]] std::string describe(const Operation& operation);
[[nodiscard]] std::string describe(const Outcome& outcome);
/// The state and the slots that a program starts with.
[[nodiscard]] std::string describe_start(const Program& program);
/// An entry in words: where it leads and what it allows.
[[nodiscard]] std::string describe_entry(std::uint64_t raw, Level level);

} // namespace drywalk::differential
