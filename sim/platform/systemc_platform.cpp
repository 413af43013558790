// SPDX-License-Identifier: MIT
#include "sim/platform/systemc_platform.hpp"

#include "sim/platform/tlm_memory_path.hpp"
#include "sim/platform/trace_recorder.hpp"

#include <exception>
#include <fstream>
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

    void advance(std::uint64_t cycles, Activity activity) override
    {
        signals_.activity = static_cast<unsigned>(activity);
        signals_.walking = activity == Activity::walk;
        signals_.ring_3 = activity == Activity::user;
        signals_.cr3 = run_.core().mode().cr3.value;
        signals_.walks = run_.core().counts().walks;
        signals_.invlpgs = run_.core().counts().invlpgs;
        const AccessCounts& stale = run_.user_counts().stale;
        signals_.stale_uses = stale.loads + stale.stores + stale.calls;
        // Other processors' threads run meanwhile, on machines of their own perhaps.
        const kernel::hal::MachineInUse::Suspension suspended;
        wait(static_cast<double>(cycles) * cycle_time());
    }

    void trace(sc_core::sc_trace_file* file) const override
    {
        sc_core::sc_trace(file, signals_.activity, "activity");
        sc_core::sc_trace(file, signals_.walking, "walking");
        sc_core::sc_trace(file, signals_.ring_3, "ring_3");
        sc_core::sc_trace(file, signals_.cr3, "cr3");
        sc_core::sc_trace(file, signals_.walks, "walks");
        sc_core::sc_trace(file, signals_.invlpgs, "invlpgs");
        sc_core::sc_trace(file, signals_.stale_uses, "stale_uses");
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

    struct Signals {
        unsigned activity = 0;
        bool walking = false;
        bool ring_3 = false;
        sc_dt::uint64 cr3 = 0;
        sc_dt::uint64 walks = 0;
        sc_dt::uint64 invlpgs = 0;
        sc_dt::uint64 stale_uses = 0;
    };

    KernelRun run_;
    Signals signals_;
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

    [[nodiscard]] const CpuModule& cpu() const { return cpu_; }

private:
    L1Module l1_;
    CacheModule l2_;
    CacheModule l3_;
    DramModule dram_;
    CpuModule cpu_;
};

/// A VCD file that is complete under its own name or not there at all.
class Waveform {
public:
    Waveform(std::filesystem::path path, const CpuModule& cpu)
        : path_{std::move(path)}, stem_{path_.string() + ".partial"}, partial_{stem_ + ".vcd"}
    {
        // SystemC opens the file late and says over several lines why it cannot.
        if (!std::ofstream{partial_}) throw std::runtime_error(path_.string() + ": cannot be written");
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        file_ = sc_core::sc_create_vcd_trace_file(stem_.c_str());
        file_->set_time_unit(1, sc_core::SC_NS);
        cpu.trace(file_);
    }
    Waveform(const Waveform&) = delete;
    Waveform& operator=(const Waveform&) = delete;
    ~Waveform()
    {
        if (file_ == nullptr) return;
        sc_core::sc_close_vcd_trace_file(file_);
        std::error_code ignored;
        std::filesystem::remove(partial_, ignored);
    }

    void finish()
    {
        sc_core::sc_close_vcd_trace_file(file_);
        file_ = nullptr;
        std::filesystem::rename(partial_, path_);
    }

private:
    std::filesystem::path path_;
    std::string stem_; ///< SystemC appends .vcd
    std::filesystem::path partial_;
    sc_core::sc_trace_file* file_ = nullptr;
};

} // namespace

RunResult run_systemc(const machine::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
                      const PlatformOptions& options)
{
    CpuOptions cpu_options = options.cpu;
    if (options.vcd) cpu_options.quantum = 1;
    std::optional<Judge> judge;
    if (options.judge) cpu_options.observers.push_back(&judge.emplace(*options.judge));
    std::optional<TraceRecorder> recorder;
    if (options.trace) {
        const x86::Vendor vendor = options.judge.value_or(JudgeOptions{}).vendor;
        cpu_options.observers.push_back(&recorder.emplace(*options.trace, vendor));
    }
    const Modules machine{profile, costs, program, cpu_options};
    std::optional<Waveform> waveform;
    if (options.vcd) waveform.emplace(*options.vcd, machine.cpu());
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
