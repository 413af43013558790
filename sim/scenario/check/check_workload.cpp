// SPDX-License-Identifier: MIT
#include "kernel_model/program/layout.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/body.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/pair_rate.hpp"

#include <fmt/format.h>

#include <set>

namespace drywalk::scenario {

namespace {

namespace layout = kernel::layout;
using kernel::OperationKind;
using kernel::UserAction;
using kernel::UserItem;
using x86::LinearAddress;
using x86::PageSize;

/// A count of one kind of touch and how many pages an Instance has for it.
struct Available {
    const char* name;
    std::uint32_t count;
    std::uint64_t pages;
};

void check_count(const Available& touch, const std::string& whose, const std::string& at, const Complaint& complaint)
{
    if (touch.count == all_pages || touch.count <= touch.pages) return;
    complaint.fail(pointer_to(at, touch.name),
                   fmt::format("{} pages, but Instance {} has {} (legal: 0 to {}, or \"all\")", touch.count,
                               in_quotes(whose), touch.pages, touch.pages));
}

void check_beyond(const Scenario& scenario, const Instance& who, std::uint32_t wanted, const std::string& at,
                  const Complaint& complaint)
{
    const std::uint64_t offset = scenario.layout.template_base.offset(PageSize::size_1g) / x86::small_page_bytes;
    const std::uint64_t room = layout::template_region_pages - offset - small_pages(scenario.images[who.image]);
    if (wanted <= room) return;
    complaint.fail(pointer_to(at, "beyond_template"),
                   fmt::format("{} pages past the template of Instance {} leave the template's 1 GiB region (legal: 0"
                               " to {})",
                               wanted, in_quotes(who.name), room));
}

void check_pair_touches(const Scenario& scenario, std::uint32_t instance, const Complaint& complaint)
{
    const std::string at = "/workload/pairs/touches";
    const Instance& who = scenario.instances[instance];
    check_touches(scenario, who, scenario.workload.pairs->touches, at, complaint);
    if (body_item_count(scenario, instance) == 0) {
        complaint.fail(at,
                       fmt::format("Instance {} would touch nothing (legal: at least one page)", in_quotes(who.name)));
    }
}

[[nodiscard]] std::uint64_t bodies_for(std::uint64_t items)
{
    return (items + kernel::body_capacity - 1) / kernel::body_capacity;
}

void check_pairs(const Scenario& scenario, const Complaint& complaint)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    check_switch_rate(pairs, "/workload/pairs/switch_percent", complaint);
    const std::set<std::uint32_t> distinct(pairs.order.begin(), pairs.order.end());
    std::uint64_t items = 0;
    std::uint64_t most_items = 0;
    for (const std::uint32_t instance : distinct) {
        check_pair_touches(scenario, instance, complaint);
        const std::uint64_t count = body_item_count(scenario, instance);
        items += count;
        most_items = std::max(most_items, count);
    }
    check_work(items + pairs.pairs * (2 + bodies_for(most_items)), pairs.pairs * most_items, "/workload/pairs/count",
               complaint);
}

/// The first address above the lower half.
constexpr std::uint64_t lower_half_end = std::uint64_t{1} << (x86::linear_bits - 1);

/// The address of the last word that `item` touches.
[[nodiscard]] std::uint64_t last_word(const UserItem& item)
{
    const bool several = item.action == UserAction::sum || item.action == UserAction::fill;
    return several && item.count != 0 ? item.address + (item.count - 1) * item.stride() : item.address;
}

[[nodiscard]] bool in_template_region(const Scenario& scenario, LinearAddress address)
{
    return address.page(PageSize::size_1g) == scenario.layout.template_base.page(PageSize::size_1g);
}

/// Follows how many frames are open.
class FrameCount {
public:
    void take(const Step& step, const std::string& at, const Complaint& complaint)
    {
        if (step.kind == OperationKind::exchange) return;
        if (step.kind == OperationKind::call) {
            if (++depth_ > kernel::max_call_depth) {
                complaint.fail(at, fmt::format("opens frame {} (legal: at most {})", depth_, kernel::max_call_depth));
            }
            return;
        }
        if (depth_ == 0) complaint.fail(at, "no frame is open here (legal: after a call)");
        if (step.kind == OperationKind::halt) --depth_;
    }

private:
    std::uint32_t depth_ = 0;
};

void check_exchange(const Scenario& scenario, const kernel::Exchange& exchange, const std::string& at,
                    const Complaint& complaint)
{
    const Instance& who = scenario.instances[exchange.instance];
    const std::uint32_t pages = std::min(who.working_set_pages, kernel::exchangeable_pages);
    for (const std::uint32_t page : {exchange.first, exchange.second}) {
        if (page < pages) continue;
        complaint.fail(at, fmt::format("no page {} to exchange in the working set of Instance {} (legal: two of its"
                                       " first {} pages, of {})",
                                       page, in_quotes(who.name), pages, who.working_set_pages));
    }
}

void check_steps(const Scenario& scenario, const Complaint& complaint)
{
    FrameCount frames;
    Mistakes mistakes;
    bool nested = true; ///< what follows a CALL or HALT too many would only repeat the complaint
    for (std::size_t index = 0; index < scenario.workload.steps.size(); ++index) {
        const Step& step = scenario.workload.steps[index];
        const std::string at = pointer_to("/workload/steps", index);
        if (nested) nested = mistakes.gather([&] { frames.take(step, at, complaint); });
        if (step.kind == OperationKind::exchange) {
            mistakes.gather([&] { check_exchange(scenario, step.exchange, pointer_to(at, "exchange"), complaint); });
        }
        const std::string run = pointer_to(at, "run");
        for (std::size_t item = 0; item < step.items.size(); ++item)
            mistakes.gather([&] { check_item(scenario, step.items[item], pointer_to(run, item), complaint); });
    }
    mistakes.throw_if_any();
}

} // namespace

