// SPDX-License-Identifier: MIT
#include "sim/platform/kernel_run.hpp"

#include "kernel_model/core/kernel.hpp"
#include "sim/platform/boot_state.hpp"

namespace drywalk::platform {

KernelRun::KernelRun(const RunSetup& setup)
    : harness_{setup.program, setup.options.record_observations}, machine_{{.profile = setup.profile,
                                                                            .memory_bytes =
                                                                                harness_.header().memory_end,
                                                                            .caches = setup.caches,
                                                                            .observers = setup.options.observers,
                                                                            .fast_path = setup.options.fast_path}},
      core_{machine_.add_processor(setup.timeline, setup.options.quantum)},
      port_{core_, harness_, {.kernel = setup.costs, .platform = setup.profile.platform_costs}}
{
}

void KernelRun::reset() { boot(machine_, harness_.header().memory_end); }

RunResult KernelRun::run()
{
    reset();
    RunResult result;
    {
        const kernel::hal::MachineInUse in_use{port_};
        result.refusal = kernel::run_kernel();
    }
    core_.flush_time(Activity::kernel);
    result.total_cycles = core_.elapsed();
    result.ledger = core_.ledger();
    harness_.add_to(result);
    add_counts(result.counts);
    return result;
}

Counts KernelRun::counts() const
{
    Counts counts;
    add_counts(counts);
    return counts;
}

/// What the processor and its ring 3 counted; the harness adds its own.
void KernelRun::add_counts(Counts& counts) const
{
    const CoreCounts& core = core_.counts();
    counts.simulated_accesses = core.translations;
    counts.l1_tlb_hits = core.l1_tlb_hits;
    counts.l2_tlb_hits = core.l2_tlb_hits;
    counts.walks = core.walks;
    counts.cr3_writes = core.cr3_writes;
    counts.cr4_writes = core.cr4_writes;
    counts.invlpgs = core.invlpgs;
    counts.page_faults = core.page_faults;
    const UserCounts& user = port_.user_counts();
    counts.accesses = user.accesses;
    counts.stale = user.stale;
    counts.foreign_marks = user.foreign_marks;
    counts.spurious_faults = user.spurious_faults;
    counts.ring3_entries = user.ring3_entries;
    counts.path_passes = port_.path_passes();
}

} // namespace drywalk::platform
