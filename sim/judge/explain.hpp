// SPDX-License-Identifier: MIT
// Exact witnesses: reads a judged trace again, and follows the page of each finding entry by entry.
#pragma once

#include "models/oracle/address_history.hpp"
#include "models/oracle/oracle.hpp"
#include "sim/judge/verdict.hpp"
#include "sim/trace/reader.hpp"

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace drywalk::judge {

/// Takes the events of a trace in order, a second time, and writes into its verdict which event established and which
/// broke the entry that decides each finding. Pages whose turn would cost too much keep the oracle's estimates:
/// Finding::approximate.
class Explainer {
public:
    struct Limits {
        std::size_t pages = 512;         ///< (processor, page) pairs that are followed
        std::uint64_t steps = 2'000'000; ///< entries looked at, until half of the pages are given up
    };

    /// `verdict` outlives this. `header` is the one that the trace was judged by.
    Explainer(const trace::Header& header, TraceVerdict& verdict, Limits limits);
    Explainer(const trace::Header& header, TraceVerdict& verdict) : Explainer{header, verdict, Limits{}} {}

    void follow(const Event& event);

private:
    /// One page of one processor.
    struct Subject {
        std::unique_ptr<oracle::AddressHistory> history; ///< null once it is given up
        std::uint64_t counted = 0;                       ///< of its steps
    };
    /// A finding and the page that it is about.
    struct Asked {
        Finding* finding = nullptr;
        Subject* subject = nullptr;
    };
    struct LoadedRoot {
        x86::PhysicalAddress root;
        std::uint64_t event = 0;
    };

    void ask(Finding& finding, std::map<std::pair<unsigned, std::uint64_t>, Subject*>& known);
    void answer(const Asked& asked, const Event& event);
    [[nodiscard]] std::optional<oracle::Witness> witness_of(const Finding& finding, const Subject& subject,
                                                            const Event& event) const;
    [[nodiscard]] std::optional<oracle::Witness> holder_of(const Finding& finding, const Subject& subject) const;

    void happen(const Event& event);
    void store(const Event& event);
    void store_page(const Event& event);
    void tell(x86::PhysicalAddress slot, x86::Entry value);
    void access(const Event& event);
    void write_register(const Event& event);
    void load(const Event& event, const x86::Removal& removal);
    void invalidate(unsigned cpu, const x86::Removal& removal);
    void settle(Subject& subject);
    void give_up();
    void give_up_half();

    Limits limits_;
    x86::Vendor vendor_;
    oracle::Oracle oracle_;
    std::uint64_t now_ = 0;
    std::vector<std::unique_ptr<Subject>> subjects_;
    std::vector<std::vector<Subject*>> of_cpu_;
    std::unordered_map<std::uint64_t, std::vector<Subject*>> readers_; ///< by slot
    std::multimap<std::uint64_t, Asked> asked_;                        ///< by event
    std::vector<std::map<std::uint16_t, LoadedRoot>> loaded_;          ///< by processor and PCID
    std::uint64_t steps_ = 0;
};

} // namespace drywalk::judge
