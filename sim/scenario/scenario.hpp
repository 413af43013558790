// SPDX-License-Identifier: MIT
// A scenario as the rest of the simulator sees it: checked, with every default filled in.
#pragma once

#include "kernel_model/program/observation.hpp"
#include "kernel_model/program/workload.hpp"
#include "models/oracle/judgement.hpp"
#include "models/x86/address.hpp"
#include "sim/machine/machine.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::scenario {

struct Layout {
    x86::LinearAddress template_base; ///< kernel_model/program/layout.hpp has the defaults
    x86::LinearAddress stack_base;
    x86::LinearAddress working_set_base;
};

/// Where in its page an access goes, and in which frame a page lies.
struct Placement {
    kernel::LinePlacement lines = kernel::LinePlacement::spread;
    kernel::FramePlacement frames = kernel::FramePlacement::scattered;
};

/// PCIDs that Instances share unless a scenario says otherwise: as many as Linux 6.1 uses for user address spaces
/// (TLB_NR_DYN_ASIDS, arch/x86/include/asm/tlbflush.h).
inline constexpr std::uint32_t default_pcids = 6;

/// Capability kernel: one memory mapping of an Image.
struct Mapping {
    x86::LinearAddress start;
    std::uint32_t pages = 0; ///< at least 1
    kernel::MappingKind kind = kernel::MappingKind::pinned;
    std::uint32_t slot = 0; ///< not for ephemeral

    [[nodiscard]] std::uint64_t bytes() const { return std::uint64_t{pages} * x86::small_page_bytes; }
};

/// Capability kernel: what lies in a slot from the start.
struct Slot {
    std::uint32_t slot = 0;
    kernel::SlotContent content = kernel::SlotContent::data_cap;
    std::uint32_t index = 0; ///< into Scenario::caps or Scenario::instances
};

struct Image {
    std::string name;
    std::uint32_t code_pages = 0; ///< leaves of `page_size`
    std::uint32_t data_pages = 0;
    x86::PageSize page_size = x86::PageSize::size_4k; ///< 4 KiB or 2 MiB
    bool data_writable = false;
    // Capability kernel:
    std::vector<Mapping> memory = {};
    std::uint32_t endpoints = 1;
    std::vector<Slot> pinned_slots = {};
};

struct Instance {
    std::string name;
    std::uint32_t image = 0; ///< index into Scenario::images
    std::uint32_t working_set_pages = 0;
    std::vector<Slot> slots = {}; ///< capability kernel
};

/// Capability kernel: a DataCap that exists from the start.
struct DataCap {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t seed = 0;
};

/// 4 KiB pages that `bytes` take.
[[nodiscard]] constexpr std::uint64_t pages_of(std::uint64_t bytes)
{
    return (bytes + x86::small_page_bytes - 1) / x86::small_page_bytes;
}

/// Frames that a program of the capability kernel may open inside each other. The kernel's own limit is its memory.
inline constexpr std::uint32_t deepest_program = 10'000;

/// As a count of pages: every one that the Instance has.
inline constexpr std::uint32_t all_pages = 0xffff'ffff;

/// What an Instance does to every 4 KiB of its template and of its working set in one body: counts are pages, taken in
/// order from the start (strided over the whole if fewer than all), or `all_pages`. `beyond_template` touches that many
/// 4 KiB pages past the end of the Instance's own template, where another Image may have had more.
struct Touches {
    std::uint32_t template_loads = 0;
    std::uint32_t template_calls = 0;
    std::uint32_t template_stores = 0;
    std::uint32_t beyond_template = 0; ///< loads; they fault unless a stale entry serves them
    std::uint32_t working_set_loads = 0;
    std::uint32_t working_set_stores = 0;
};

/// The pattern workload: `pairs` times CALL, RUN, HALT. The next Instance in `order` is taken in `switch_percent` of
/// the pairs, evenly spread; otherwise the same one again.
struct PairWorkload {
    std::uint32_t pairs = 0;
    std::vector<std::uint32_t> order; ///< indices into Scenario::instances, at least one
    std::uint32_t switch_percent = 100;
    Touches touches;
};

/// An explicit workload: every operation written out.
struct Step {
    kernel::OperationKind kind = kernel::OperationKind::call;
    std::uint32_t instance = 0;          ///< for call
    kernel::Exchange exchange = {};      ///< for exchange
    std::vector<kernel::UserItem> items; ///< for run; at most kernel::body_capacity
};

/// One operation of the capability kernel, written out.
struct Operation {
    kernel::OperationKind kind = kernel::OperationKind::run;
    std::uint32_t operand = 0;           ///< as OperationRecord::operand; unused for run
    std::vector<kernel::UserItem> items; ///< for run; at most kernel::body_capacity
};

