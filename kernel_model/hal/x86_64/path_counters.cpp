// SPDX-License-Identifier: MIT
// How often the kernel took each of its paths, and the time-stamp counter ticks that it spent in them.
//
// Passes nest, an uncounted scope is an inner pass like any other, and what runs outside all paths is an outermost
// pass, so that no function here branches: the counting costs the same at every pass and can be taken off.

#include "kernel_model/hal/x86_64/path_counters.hpp"

#include "kernel_model/hal/x86_64/instructions.hpp"

#include <algorithm>

namespace drywalk::kernel {

namespace {

constexpr unsigned uncounted = hal::path_count;
constexpr unsigned outside = hal::path_count + 1;
constexpr unsigned slot_count = hal::path_count + 2;
constexpr unsigned deepest_nesting = 16;

struct Slot {
    std::uint64_t passes;
    std::uint64_t inner_passes; ///< that began during passes of this slot
    std::uint64_t ticks;        ///< of its own, counting included
};

Slot slots[slot_count];
unsigned nested[deepest_nesting] = {outside};
unsigned depth;
std::uint64_t last_stamp; ///< the time up to which all ticks are accounted for

std::uint64_t cost_of_pass;       ///< ticks that a pass adds to its own slot
std::uint64_t cost_of_inner_pass; ///< ticks that a pass adds to the slot around it

void begin_slot(unsigned slot)
{
    Slot& around = slots[nested[depth]];
    around.ticks += x86_64::read_time_stamp() - last_stamp;
    ++around.inner_passes;
    nested[++depth] = slot;
    last_stamp = x86_64::read_time_stamp();
}

void end_slot(unsigned slot)
{
    slots[slot].ticks += x86_64::read_time_stamp() - last_stamp;
    ++slots[slot].passes;
    --depth;
    last_stamp = x86_64::read_time_stamp();
}

} // namespace

void hal::begin_path(Path path) { begin_slot(static_cast<unsigned>(path)); }

void hal::end_path(Path path) { end_slot(static_cast<unsigned>(path)); }

namespace x86_64 {

void calibrate_path_counters()
{
    constexpr int attempts = 16;
    constexpr auto outer = hal::Path::run;
    constexpr auto inner = hal::Path::call;
    const Slot& outer_slot = slots[static_cast<unsigned>(outer)];
    const Slot& inner_slot = slots[static_cast<unsigned>(inner)];
    cost_of_pass = cost_of_inner_pass = ~std::uint64_t{0};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::fill_n(slots, slot_count, Slot{});
        hal::begin_path(outer);
        hal::begin_path(inner);
        hal::end_path(inner);
        hal::end_path(outer);
        cost_of_pass = std::min(cost_of_pass, inner_slot.ticks);
        cost_of_inner_pass = std::min(cost_of_inner_pass, outer_slot.ticks - inner_slot.ticks);
    }
    std::fill_n(slots, slot_count, Slot{});
}

PathTotal path_total(hal::Path path)
{
    const Slot& slot = slots[static_cast<unsigned>(path)];
    const std::uint64_t counting = slot.passes * cost_of_pass + slot.inner_passes * cost_of_inner_pass;
    return {slot.passes, slot.ticks - std::min(slot.ticks, counting)};
}

void leave_out(std::uint64_t ticks) { last_stamp += ticks; }

UncountedScope::UncountedScope() { begin_slot(uncounted); }

UncountedScope::~UncountedScope() { end_slot(uncounted); }

} // namespace x86_64

} // namespace drywalk::kernel