void check_work(std::uint64_t records, std::uint64_t accesses, const std::string& at, const Complaint& complaint)
{
    if (records > most_records) {
        complaint.fail(at, fmt::format("{} items and operations in all (legal: up to {})", records, most_records));
    }
    if (accesses <= most_accesses) return;
    complaint.fail(at, fmt::format("{} accesses in all, each word of sum and fill counted (legal: up to {})", accesses,
                                   most_accesses));
}

void check_touches(const Scenario& scenario, const Instance& who, const Touches& touches, const std::string& at,
                   const Complaint& complaint)
{
    const Image& image = scenario.images[who.image];
    const std::uint64_t code = small_code_pages(image);
    const Available all[] = {{"template_loads", touches.template_loads, small_pages(image)},
                             {"template_calls", touches.template_calls, code},
                             {"template_stores", touches.template_stores, small_pages(image) - code},
                             {"working_set_loads", touches.working_set_loads, who.working_set_pages},
                             {"working_set_stores", touches.working_set_stores, who.working_set_pages}};
    for (const Available& touch : all)
        check_count(touch, who.name, at, complaint);
    check_beyond(scenario, who, touches.beyond_template, at, complaint);
}

void check_item(const Scenario& scenario, const UserItem& item, const std::string& at, const Complaint& complaint)
{
    const LinearAddress address = LinearAddress::truncate(item.address);
    const auto fail = [&](const char* what) {
        complaint.fail(at, fmt::format("address {:#x} {}", address.value(), what));
    };
    if (address.upper_half()) fail("lies in the kernel half (legal: the lower half from 0x40000000 on)");
    if (address.value() < layout::fixed_region_bytes) {
        fail("lies in the first GiB, which holds the ring-3 stub and the mailbox (legal: from 0x40000000 on)");
    }
    const LinearAddress page = address.page(PageSize::size_4k);
    const LinearAddress code = usual_place(scenario.placement, page, UserAction::call);
    if (item.action == UserAction::call && address != code) {
        complaint.fail(at, fmt::format("address {:#x} is not where its page has code (legal for a call: offset {:#x} in"
                                       " this page)",
                                       address.value(), code - page));
    }
    if (address.value() % 8 != 0) fail("is unaligned (legal: a multiple of 8)");
    if (last_word(item) >= lower_half_end) fail("leads beyond the lower half (legal: fewer words or a shorter stride)");
    const bool on_marks = code <= address && address - code < store_offset;
    if (item.action == UserAction::store && in_template_region(scenario, address) && on_marks) {
        complaint.fail(at, fmt::format("address {:#x} is one of a template page's marks (legal for a store: not offset"
                                       " {:#x} or {:#x} in this page)",
                                       address.value(), code - page, code - page + 8));
    }
    if (item.action == UserAction::fill && in_template_region(scenario, address)) {
        fail("lies in the template's region, where words are marks (legal for a fill: memory mappings)");
    }
}

void check_workload(const Scenario& scenario, const Complaint& complaint)
{
    if (has_capabilities(scenario)) {
        check_capability_workload(scenario, complaint);
    } else if (scenario.workload.pairs) {
        check_pairs(scenario, complaint);
    } else {
        check_steps(scenario, complaint);
    }
}

} // namespace drywalk::scenario
