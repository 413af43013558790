// SPDX-License-Identifier: MIT
// Address spaces as a whole: who may do what where, and that no intermediate state of building one shows anything but
// nothing or the final mapping.
#include "kernel_model/core/address_space.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace drywalk::kernel {
namespace {

using test::FakeMachine;
using test::mapped;
using test::MemoryEvent;
using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;
using x86::Translation;

constexpr PhysicalAddress memory_end{32 * layout::mib};

struct Leaf {
    LinearAddress linear;
    Translation translation;
};

/// Every leaf below `position`, found from the tables alone.
void collect(const FakeMachine& machine, const x86::WalkPosition& position, std::uint64_t base,
             const x86::PagingMode& mode, std::vector<Leaf>& leaves)
{
    for (std::uint64_t index = 0; index < x86::entries_per_table; ++index) {
        const Entry entry{machine.memory.read(position.table + index * x86::entry_bytes)};
        const x86::WalkStep step = walk_step(position, entry, mode);
        const std::uint64_t linear = base + (index << index_shift(position.level));
        if (step.kind == x86::WalkStep::Kind::leaf) {
            leaves.push_back({LinearAddress::truncate(linear), step.translation});
        } else if (step.kind == x86::WalkStep::Kind::descend) {
            EXPECT_TRUE(step.next.table >= layout::frame_pool || step.next.table == layout::window_directory)
                << "a table where no table is, at " << std::hex << linear;
            collect(machine, step.next, linear, mode, leaves);
        } else {
            EXPECT_EQ(entry.raw(), 0U) << "garbage in a table, at " << std::hex << linear;
        }
    }
}

std::vector<Leaf> leaves_of(const FakeMachine& machine, PhysicalAddress root)
{
    x86::PagingMode mode;
    mode.cr3 = {root.value()};
    mode.cr4.value |= x86::Cr4::pge;
    mode.efer.value |= x86::Efer::nxe;
    std::vector<Leaf> leaves;
    collect(machine, walk_start(mode), 0, mode, leaves);
    return leaves;
}

class AddressSpaceTest : public testing::Test {
protected:
    static constexpr InstancePages pages{layout::default_stack, layout::default_working_set, 5};

    Subtree instance_of(const Template& borrowed)
    {
        const auto space = build_instance_space(kernel, borrowed, pages, frames);
        EXPECT_TRUE(space.ok());
        return space.value();
    }
    Template image(std::uint32_t index, std::uint32_t code_pages, std::uint32_t data_pages)
    {
        const ImageRecord record{code_pages, data_pages, 0, 1};
        const auto built = build_template(index, record, {.base = layout::default_template, .global = true}, frames);
        EXPECT_TRUE(built.ok());
        return built.value();
    }

