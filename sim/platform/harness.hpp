// SPDX-License-Identifier: MIT
// The test bench's side of a run: the workload program, the mailbox, what the kernel reports, and when its work begins.
#pragma once

#include "kernel_model/program/layout.hpp"
#include "models/machine/ledger.hpp"
#include "models/memory/physical_memory.hpp"
#include "sim/platform/run_result.hpp"

#include <bitset>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace drywalk::platform {

class Harness {
public:
    /// `program` outlives the harness.
    Harness(std::span<const std::byte> program, bool records_observations);

    [[nodiscard]] const kernel::ProgramHeader& header() const { return header_; }
    [[nodiscard]] std::span<const std::byte> program() const { return program_; }
    [[nodiscard]] kernel::CapRecord cap(std::uint32_t index) const
    {
        return record<kernel::CapRecord>(program_offsets(header_).caps, index);
    }

    /// Puts `body`'s items into the mailbox.
    void fill_mailbox(memory::PhysicalMemory& memory, const kernel::BodyRecord& body);
    [[nodiscard]] static std::uint64_t mailbox_result(const memory::PhysicalMemory& memory, std::uint32_t index);

    /// A stale entry had a part in item `index` of the body in the mailbox.
    void note_stale_item(std::uint32_t index) { stale_items_.set(index); }
    /// `now`: cycles since reset.
    void report(const kernel::Observation& observation, std::uint64_t now);
    /// The set-up ends with the first CALL, of which `now` and `ledger` have nothing yet.
    [[nodiscard]] bool in_setup() const { return in_setup_; }
    void end_setup(std::uint64_t now, const machine::Ledger& ledger);

    /// The mark of an Image that is not running.
    [[nodiscard]] bool is_foreign(std::uint64_t mark) const;
    /// Memory mappings hold what the workload put there, and that may look like a mark.
    [[nodiscard]] bool may_hold_marks(x86::LinearAddress address) const;

    /// Moves what was gathered into `result`.
    void add_to(RunResult& result);

private:
    template <typename Record>
    [[nodiscard]] Record record(std::uint64_t array_offset, std::uint32_t index) const
    {
        Record copy;
        std::memcpy(&copy, program_.data() + array_offset + std::uint64_t{index} * sizeof(Record), sizeof(Record));
        return copy;
    }
    void leave_frame();

    std::span<const std::byte> program_;
    kernel::ProgramHeader header_;
    bool records_observations_;
    bool in_setup_ = true;
    std::vector<std::uint32_t> frame_images_; ///< the Image of each call frame
    std::bitset<kernel::body_capacity> stale_items_;
    RunResult gathered_; ///< what the harness knows of it
};

} // namespace drywalk::platform