/// Capability kernel: the host calls `instance`; every frame derives a child of its own Image and calls it, `depth`
/// frames deep. A frame above the deepest enters ring 3 three times, the deepest once.
struct RecursionWorkload {
    std::uint32_t instance = 0;
    std::uint32_t depth = 0;
    std::uint32_t repeat = 1; ///< how often the host calls
    std::uint32_t slot = 0;   ///< where a child is derived to
    bool sums_memory = false; ///< each frame also sums every word of its Image's first pinned mapping
    Touches touches;          ///< of the template, in every ring-3 entry
};

/// Capability kernel: the host calls one Instance again and again.
struct CallWorkload {
    std::uint32_t instance = 0;
    std::uint32_t calls = 0;
    Touches touches; ///< of the template
};

/// Capability kernel: the host calls one Instance again and again; each request writes one word in `dirty_percent` of
/// the pages of its Image's first persistent mapping and reads one word in `read_percent` of the others.
struct ServiceWorkload {
    std::uint32_t instance = 0;
    std::uint32_t requests = 0;
    std::uint32_t dirty_percent = 0;
    std::uint32_t read_percent = 0;
};

/// Exactly one of these. The templates kernel has the first two; `pairs` of the capability kernel is ping_pong.
struct Workload {
    std::optional<PairWorkload> pairs;
    std::vector<Step> steps;
    std::vector<Operation> operations = {};
    std::optional<RecursionWorkload> recursion = {};
    std::optional<CallWorkload> calls = {};
    std::optional<ServiceWorkload> service = {};
};

/// A range of a count in an expectation, both ends included.
struct Range {
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;
};

/// What a run under one discipline must show for the scenario to pass as a test.
struct Expectation {
    kernel::Discipline discipline = kernel::Discipline::not_global;
    std::optional<Range> stale_loads, stale_stores, stale_calls, page_faults, cycles, invlpgs, cr3_writes;
    std::optional<Range> violations; ///< of the judge: accesses that some permitted TLB lets go wrong
    std::optional<Range> calls_refused = {}, frames_discarded = {};        ///< capability kernel
    std::array<std::optional<Range>, kernel::counter_count> counters = {}; ///< by kernel::Counter
    std::array<std::optional<Range>, oracle::verdict_count> verdicts = {}; ///< of the judge, by oracle::Verdict
};

/// One number, name or flag of the scenario's own text, or several that change together.
struct Knob {
    std::vector<std::string> pointers; ///< JSON pointers into the scenario
    std::vector<std::string> values;   ///< as JSON text
};

/// Another value for a knob.
struct KnobValue {
    std::string knob;  ///< its first pointer
    std::string value; ///< as people read it
    std::string text;  ///< as JSON text
};

struct SweepPoint;

/// Values of knobs to run beside the scenario's own; empty: only the scenario's own value.
struct Sweep {
    std::vector<std::uint32_t> template_pages;  ///< code pages of every Image; loads and calls follow
    std::vector<std::uint32_t> switch_percents; ///< PairWorkload::switch_percent
    std::vector<Knob> knobs = {};
    std::vector<SweepPoint> points; ///< every combination of `knobs`, checked
};

struct Scenario {
    std::string name;
    std::string summary;
    std::string machine; ///< the name of a machine profile
    std::vector<machine::MachineOverride> machine_overrides;
    std::optional<x86::PageSize> nested_page_size; ///< the kernel runs as a guest whose host maps pages of this size
    std::uint64_t seed = 1;
    std::uint64_t memory_bytes = 0;              ///< the kernel's frame pool ends here; a multiple of 2 MiB
    std::vector<kernel::Discipline> disciplines; ///< at least one, in the order of the report
    std::uint32_t partial_pages = 1;
    std::uint32_t pcids = default_pcids; ///< for the disciplines with PCIDs
    Layout layout;
    Placement placement;
    std::vector<Image> images;
    std::vector<Instance> instances;
    Workload workload;
    Sweep sweep;
    std::vector<Expectation> expectations;
    kernel::KernelKind kernel = kernel::KernelKind::templates;
    // Capability kernel:
    kernel::Policies policies;
    std::string rung; ///< of the optimisation ladder; empty: none was named
    std::vector<DataCap> caps;
};

/// The scenario with one combination of its sweep's knobs; it has no sweep of its own.
struct SweepPoint {
    std::vector<KnobValue> values;
    Scenario scenario;
};

[[nodiscard]] inline bool has_capabilities(const Scenario& scenario)
{
    return scenario.kernel == kernel::KernelKind::capabilities;
}

/// The name a discipline has in scenarios and reports: that of the enumerator.
[[nodiscard]] const char* discipline_name(kernel::Discipline discipline);

/// How many 4 KiB pages the template of `image` has.
[[nodiscard]] constexpr std::uint64_t small_pages(const Image& image)
{
    const std::uint64_t per_leaf = x86::page_bytes(image.page_size) / x86::small_page_bytes;
    return (std::uint64_t{image.code_pages} + image.data_pages) * per_leaf;
}
[[nodiscard]] constexpr std::uint64_t small_code_pages(const Image& image)
{
    return image.code_pages * (x86::page_bytes(image.page_size) / x86::small_page_bytes);
}

} // namespace drywalk::scenario
