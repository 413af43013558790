// SPDX-License-Identifier: MIT
// Ring 3 on one processor: the stub of kernel_model/user/stub.S, access by access, in its order.
#pragma once

#include "sim/platform/core.hpp"
#include "sim/platform/harness.hpp"

#include <optional>

namespace drywalk::platform {

/// What the workload asked of ring 3, and what became of it.
struct UserCounts {
    AccessCounts accesses;
    AccessCounts stale;
    AccessCounts foreign_marks;
    std::uint64_t spurious_faults = 0;
    std::uint64_t ring3_entries = 0;
};

class UserExecution {
public:
    /// `core` and `harness` outlive this.
    UserExecution(Core& core, Harness& harness, const machine::PlatformCosts& costs)
        : core_{core}, harness_{harness}, costs_{costs}
    {
    }

    [[nodiscard]] kernel::hal::UserExit enter(const kernel::hal::UserState& state);
    /// The stub's registers are those of the fault: the item is not read again, and a sum or fill goes on at the word
    /// that faulted.
    [[nodiscard]] kernel::hal::UserExit resume();
    [[nodiscard]] const UserCounts& counts() const { return counts_; }

private:
    /// What became of one access of ring 3.
    struct UserAccess {
        bool permitted = false;
        bool stale = false;
        x86::PhysicalAddress physical;
        x86::PageFaultCode fault{};
    };
    /// What the stub's registers hold while it works on an item.
    struct ItemInProgress {
        kernel::UserItem item;
        std::uint32_t words_done = 0; ///< of a sum or fill
        std::uint64_t sum = 0;        ///< of the words done
    };
    /// What became of one item, or of one try of it.
    struct ItemOutcome {
        bool permitted = false;
        std::uint64_t value = 0;
        x86::LinearAddress fault_address{};
        x86::PageFaultCode fault{};

        [[nodiscard]] static ItemOutcome done(std::uint64_t value) { return {.permitted = true, .value = value}; }
        [[nodiscard]] static ItemOutcome fault_at(x86::LinearAddress address, x86::PageFaultCode code)
        {
            return {.fault_address = address, .fault = code};
        }
    };

    [[nodiscard]] memory::PhysicalMemory& memory() { return core_.shared().memory(); }
    [[nodiscard]] UserAccess access(x86::LinearAddress linear, x86::AccessKind kind);
    [[nodiscard]] x86::PhysicalAddress stub_access(x86::LinearAddress linear, x86::AccessKind kind);
    [[nodiscard]] std::uint64_t stub_load(x86::LinearAddress linear);
    void stub_store(x86::LinearAddress linear, std::uint64_t value);
    void fetch_stub();
    void enter_ring3();
    [[nodiscard]] kernel::hal::UserExit run_items();
    [[nodiscard]] kernel::UserItem read_item(std::uint32_t index);
    [[nodiscard]] std::optional<kernel::hal::UserExit> work_on_item();
    [[nodiscard]] kernel::hal::UserExit page_fault(const ItemOutcome& outcome);
    [[nodiscard]] ItemOutcome carry_out(const kernel::UserItem& item);
    [[nodiscard]] ItemOutcome load_item(x86::LinearAddress address);
    [[nodiscard]] ItemOutcome store_item(x86::LinearAddress address, std::uint64_t value);
    [[nodiscard]] ItemOutcome call_item(x86::LinearAddress address);
    [[nodiscard]] ItemOutcome sum_item(const kernel::UserItem& item);
    [[nodiscard]] ItemOutcome fill_item(const kernel::UserItem& item);
    [[nodiscard]] std::uint64_t execute_at(x86::PhysicalAddress code, x86::LinearAddress address);
    void count_access(std::uint64_t& counter);
    void note_stale(const UserAccess& made, std::uint64_t& counter);

    Core& core_;
    Harness& harness_;
    machine::PlatformCosts costs_;
    UserCounts counts_;
    kernel::hal::UserState state_; ///< of the last entry into ring 3
    std::uint32_t current_item_ = 0;
    ItemInProgress in_progress_;
    bool repeats_access_ = false; ///< the access about to be made was made before, and faulted
};

} // namespace drywalk::platform