    FakeMachine machine{memory_end.value()};
    hal::MachineInUse in_use{machine};
    FrameAllocator frames{layout::frame_pool, memory_end};
    Subtree kernel = build_kernel_space(memory_end, frames).value();
};

TEST_F(AddressSpaceTest, NothingIsBothWritableAndExecutable)
{
    const Subtree space = instance_of(image(0, 4, 4));
    for (const PhysicalAddress root : {kernel.table, space.table}) {
        for (const Leaf& leaf : leaves_of(machine, root)) {
            EXPECT_FALSE(leaf.translation.rights.writable && leaf.translation.rights.executable)
                << std::hex << leaf.linear.value();
        }
    }
}

TEST_F(AddressSpaceTest, NoUserPageInTheKernelHalfAndOnlyUserPagesInTheOther)
{
    const Subtree space = instance_of(image(0, 4, 4));
    for (const Leaf& leaf : leaves_of(machine, space.table)) {
        EXPECT_EQ(leaf.translation.rights.user, !leaf.linear.upper_half()) << std::hex << leaf.linear.value();
    }
}

TEST_F(AddressSpaceTest, TheKernelsOwnSpaceHasNothingInTheUserHalf)
{
    for (const Leaf& leaf : leaves_of(machine, kernel.table))
        EXPECT_TRUE(leaf.linear.upper_half()) << std::hex << leaf.linear.value();
}

TEST_F(AddressSpaceTest, TheKernelImageIsMappedPageByPageTextExecutableDataWritable)
{
    for (std::uint64_t offset = 0; offset < layout::image_text_bytes + layout::image_data_bytes; offset += 4096) {
        const PhysicalAddress physical = layout::image_text + offset;
        const auto translation = mapped(machine, kernel.table, layout::kernel_base + physical.value());
        ASSERT_TRUE(translation) << std::hex << offset;
        const bool text = offset < layout::image_text_bytes;
        EXPECT_EQ(*translation, (Translation{physical, PageSize::size_4k, {!text, false, text}, false, false, 0}));
    }
    EXPECT_FALSE(mapped(machine, kernel.table, layout::kernel_base));
    EXPECT_FALSE(mapped(machine, kernel.table, layout::kernel_base + 2 * layout::mib));
}

TEST_F(AddressSpaceTest, TheDirectMapReachesAllMemoryAndEndsThere)
{
    for (std::uint64_t at = 0; at < memory_end.value(); at += 2 * layout::mib) {
        const auto translation = mapped(machine, kernel.table, layout::direct_map + at);
        ASSERT_TRUE(translation);
        EXPECT_EQ(*translation,
                  (Translation{PhysicalAddress{at}, PageSize::size_2m, {true, false, false}, false, false, 0}));
    }
    EXPECT_FALSE(mapped(machine, kernel.table, layout::direct_map + memory_end.value()));
}

TEST_F(AddressSpaceTest, TheProgramWindowIsDrivenByItsDirectory)
{
    EXPECT_FALSE(mapped(machine, kernel.table, layout::program_window));
    const Entry large = Entry::leaf(PhysicalAddress{0}, PageSize::size_2m, {});
    const std::uint64_t slot = layout::program_window.index(Level::pde);
    machine.memory.write(layout::window_directory + slot * 8, large.raw());
    EXPECT_TRUE(mapped(machine, kernel.table, layout::program_window));
}

TEST_F(AddressSpaceTest, AnInstanceHasTheStubTheMailboxItsStackAndItsWorkingSet)
{
    const Subtree space = instance_of(image(0, 2, 2));
    const auto rights = [&](LinearAddress at) {
        const auto translation = mapped(machine, space.table, at);
        EXPECT_TRUE(translation) << std::hex << at.value();
        EXPECT_FALSE(translation && translation->global) << std::hex << at.value();
        return translation ? translation->rights : x86::Rights{};
    };
    constexpr x86::Rights text{false, true, true}, constants{false, true, false}, data{true, true, false};
    EXPECT_EQ(rights(layout::stub), text);
    EXPECT_EQ(mapped(machine, space.table, layout::stub)->page, layout::user_stub);
    for (std::uint64_t page = 0; page < layout::mailbox_pages; ++page) {
        const LinearAddress at = layout::mailbox_items + page * 4096;
        EXPECT_EQ(rights(at), page < layout::mailbox_item_pages ? constants : data);
        EXPECT_EQ(mapped(machine, space.table, at)->page, layout::mailbox + page * 4096);
    }
    EXPECT_EQ(rights(layout::default_stack), data);
    for (std::uint64_t page = 0; page < pages.working_set_pages; ++page)
        EXPECT_EQ(rights(layout::default_working_set + page * 4096), data);
    EXPECT_FALSE(mapped(machine, space.table, layout::default_working_set + pages.working_set_pages * 4096));
    EXPECT_FALSE(mapped(machine, space.table, layout::default_stack + 4096));
}

TEST_F(AddressSpaceTest, InstancesOfAnImageShareItsTemplateAndNothingOfTheirOwn)
{
    const Template shared = image(0, 2, 2);
    const Subtree one = instance_of(shared);
    const Subtree other = instance_of(shared);
    for (std::uint32_t leaf = 0; leaf < shared.leaves; ++leaf)
        EXPECT_EQ(mapped(machine, one.table, shared.leaf(leaf)), mapped(machine, other.table, shared.leaf(leaf)));
    EXPECT_NE(mapped(machine, one.table, layout::default_stack)->page,
              mapped(machine, other.table, layout::default_stack)->page);
    for (std::uint64_t page = 0; page < pages.working_set_pages; ++page) {
        const LinearAddress at = layout::default_working_set + page * 4096;
        EXPECT_NE(mapped(machine, one.table, at)->page, mapped(machine, other.table, at)->page);
    }
}

TEST_F(AddressSpaceTest, RefusesWhenMemoryRunsOutAtAnyPoint)
{
    const Template shared = image(0, 2, 2);
    const std::uint64_t before = frames.used_bytes();
    (void)instance_of(shared);
    const std::uint64_t needed = (frames.used_bytes() - before) / 4096;
    for (std::uint64_t available = 0; available < needed; ++available) {
        FrameAllocator short_of_frames{layout::frame_pool + 8 * layout::mib, layout::frame_pool + 10 * layout::mib};
        for (std::uint64_t taken = available; taken < 512; ++taken)
            ASSERT_TRUE(short_of_frames.allocate().ok());
        EXPECT_EQ(build_instance_space(kernel, shared, pages, short_of_frames).refusal(), Refusal::out_of_memory);
    }
}

/// Memory as it was after each event, walked after each event.
class Replay {
public:
    explicit Replay(const std::vector<MemoryEvent>& history) : history_{history} {}

