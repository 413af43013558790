// SPDX-License-Identifier: MIT
#include "sim/platform/systemc_platform.hpp"

#include "sim/platform/tlm_memory_path.hpp"
#include "sim/platform/trace_recorder.hpp"
#include "sim/platform/waveform.hpp"

#include <exception>
#include <stdexcept>

namespace drywalk::platform {

namespace {

/// Runs the processor in a thread of its own; its time is simulated time.
class CpuModule final : public sc_core::sc_module, public Timeline {
public:
    CpuModule(sc_core::sc_module_name name, const machine::Profile& profile, const KernelCosts& costs,
              std::span<const std::byte> program, memory::Port& port, const CpuOptions& options)
        : sc_module{name}, run_{{.profile = profile,
                                 .costs = costs,
                                 .program = program,
                                 .caches = port,
                                 .timeline = *this,
                                 .options = options}}
    {
        SC_HAS_PROCESS(CpuModule);
        SC_THREAD(run_kernel);
    }

    /// Signals go to `waveform` from now on.
    void record(Waveform& waveform) { waveform_ = &waveform; }

    void advance(std::uint64_t cycles, Activity activity) override
    {
        if (waveform_ != nullptr) waveform_->sample(now(), signals_during(activity));
        // Other processors' threads run meanwhile, on machines of their own perhaps.
        const kernel::hal::MachineInUse::Suspension suspended;
        wait(static_cast<double>(cycles) * cycle_time());
    }

    /// What run() ended with. Throws what the run threw.
    [[nodiscard]] RunResult result() const
    {
        if (failure_) std::rethrow_exception(failure_);
        return result_;
    }

private:
    void run_kernel()
    {
        try {
            result_ = run_.run();
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    [[nodiscard]] static std::uint64_t now() { return sc_core::sc_time_stamp().value() / cycle_time().value(); }

    [[nodiscard]] Waveform::Values signals_during(Activity activity) const
    {
        const Core& core = run_.core();
        const AccessCounts& uses = run_.user_counts().stale;
        const std::uint64_t stale = uses.loads + uses.stores + uses.calls;
        return {static_cast<std::uint64_t>(activity),
                activity == Activity::walk ? 1U : 0U,
                activity == Activity::user ? 1U : 0U,
                core.mode().cr3.value,
                core.counts().walks,
                core.counts().invlpgs,
                stale};
    }

    KernelRun run_;
    Waveform* waveform_ = nullptr;
    RunResult result_;
    std::exception_ptr failure_;
};

/// The modules, wired.
class Modules {
public:
    Modules(const machine::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
            const CpuOptions& options)
        : l1_{"l1d", profile.memory.l1d}, l2_{"l2", profile.memory.l2, machine::ServedBy::l2},
          l3_{"l3", profile.memory.l3, machine::ServedBy::l3}, dram_{"dram", profile.memory.dram_latency},
          cpu_{"cpu", profile, costs, program, l1_, options}
    {
        l1_.to_below.bind(l2_.from_above);
        l2_.to_below.bind(l3_.from_above);
        l3_.to_below.bind(dram_.from_above);
    }

    [[nodiscard]] CpuModule& cpu() { return cpu_; }

private:
    L1Module l1_;
    CacheModule l2_;
    CacheModule l3_;
    DramModule dram_;
    CpuModule cpu_;
};

} // namespace

RunResult run_systemc(const machine::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
                      const PlatformOptions& options)
{
    CpuOptions cpu_options = options.cpu;
    for (output::AtomicFile* const file : {options.vcd, options.trace}) {
        if (file != nullptr) file->adopt();
    }
    if (options.vcd != nullptr) cpu_options.quantum = 1;
    std::optional<Judge> judge;
    if (options.judge) cpu_options.observers.push_back(&judge.emplace(*options.judge));
    std::optional<TraceRecorder> recorder;
    if (options.trace != nullptr) {
        const x86::Vendor vendor = options.judge.value_or(JudgeOptions{}).vendor;
        cpu_options.observers.push_back(&recorder.emplace(*options.trace, vendor));
    }
    Modules machine{profile, costs, program, cpu_options};
    std::optional<Waveform> waveform;
    if (options.vcd != nullptr) machine.cpu().record(waveform.emplace(*options.vcd));
    sc_core::sc_start();
    RunResult result = machine.cpu().result();
    if (judge) result.judge = judge->summary();
    if (recorder) recorder->finish();
    const std::uint64_t simulated = sc_core::sc_time_stamp().value() / cycle_time().value();
    if (simulated != result.total_cycles) throw std::logic_error("the platform's time differs from the processor's");
    if (waveform) waveform->finish();
    return result;
}

} // namespace drywalk::platform
