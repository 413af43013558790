// SPDX-License-Identifier: MIT
#include "kernel_model/program/layout.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/memory_need.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

namespace layout = kernel::layout;
using x86::LinearAddress;
using x86::PageSize;

/// The first address above the lower half.
constexpr std::uint64_t lower_half_end = std::uint64_t{1} << (x86::linear_bits - 1);

[[nodiscard]] std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

/// A run of linear addresses with the place in the scenario that it comes from.
struct Span {
    const char* what = "";
    std::string pointer;
    LinearAddress begin;
    std::uint64_t bytes = 0;

    [[nodiscard]] std::uint64_t end() const { return begin.value() + bytes; }
    [[nodiscard]] bool meets(const Span& other) const
    {
        return begin.value() < other.end() && other.begin.value() < end();
    }
};

[[nodiscard]] bool uses_large_leaves(const Scenario& scenario)
{
    return std::any_of(scenario.images.begin(), scenario.images.end(),
                       [](const Image& image) { return image.page_size == PageSize::size_2m; });
}

void check_base(const Span& span, PageSize alignment, const Complaint& complaint)
{
    if (span.begin.upper_half()) {
        complaint.fail(span.pointer,
                       fmt::format("{} lies in the kernel half (legal: {} to {})", hex(span.begin.value()),
                                   hex(layout::fixed_region_bytes), hex(lower_half_end - 1)));
    }
    if (span.begin.value() < layout::fixed_region_bytes) {
        complaint.fail(span.pointer,
                       fmt::format("{} lies in the first GiB, which holds the ring-3 stub and the mailbox (legal: {}"
                                   " to {})",
                                   hex(span.begin.value()), hex(layout::fixed_region_bytes), hex(lower_half_end - 1)));
    }
    if (!span.begin.aligned(alignment)) {
        complaint.fail(span.pointer, fmt::format("{} is unaligned (legal: a multiple of {})", hex(span.begin.value()),
                                                 hex(x86::page_bytes(alignment))));
    }
}

void check_image(const Scenario& scenario, std::size_t index, const Complaint& complaint)
{
    const LinearAddress base = scenario.layout.template_base;
    const std::uint64_t room = layout::template_region_bytes - base.offset(PageSize::size_1g);
    const Image& image = scenario.images[index];
    const std::string at = pointer_to(pointer_to("/images", index), "template");
    const std::uint64_t bytes = small_pages(image) * x86::small_page_bytes;
    if (bytes == 0) complaint.fail(at, "no pages (legal: code_pages and data_pages together at least 1)");
    if (bytes <= room) return;
    complaint.fail(at, fmt::format("{} leaves from {} reach beyond the template's region, the 1 GiB to {} (legal: at "
                                   "most {} of {} KiB)",
                                   image.code_pages + image.data_pages, hex(base.value()), hex(base.value() + room),
                                   room / x86::page_bytes(image.page_size), x86::page_bytes(image.page_size) / 1024));
}

void refuse_overlap(const Span& span, const Span& other, const Complaint& complaint)
{
    if (!span.meets(other)) return;
    complaint.fail(span.pointer,
                   fmt::format("the {} ({} to {}) overlaps the {} ({} to {})", span.what, hex(span.begin.value()),
                               hex(span.end() - 1), other.what, hex(other.begin.value()), hex(other.end() - 1)));
}

/// The Instance with the most pages decides: all working sets begin at the same address.
[[nodiscard]] std::uint64_t largest_working_set(const Scenario& scenario)
{
    std::uint64_t pages = 0;
    for (const Instance& instance : scenario.instances)
        pages = std::max<std::uint64_t>(pages, instance.working_set_pages);
    return pages;
}

void check_working_set(const Span& working_set, const Complaint& complaint)
{
    if (working_set.end() <= lower_half_end) return;
    complaint.fail(working_set.pointer, fmt::format("{} pages from {} run into the kernel half (legal: to {})",
                                                    working_set.bytes / x86::small_page_bytes,
                                                    hex(working_set.begin.value()), hex(lower_half_end - 1)));
}

/// The capability kernel has two more places of its own.
void check_apart(const Span& region, const Span& stack, const Complaint& complaint)
{
    const Span memory{"memory mappings' region", "", layout::memory_region, layout::memory_region_bytes};
    const Span context{"context", "", layout::context, x86::small_page_bytes};
    for (const Span& own : {memory, context}) {
        refuse_overlap(region, own, complaint);
        refuse_overlap(stack, own, complaint);
    }
}

void check_layout(const Scenario& scenario, const Complaint& complaint)
{
    const Layout& at = scenario.layout;
    const Span region{"template's 1 GiB region", "/layout/template", at.template_base.page(PageSize::size_1g),
                      layout::template_region_bytes};
    const Span pages{"template", "/layout/template", at.template_base, 1};
    const Span stack{"stack", "/layout/stack", at.stack_base, x86::small_page_bytes};
    const Span working_set{"working set", "/layout/working_set", at.working_set_base,
                           std::max<std::uint64_t>(1, largest_working_set(scenario)) * x86::small_page_bytes};
    const PageSize template_alignment = uses_large_leaves(scenario) ? PageSize::size_2m : PageSize::size_4k;
    Mistakes bases;
    bases.gather([&] { check_base(pages, template_alignment, complaint); });
    bases.gather([&] { check_base(stack, PageSize::size_4k, complaint); });
    bases.gather([&] { check_base(working_set, PageSize::size_4k, complaint); });
    bases.throw_if_any();
    refuse_overlap(stack, region, complaint);
    if (has_capabilities(scenario)) {
        check_apart(region, stack, complaint);
        return;
    }
    check_working_set(working_set, complaint);
    refuse_overlap(working_set, region, complaint);
    refuse_overlap(working_set, stack, complaint);
}

} // namespace

void check_memory(const Scenario& scenario, const Complaint& complaint)
{
    const std::uint64_t unit = x86::page_bytes(PageSize::size_2m);
    if (scenario.memory_bytes % unit != 0) {
        complaint.fail("/memory_bytes", fmt::format("{} is no multiple of 2 MiB (legal next: {})",
                                                    scenario.memory_bytes, (scenario.memory_bytes / unit + 1) * unit));
    }
    const std::uint64_t need = memory_need(scenario);
    if (need <= scenario.memory_bytes) return;
    complaint.fail("/memory_bytes",
                   fmt::format("out of memory: needs {} MiB, memory_bytes is {} MiB (legal: at least {})",
                               need / layout::mib, scenario.memory_bytes / layout::mib, need));
}

void check_places(const Scenario& scenario, const Complaint& complaint)
{
    check_layout(scenario, complaint);
    Mistakes mistakes;
    for (std::size_t index = 0; index < scenario.images.size(); ++index)
        mistakes.gather([&] { check_image(scenario, index, complaint); });
    mistakes.throw_if_any();
}

} // namespace drywalk::scenario