    /// Calls `judge(read)` in every state, where `read` reads a word.
    template <typename Judge>
    void each_state(Judge judge)
    {
        const auto read = [this](PhysicalAddress at) {
            const auto word = words_.find(at.value());
            return word == words_.end() ? std::uint64_t{0} : word->second;
        };
        for (const MemoryEvent& event : history_) {
            if (event.kind == MemoryEvent::Kind::zero_page) {
                const std::uint64_t page = event.at.value();
                words_.erase(words_.lower_bound(page), words_.lower_bound(page + 4096));
            } else {
                words_[event.at.value()] = event.value;
            }
            judge(read);
        }
    }

private:
    const std::vector<MemoryEvent>& history_;
    std::map<std::uint64_t, std::uint64_t> words_;
};

/// One address of every leaf, and some that are mapped nowhere.
std::map<LinearAddress, std::optional<Translation>> final_mappings(const FakeMachine& machine, PhysicalAddress root)
{
    std::map<LinearAddress, std::optional<Translation>> result;
    for (const Leaf& leaf : leaves_of(machine, root))
        result[leaf.linear] = leaf.translation;
    for (const LinearAddress nowhere : {LinearAddress{}, layout::default_template + 64 * 4096, layout::kernel_base,
                                        layout::default_stack + 4096, layout::program_window}) {
        result[nowhere] = std::nullopt;
    }
    return result;
}

std::size_t expect_nothing_but_final(const FakeMachine& machine, PhysicalAddress root)
{
    const auto final = final_mappings(machine, root);
    std::size_t states = 0;
    Replay{machine.history}.each_state([&](const auto& read) {
        ++states;
        for (const auto& [linear, translation] : final) {
            const auto seen = mapped(root, linear, read);
            EXPECT_TRUE(!seen || seen == translation) << "state " << states << ", " << std::hex << linear.value();
        }
    });
    return states;
}

TEST_F(AddressSpaceTest, EveryStateOfBuildingTheKernelSpaceShowsNothingOrTheFinalMapping)
{
    EXPECT_GT(expect_nothing_but_final(machine, kernel.table), 256U); // a store a page of the image, at least
}

TEST_F(AddressSpaceTest, EveryStateOfBuildingAnInstanceShowsNothingOrTheFinalMapping)
{
    const Subtree space = instance_of(image(0, 3, 3));
    EXPECT_GT(expect_nothing_but_final(machine, space.table), 256U);
    EXPECT_TRUE(machine.commands.empty()); // and nothing was invalidated for it
}

/// The template becomes reachable by the very last store, complete.
TEST_F(AddressSpaceTest, TheTemplateIsBorrowedWholeByTheLastStore)
{
    const Template borrowed = image(0, 3, 3);
    const Subtree space = instance_of(borrowed);
    std::vector<std::uint32_t> reachable;
    Replay{machine.history}.each_state([&](const auto& read) {
        std::uint32_t count = 0;
        for (std::uint32_t leaf = 0; leaf < borrowed.leaves; ++leaf)
            count += mapped(space.table, borrowed.leaf(leaf), read) ? 1U : 0U;
        reachable.push_back(count);
    });
    EXPECT_EQ(std::vector(reachable.end() - 2, reachable.end()), (std::vector<std::uint32_t>{0, borrowed.leaves}));
}

} // namespace
} // namespace drywalk::kernel
