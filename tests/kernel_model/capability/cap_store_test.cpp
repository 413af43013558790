// SPDX-License-Identifier: MIT
// DataCaps in the state cache: equal content once, shared pages, and an eviction that spares what is in use.
#include "kernel_model/core/capability/cap_store.hpp"

#include "tests/kernel_model/fake_machine.hpp"
#include "tests/support/program_builder.hpp"

#include <gtest/gtest.h>

namespace drywalk::kernel {
namespace {

using x86::PhysicalAddress;

constexpr std::uint64_t page_bytes = x86::small_page_bytes;
constexpr PhysicalAddress heap_begin{4 * layout::mib};
constexpr PhysicalAddress cache_begin{8 * layout::mib};

[[nodiscard]] std::vector<std::byte> program_with(const std::vector<CapRecord>& caps)
{
    drywalk::test::ProgramBuilder builder;
    for (const CapRecord& cap : caps)
        builder.cap(cap);
    return builder.bytes();
}

/// A store with a state cache of `pages` frames, not more than 512.
class Bench {
public:
    explicit Bench(const std::vector<CapRecord>& records, std::uint64_t pages = 8, Policies chosen = {})
        : machine{program_with(records)}, in_use{machine}, policies{chosen}, heap{heap_begin, cache_begin, counters},
          cache{cache_begin, cache_begin + pages * page_bytes}, caps{policies, cache, heap, counters}
    {
        const Subtree kernel_space{heap.allocate().value(), x86::root_level};
        EXPECT_EQ(cache.boot(kernel_space, heap), Refusal::none);
        EXPECT_EQ(caps.boot(), Refusal::none);
    }

