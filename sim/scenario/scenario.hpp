// SPDX-License-Identifier: MIT
// A scenario as the rest of the simulator sees it: checked, with every default filled in.
#pragma once

#include "kernel_model/core/workload.hpp"
#include "models/x86/address.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::scenario {

struct Layout {
    x86::LinearAddress template_base; ///< kernel_model/core/layout.hpp has the defaults
    x86::LinearAddress stack_base;
    x86::LinearAddress working_set_base;
};

struct Image {
    std::string name;
    std::uint32_t code_pages = 0; ///< leaves of `page_size`
    std::uint32_t data_pages = 0;
    x86::PageSize page_size = x86::PageSize::size_4k; ///< 4 KiB or 2 MiB
    bool data_writable = false;
};

struct Instance {
    std::string name;
    std::uint32_t image = 0; ///< index into Scenario::images
    std::uint32_t working_set_pages = 0;
};

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
    std::vector<kernel::UserItem> items; ///< for run; at most kernel::body_capacity
};

struct Workload {
    std::optional<PairWorkload> pairs; ///< exactly one of the two
    std::vector<Step> steps;
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
};

/// Values of knobs to run beside the scenario's own; empty: only the scenario's own value.
struct Sweep {
    std::vector<std::uint32_t> template_pages;  ///< code pages of every Image; loads and calls follow
    std::vector<std::uint32_t> switch_percents; ///< PairWorkload::switch_percent
};

/// Another value for one number, name or flag of the machine's profile.
struct MachineOverride {
    std::string pointer; ///< JSON pointer of what it replaces in the profile, such as "/costs/invlpg"
    std::string value;   ///< as JSON text
};

struct Scenario {
    std::string name;
    std::string summary;
    std::string machine; ///< the name of a machine profile
    std::vector<MachineOverride> machine_overrides;
    std::optional<x86::PageSize> nested_page_size; ///< the kernel runs as a guest whose host maps pages of this size
    std::uint64_t seed = 1;
    std::uint64_t memory_bytes = 0;              ///< the kernel's frame pool ends here; a multiple of 2 MiB
    std::vector<kernel::Discipline> disciplines; ///< at least one, in the order of the report
    std::uint32_t partial_pages = 1;
    Layout layout;
    std::vector<Image> images;
    std::vector<Instance> instances;
    Workload workload;
    Sweep sweep;
    std::vector<Expectation> expectations;
};

/// The name a discipline has in scenarios and reports: that of the enumerator.
[[nodiscard]] const char* discipline_name(kernel::Discipline discipline);

/// "4k", "2m" or "1g", as Scenario::nested_page_size is written.
inline constexpr std::array<const char*, x86::page_size_count> host_page_size_names{"4k", "2m", "1g"};

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
