// SPDX-License-Identifier: MIT
#include "sim/calibrate/capacities.hpp"

#include <algorithm>

namespace drywalk::calibrate {

namespace {

/// The pages that the TLBs hold: a guest's entries are as large as the smaller of its page and its host's.
[[nodiscard]] x86::PageSize held_size(const machine::Profile& profile, const Pattern& pattern)
{
    return profile.nested.on ? std::min(pattern.page_size, profile.nested.host_page_size) : pattern.page_size;
}

[[nodiscard]] double elements_in_pages(const Pattern& pattern, std::uint64_t pages, x86::PageSize size)
{
    const auto page_bytes = static_cast<double>(x86::page_bytes(size));
    return static_cast<double>(pages) * std::max(1.0, page_bytes / static_cast<double>(pattern.spacing));
}

[[nodiscard]] double elements_in_cache(const Pattern& pattern, const machine::CacheProfile& cache)
{
    const double bytes = static_cast<double>(cache.sets) * cache.ways * machine::line_bytes;
    return bytes / (pattern.uses_whole_buffer() ? static_cast<double>(pattern.spacing) : machine::line_bytes);
}

} // namespace

std::uint64_t entries_for(const std::vector<machine::TlbArrayProfile>& level, x86::PageSize size)
{
    std::uint64_t entries = 0;
    for (const machine::TlbArrayProfile& array : level) {
        if (array.holds[static_cast<std::size_t>(size)]) entries += std::uint64_t{array.sets} * array.ways;
    }
    return entries;
}

std::vector<Capacity> capacities_of(const machine::Profile& profile, const Pattern& pattern)
{
    std::vector<Capacity> capacities;
    const double size_per_element = static_cast<double>(pattern.size) / static_cast<double>(pattern.elements);
    const auto add = [&](const char* name, Capacity::Kind kind, double elements) {
        if (elements > 0) capacities.push_back({.name = name, .kind = kind, .size = elements * size_per_element});
    };
    const x86::PageSize size = held_size(profile, pattern);
    const auto add_tlb = [&](const char* name, const std::vector<machine::TlbArrayProfile>& level) {
        add(name, Capacity::Kind::tlb, elements_in_pages(pattern, entries_for(level, size), size));
    };
    const auto add_cache = [&](const char* name, const machine::CacheProfile& cache) {
        add(name, Capacity::Kind::cache, elements_in_cache(pattern, cache));
    };
    add_tlb("L1 TLB", profile.l1_data);
    add_tlb("L2 TLB", profile.l2_data);
    add_cache("L1D", profile.memory.l1d);
    add_cache("L2", profile.memory.l2);
    add_cache("L3", profile.memory.l3);
    return capacities;
}

} // namespace drywalk::calibrate