    test::FakeMachine machine;
    hal::MachineInUse in_use;
    Counters counters;
    Policies policies;
    Heap heap;
    StateCache cache;
    CapStore caps;
};

TEST(CapStoreTest, EqualContentIsOneDataCap)
{
    Bench bench{{{5000, 1}, {5000, 1}, {5000, 2}, {5001, 1}}};
    const std::uint64_t first = bench.caps.publish_from_host(0).value();
    EXPECT_EQ(bench.caps.publish_from_host(1).value(), first);
    EXPECT_NE(bench.caps.publish_from_host(2).value(), first);
    EXPECT_EQ(bench.cache.pages_in_use(), 4U);
    EXPECT_EQ(bench.counters[Counter::caps_published], 2U);
    EXPECT_EQ(bench.counters[Counter::caps_found], 1U);
    EXPECT_NE(bench.caps.publish_from_host(3).value(), first);
}

TEST(CapStoreTest, KeepsTheBytesAndZeroesBehindThem)
{
    for (const CapStorage storage : {CapStorage::page_aligned, CapStorage::packed}) {
        const CapRecord record{5000, 9};
        Bench bench{{record}, 8, {.storage = storage, .mapping = MemoryMapping::overlay, .copy_on_write = 0}};
        const DataCap cap = bench.caps.resident(bench.caps.publish_from_host(0).value()).value();
        const PhysicalAddress copy = bench.heap.allocate_unfilled().value();
        for (std::uint64_t page = 0; page < 2; ++page) {
            cap.copy_page(page, copy);
            for (std::uint64_t index = 0; index < words_per_page; ++index)
                ASSERT_EQ(bench.machine.memory.read(copy + index * 8), cap_word(record, page * words_per_page + index));
        }
    }
}

TEST(CapStoreTest, EvictsTheLeastRecentlyUsedAndTheHostBringsItAgain)
{
    Bench bench{{{4 * page_bytes, 1}, {4 * page_bytes, 2}, {4 * page_bytes, 3}}};
    std::uint64_t addresses[3] = {};
    for (std::uint32_t record = 0; record < 2; ++record) {
        addresses[record] = bench.caps.publish_from_host(record).value();
        bench.caps.reference(addresses[record]);
    }
    EXPECT_TRUE(bench.caps.resident(addresses[0]).ok());
    addresses[2] = bench.caps.publish_from_host(2).value();
    bench.caps.reference(addresses[2]);
    EXPECT_EQ(bench.counters[Counter::caps_evicted], 1U);
    const DataCap again = bench.caps.resident(addresses[1]).value();
    EXPECT_EQ(again.address(), addresses[1]);
    EXPECT_EQ(again.computed_address(), addresses[1]);
    EXPECT_EQ(bench.counters[Counter::caps_brought_again], 1U);
    EXPECT_EQ(bench.counters[Counter::caps_evicted], 2U);
}

TEST(CapStoreTest, DoesNotEvictWhatIsMappedUnlessCareless)
{
    for (const Eviction eviction : {Eviction::unmapped_only, Eviction::careless}) {
        Bench bench{{{8 * page_bytes, 1}, {page_bytes, 2}}, 8, {.eviction = eviction}};
        const std::uint64_t address = bench.caps.publish_from_host(0).value();
        bench.caps.reference(address);
        bench.caps.note_mapped(bench.caps.resident(address).value());
        const bool careless = eviction == Eviction::careless;
        EXPECT_EQ(bench.caps.publish_from_host(1).ok(), careless);
        bench.caps.note_unmapped(address);
        EXPECT_EQ(bench.caps.publish_from_host(1).ok(), true);
    }
}

TEST(CapStoreTest, DoesNotEvictWhatIsPinned)
{
    Bench bench{{{8 * page_bytes, 1}}, 8, {.eviction = Eviction::careless}};
    const DataCap cap = bench.caps.resident(bench.caps.publish_from_host(0).value()).value();
    {
        const CapStore::Pin pin{bench.caps, cap};
        EXPECT_EQ(bench.caps.allocate_frame().refusal(), Refusal::out_of_memory);
    }
    EXPECT_TRUE(bench.caps.allocate_frame().ok());
}

TEST(CapStoreTest, ADataCapMadeOfAnothersPagesSharesThem)
{
    Bench bench{{{2 * page_bytes, 1}}};
    const std::uint64_t old_address = bench.caps.publish_from_host(0).value();
    const DataCap old = bench.caps.resident(old_address).value();
    const PhysicalAddress written = bench.caps.allocate_frame().value();
    const DataCap made = bench.caps.begin(3 * page_bytes).value();
    bench.caps.share_page(made, 0, old);
    bench.caps.take_page(made, 1, written, hash_page(written));
    made.set_page_hash(2, zero_page_hash);
    const auto published = bench.caps.publish(made).value();
    EXPECT_FALSE(published.found);
    EXPECT_NE(published.address, old_address);
    EXPECT_EQ(made.page_frame(0), old.page_frame(0));
    EXPECT_EQ(bench.cache.pages_in_use(), 3U);
}

TEST(CapStoreTest, OfWhatIsNeitherReferredToNorTheHostsNothingIsLeft)
{
    Bench bench{{}, 1};
    const std::uint64_t before = bench.heap.frames_in_use();
    const PhysicalAddress written = bench.caps.allocate_frame().value();
    const DataCap made = bench.caps.begin(page_bytes).value();
    bench.caps.take_page(made, 0, written, hash_page(written));
    const std::uint64_t address = bench.caps.publish(made).value().address;
    bench.caps.reference(address);
    bench.caps.note_mapped(made);
    EXPECT_EQ(bench.caps.allocate_frame().refusal(), Refusal::out_of_memory);
    bench.caps.release(address);
    EXPECT_EQ(bench.cache.pages_in_use(), 1U) << "it is mapped still";
    bench.caps.note_unmapped(address);
    EXPECT_EQ(bench.cache.pages_in_use(), 0U);
    EXPECT_EQ(bench.heap.frames_in_use(), before);
    EXPECT_TRUE(bench.caps.allocate_frame().ok());
}

} // namespace
} // namespace drywalk::kernel
