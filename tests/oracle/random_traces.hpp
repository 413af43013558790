// SPDX-License-Identifier: MIT
// Small random traces for a few processors, roots and tables, biased towards what TLB discipline gets wrong.
#pragma once

#include "tests/oracle/trace.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace drywalk::oracle::test {

/// The same seed and vendor give the same traces on every machine.
class TraceGenerator {
public:
    TraceGenerator(std::uint64_t seed, x86::Vendor vendor) : random_{seed}, vendor_{vendor} {}

    [[nodiscard]] Trace next();

    /// One processor, no PCIDs, paging stays on: what every model of an MMU understands.
    void keep_plain() { plain_ = true; }
    /// One or two addresses that the last trace was about.
    [[nodiscard]] const std::vector<std::uint64_t>& focus() const { return focus_; }
    [[nodiscard]] std::uint64_t number_below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] bool chance(unsigned percent) { return number_below(100) < percent; }

private:
    void begin();
    void build_tables();
    void map_focus(std::uint64_t root, std::uint64_t linear, x86::Level root_level);
    void step();
    void store_somewhere();
    void change_control();
    void change_cr4();
    void change_depth(unsigned where);
    void change_key_rights();
    void switch_root();
    void switch_root(unsigned where);
    void invalidate_page();
    void invalidate_by_pcid();
    void broadcast();
    void access();
    void release();
    void park_and_release();
    void fault();

    [[nodiscard]] std::uint32_t key_rights();
    [[nodiscard]] std::uint64_t linear_address();
    [[nodiscard]] std::uint64_t focus_address();
    [[nodiscard]] std::uint64_t pick(const std::vector<std::uint64_t>& values)
    {
        return values[number_below(values.size())];
    }
    [[nodiscard]] std::uint64_t table_value(x86::Level level);
    [[nodiscard]] std::uint64_t leaf_value(x86::Level level);
    [[nodiscard]] std::uint64_t fresh_value(x86::Level level);
    [[nodiscard]] std::uint64_t changed_value(std::uint64_t slot, x86::Level level);
    [[nodiscard]] unsigned cpu() { return static_cast<unsigned>(number_below(trace_.configuration.cpus)); }

    Event& add(EventKind kind, unsigned cpu);
    void add_store(std::uint64_t slot, std::uint64_t value);
    void write_cr4(unsigned cpu, std::uint64_t value);

    std::mt19937_64 random_;
    x86::Vendor vendor_;
    bool plain_ = false;
    bool five_levels_ = false; ///< this trace has processors with five levels, and now and then one with four
    bool keys_ = false;        ///< this trace is about protection keys
    bool masking_ = false;     ///< linear addresses may carry data in their upper bits
    bool shadow_ = false;      ///< there are shadow stacks
    bool broadcasts_ = false;  ///< there are INVLPGB and TLBSYNC

    Trace trace_;
    std::map<std::uint64_t, std::vector<std::uint64_t>> history_; ///< every value that a slot has had
    std::vector<x86::PagingMode> modes_;
    std::vector<std::uint64_t> focus_; ///< the linear addresses that this trace is about
};

} // namespace drywalk::oracle::test
