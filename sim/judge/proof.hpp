// SPDX-License-Identifier: MIT
// Advice by trial: remedies are put in and the trace is judged again, until only remedies that cure are left.
#pragma once

#include "sim/judge/trial.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace drywalk::judge {

/// Tries all remedies of a verdict, as many of them apart from each other as the length of the trace allows: that
/// another finding's remedy cures is no proof.
class Proof {
public:
    /// `verdict` outlives this. `header` is the one that the trace was judged by.
    Proof(const trace::Header& header, TraceVerdict& verdict);

    /// False once nothing is left to be tried. Otherwise the trace is to be read once: begin(), follow() for each event
    /// in order, end().
    [[nodiscard]] bool wants_a_reading() const { return !waiting_.empty(); }
    void begin();
    void follow(const Event& event);
    void end();

private:
    /// Findings whose remedies are put in together.
    struct Set {
        std::vector<Finding*> findings;
        bool strengthened = false;        ///< the remedies are INVPCID of everything, right before the event
        std::vector<Trial::Place> places; ///< in their ranges, one trial each
    };
    struct Run {
        Set set;
        std::vector<std::unique_ptr<Trial>> trials;
    };

    void wait(Set set);
    void conclude(const Run& run);

    trace::Header header_;
    std::uint64_t trials_at_once_ = 0;
    std::deque<Set> waiting_;
    std::vector<Run> running_;
};

} // namespace drywalk::judge
