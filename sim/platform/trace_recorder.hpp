// SPDX-License-Identifier: MIT
// Writes what the simulated processor does as a trace that `drywalk check` reads.
#pragma once

#include "sim/platform/event_observer.hpp"
#include "sim/trace/writer.hpp"

#include <optional>
#include <string>

namespace drywalk::platform {

class TraceRecorder final : public EventObserver {
public:
    /// `vendor` goes into the trace's header.
    TraceRecorder(output::AtomicFile& file, x86::Vendor vendor) : file_{file}, vendor_{vendor} {}

    /// Writes what is pending; the caller commits the file.
    void finish() { writer_->finish(); }

    void begin(const BeginState& state) override;
    void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where) override;
    void mov_cr0(unsigned cpu, x86::Cr0 value, const Where& where) override;
    void mov_cr3(unsigned cpu, x86::Cr3 value, const Where& where) override;
    void mov_cr4(unsigned cpu, x86::Cr4 value, const Where& where) override;
    void wrmsr_efer(unsigned cpu, x86::Efer value, const Where& where) override;
    void invlpg(unsigned cpu, x86::LinearAddress linear, const Where& where) override;
    void release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes, const Where& where) override;
    [[nodiscard]] std::optional<Override> access(unsigned cpu, x86::LinearAddress linear, x86::Access access,
                                                 unsigned bytes) override;
    void page_fault(unsigned cpu, x86::LinearAddress linear) override;

private:
    void write_control(unsigned cpu, trace::EventKind kind, std::uint64_t value, const Where& where);
    [[nodiscard]] std::string_view source(const Where& where);

    output::AtomicFile& file_;
    x86::Vendor vendor_;
    std::optional<trace::TraceWriter> writer_;
    std::string source_; ///< what the event being written borrows
};

} // namespace drywalk::platform
