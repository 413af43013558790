// SPDX-License-Identifier: MIT
// A trace in its steady state: accesses to a few thousand pages, and now and then a page that moves.
#pragma once

#include "sim/trace/event_parser.hpp"

#include <cstdint>
#include <random>

namespace drywalk::bench {

/// 4,096 pages of 4 KiB, reads and writes to random ones, and every 1,000 accesses one page gets another frame and an
/// INVLPG. Calls `take(event)` for every event.
template <typename Take>
void make_steady_trace(std::uint64_t accesses, Take&& take)
{
    constexpr std::uint64_t pages = 4096;
    constexpr std::uint64_t accesses_per_change = 1000;
    constexpr std::uint64_t root = 0x10'0000;
    constexpr std::uint64_t leaf_tables = root + 0x3000;
    constexpr std::uint64_t first_frame = 0x1000'0000;
    constexpr std::uint64_t base = 0x4000'0000;
    constexpr std::uint64_t table_flags = 0x27;
    constexpr std::uint64_t leaf_flags = 0x67;
    const auto store = [&](std::uint64_t pa, std::uint64_t value) {
        trace::Event event;
        event.kind = trace::EventKind::store;
        event.pa = pa;
        event.value = value;
        take(event);
    };
    const auto at = [&](trace::EventKind kind, std::uint64_t va) {
        trace::Event event;
        event.kind = kind;
        event.va = va;
        take(event);
    };
    store(root, (root + 0x1000) | table_flags);
    store(root + 0x1000 + 8, (root + 0x2000) | table_flags);
    for (std::uint64_t table = 0; table < pages / 512; ++table)
        store(root + 0x2000 + 8 * table, (leaf_tables + 4096 * table) | table_flags);
    for (std::uint64_t page = 0; page < pages; ++page)
        store(leaf_tables + 8 * page, (first_frame + 4096 * page) | leaf_flags);
    trace::Event load;
    load.kind = trace::EventKind::mov_cr3;
    load.value = root;
    take(load);

    std::mt19937_64 random{1};
    for (std::uint64_t number = 0; number < accesses; ++number) {
        const std::uint64_t choice = random();
        if (number % accesses_per_change == accesses_per_change - 1) {
            const std::uint64_t page = choice % pages;
            store(leaf_tables + 8 * page, (first_frame + 4096 * (pages + choice / pages % pages)) | leaf_flags);
            at(trace::EventKind::invlpg, base + 4096 * page);
        }
        const std::uint64_t va = base + (choice >> 12) % (pages * 4096);
        at((choice & 3) == 0 ? trace::EventKind::write : trace::EventKind::read, va);
    }
}

[[nodiscard]] inline trace::Header steady_header()
{
    trace::Header header = trace::default_header();
    header.memory_bytes = std::uint64_t{1} << 30;
    return header;
}

} // namespace drywalk::bench
