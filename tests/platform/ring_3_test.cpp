// SPDX-License-Identifier: MIT
// The processor without a kernel: ring 3 that faults and goes on, and the pages that a kernel moves as a whole.
#include "sim/platform/kernel_run.hpp"

#include "kernel_model/program/boot_state.hpp"
#include "models/memory/hierarchy.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using namespace test;
namespace layout = kernel::layout;
using kernel::UserAction;
using kernel::hal::UserExit;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;

constexpr std::uint64_t page_bytes = x86::small_page_bytes;
/// Apart from the fixed pages. Three pages, of which a test maps what it likes.
constexpr LinearAddress memory = layout::memory_region;

class UnobservedTimeline final : public Timeline {
public:
    void advance(std::uint64_t /*cycles*/, Activity /*activity*/) override {}
};

UserItem sum_of(std::uint16_t words, std::uint16_t stride) { return {memory.value(), stride, UserAction::sum, words}; }
UserItem fill_of(std::uint16_t words, std::uint16_t stride, std::uint16_t value)
{
    return {memory.value(), std::uint32_t{value} << 16 | stride, UserAction::fill, words};
}

/// A processor whose tables map the stub, the mailbox and a stack, with one body in the mailbox.
class Ring3 : public testing::Test {
protected:
    explicit Ring3(std::string name = "skylake_sp") : profile{machine(name)}, caches{profile.memory} {}

    void start(const std::vector<UserItem>& items, CpuOptions options = {})
    {
        body = {0, static_cast<std::uint32_t>(items.size())};
        (void)builder.body(items);
        program = builder.bytes();
        run.emplace(RunSetup{.profile = profile,
                             .costs = costs,
                             .program = program,
                             .caches = caches,
                             .timeline = timeline,
                             .options = options});
        run->reset();
        run->port().write_cr0({run->port().read_cr0().value | x86::Cr0::wp});
        run->port().write_efer({run->port().read_efer().value | x86::Efer::nxe});
        // The boot loader's root stands behind the window directory; the lower half is this test's.
        root = PhysicalAddress{layout::window_directory.value() + page_bytes};
        map(layout::stub, layout::user_stub);
        for (std::uint64_t page = 0; page < layout::mailbox_pages; ++page)
            map(layout::mailbox_items + page * page_bytes, layout::mailbox + page * page_bytes);
        map(layout::default_stack, new_page());
        run->port().load_mailbox(body);
    }

    PhysicalAddress new_page()
    {
        next_page = next_page + page_bytes;
        return next_page;
    }
    void map(LinearAddress linear, PhysicalAddress page, x86::Rights rights = {})
    {
        PhysicalAddress table = root;
        for (x86::Level level = x86::root_level; level != x86::Level::pte; level = below(level)) {
            const PhysicalAddress slot = table + std::uint64_t{linear.index(level)} * x86::entry_bytes;
            if (!Entry{run->port().load(slot)}.present()) run->port().store(slot, Entry::table(new_page()).raw());
            table = Entry{run->port().load(slot)}.next_table();
        }
        run->port().store(table + std::uint64_t{linear.index(x86::Level::pte)} * x86::entry_bytes,
                          Entry::leaf(page, x86::PageSize::size_4k, {.rights = rights}).raw());
    }
    /// Maps page `page` of the memory, filled with `value`.
    PhysicalAddress bring(std::uint64_t page, std::uint64_t value, x86::Rights rights = {})
    {
        const PhysicalAddress at = new_page();
        for (std::uint64_t offset = 0; offset < page_bytes; offset += 8)
            run->port().store(at + offset, value);
        map(memory + page * page_bytes, at, rights);
        return at;
    }
    UserExit enter() { return run->port().enter_user({layout::default_stack + page_bytes, 0, body.item_count}); }
    static void expect_fault(const UserExit& exit, std::uint32_t item, std::uint64_t offset, std::uint32_t code)
    {
        EXPECT_EQ(exit.kind, UserExit::Kind::page_fault);
        EXPECT_EQ(exit.vector, 14);
        EXPECT_EQ(exit.item, item);
        EXPECT_EQ(exit.fault_address, memory.value() + offset);
        EXPECT_EQ(exit.error_code, code);
    }

    ProgramBuilder builder;
    machine::Profile profile;
    KernelCosts costs;
    memory::Hierarchy caches;
    UnobservedTimeline timeline;
    kernel::BodyRecord body;
    std::vector<std::byte> program;
    std::optional<KernelRun> run;
    PhysicalAddress root;
    PhysicalAddress next_page{layout::frame_pool};
};

/// Keeps the state and the stores that reach observers before the first event of a kernel.
class BootState final : public EventObserver {
public:
    void begin(const BeginState& state) override { start = state.mode; }
    void store(unsigned /*cpu*/, PhysicalAddress /*address*/, std::uint64_t value, const Where& /*where*/) override
    {
        entries.emplace_back(value);
    }
    void mov_cr0(unsigned /*cpu*/, x86::Cr0 /*value*/, const Where& /*where*/) override {}
    void mov_cr3(unsigned /*cpu*/, x86::Cr3 /*value*/, const Where& /*where*/) override {}
    void mov_cr4(unsigned /*cpu*/, x86::Cr4 /*value*/, const Where& /*where*/) override {}
    void wrmsr_efer(unsigned /*cpu*/, x86::Efer /*value*/, const Where& /*where*/) override {}
    void invlpg(unsigned /*cpu*/, LinearAddress /*linear*/, const Where& /*where*/) override {}
    void release(unsigned /*cpu*/, PhysicalAddress /*address*/, std::uint64_t /*bytes*/,
                 const Where& /*where*/) override
    {
    }
    std::optional<Override> access(unsigned /*cpu*/, LinearAddress /*linear*/, x86::Access /*access*/,
                                   unsigned /*bytes*/) override
    {
        return {};
    }
    void page_fault(unsigned /*cpu*/, LinearAddress /*linear*/) override {}

    x86::PagingMode start;
    std::vector<Entry> entries;
};

/// boot_state.hpp is compared with the assembler's numbers where the bare-metal kernel is compiled.
TEST(Boot, IsWhatTheEntryCodeLeavesBehind)
{
    BootState seen;
    CpuOptions options;
    options.observers = {&seen};
    const std::vector<std::byte> program = ProgramBuilder{}.bytes();
    const machine::Profile profile = machine("skylake_sp");
    memory::Hierarchy caches{profile.memory};
    UnobservedTimeline timeline;
    KernelRun booted{{.profile = profile,
                      .costs = some_costs,
                      .program = program,
                      .caches = caches,
                      .timeline = timeline,
                      .options = options}};
    booted.reset();
    const KernelPort& cpu = booted.port();
    namespace boot_state = kernel::boot_state;
    EXPECT_EQ(cpu.read_cr0(), boot_state::cr0);
    EXPECT_FALSE(cpu.read_cr0().write_protect());
    EXPECT_EQ(cpu.read_cr4(), boot_state::cr4);
    EXPECT_EQ(cpu.read_efer().value, boot_state::efer.value | x86::Efer::lma);
    EXPECT_EQ(seen.start.cr0, boot_state::cr0);
    ASSERT_FALSE(seen.entries.empty());
    for (const Entry& entry : seen.entries) {
        const std::uint64_t flags = entry.raw() & 0xfff;
        EXPECT_TRUE(flags == boot_state::table({}).raw() || flags == boot_state::large_leaf({}).raw()) << flags;
    }
}

TEST_F(Ring3, ASumAddsWordsAStrideApart)
{
    start({sum_of(3, 2), sum_of(1, 0), sum_of(4, 0)});
    const PhysicalAddress page = bring(0, 0);
    for (std::uint64_t word = 0; word < 6; ++word)
        run->port().store(page + word * 8, std::uint64_t{1} << (8 * word));
    EXPECT_EQ(enter().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().mailbox_result(0), 0x1'0001'0001U);
    EXPECT_EQ(run->port().mailbox_result(1), 1U);
    EXPECT_EQ(run->port().mailbox_result(2), 4U);
    EXPECT_EQ(run->counts().accesses, (AccessCounts{3 + 1 + 4, 0, 0}));
}

TEST_F(Ring3, ASumWraps)
{
    start({sum_of(2, 1)});
    (void)bring(0, ~std::uint64_t{0});
    EXPECT_EQ(enter().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().mailbox_result(0), ~std::uint64_t{1});
}

TEST_F(Ring3, AFillWritesWordsAStrideApart)
{
    start({fill_of(3, 2, 0xabcd)});
    const PhysicalAddress page = bring(0, 7);
    EXPECT_EQ(enter().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().mailbox_result(0), 0xabcdU);
    for (std::uint64_t word = 0; word < 8; ++word)
        EXPECT_EQ(run->port().load(page + word * 8), word == 0 || word == 2 || word == 4 ? 0xabcdU : 7U) << word;
    EXPECT_EQ(run->counts().accesses, (AccessCounts{0, 3, 0}));
}

TEST_F(Ring3, AnAccessThatFaultedIsMadeAgainAndTheBodyGoesOn)
{
    start({{memory.value() + 8, 0, UserAction::load, 0}, {memory.value() + 16, 5, UserAction::store, 0}});
    expect_fault(enter(), 0, 8, x86::PageFaultCode::user);
    const PhysicalAddress page = bring(0, 99, {.writable = false});
    expect_fault(run->port().resume_user(), 1, 16,
                 x86::PageFaultCode::user | x86::PageFaultCode::write | x86::PageFaultCode::present);
    map(memory, page);
    EXPECT_EQ(run->port().resume_user().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().mailbox_result(0), 99U);
    EXPECT_EQ(run->port().mailbox_result(1), 5U);
    EXPECT_EQ(run->port().load(page + 16), 5U);
    // The workload asked for each access once.
    EXPECT_EQ(run->counts().accesses, (AccessCounts{1, 1, 0}));
    EXPECT_EQ(run->counts().page_faults, 2U);
    EXPECT_EQ(run->counts().ring3_entries, 3U);
}

TEST_F(Ring3, AFaultThatWasNotAnsweredComesAgain)
{
    start({sum_of(1, 0)});
    for (int time = 0; time < 3; ++time)
        expect_fault(time == 0 ? enter() : run->port().resume_user(), 0, 0, x86::PageFaultCode::user);
    EXPECT_EQ(run->counts().accesses, (AccessCounts{1, 0, 0}));
}

TEST_F(Ring3, ASumGoesOnAtTheWordThatFaulted)
{
    constexpr std::uint16_t words = 3;
    start({sum_of(words, page_bytes / 8), sum_of(words, page_bytes / 8)});
    expect_fault(enter(), 0, 0, x86::PageFaultCode::user);
    (void)bring(0, 1);
    expect_fault(run->port().resume_user(), 0, page_bytes, x86::PageFaultCode::user);
    // What was added already stays as it was read.
    map(memory, new_page());
    (void)bring(1, 10);
    expect_fault(run->port().resume_user(), 0, 2 * page_bytes, x86::PageFaultCode::user);
    (void)bring(2, 100);
    EXPECT_EQ(run->port().resume_user().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().mailbox_result(0), 111U);
    EXPECT_EQ(run->counts().accesses, (AccessCounts{words + words, 0, 0}));
    EXPECT_EQ(run->counts().page_faults, 3U);
}

TEST_F(Ring3, AFillGoesOnAtTheWordThatFaulted)
{
    start({fill_of(2, page_bytes / 8, 6)});
    const PhysicalAddress first = bring(0, 0);
    expect_fault(enter(), 0, page_bytes, x86::PageFaultCode::user | x86::PageFaultCode::write);
    run->port().store(first, 70); // the kernel's business; the fill does not come back to it
    const PhysicalAddress second = bring(1, 0);
    EXPECT_EQ(run->port().resume_user().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->port().load(first), 70U);
    EXPECT_EQ(run->port().load(second), 6U);
    EXPECT_EQ(run->port().mailbox_result(0), 6U);
}

/// IRETQ, the stub's fetch, the access: the item is in registers and not read again.
TEST_F(Ring3, AResumptionMakesNoAccessBesides)
{
    start({sum_of(1, 0)});
    (void)enter();
    (void)bring(0, 1);
    const std::uint64_t before = run->counts().simulated_accesses;
    EXPECT_EQ(run->port().resume_user().kind, UserExit::Kind::finished);
    EXPECT_EQ(run->counts().simulated_accesses - before, 3U) << "fetch, load, result";
}

TEST_F(Ring3, ACallThatFaultedIsNeverResumed)
{
    start({{memory.value(), 0, UserAction::call, 0}});
    (void)enter();
    EXPECT_DEATH((void)run->port().resume_user(), "a call that faulted is resumed");
}

// Whole pages ------------------------------------------------------------------------------------------------------

/// Counts what it is told.
class Witness final : public EventObserver {
public:
    std::uint64_t stores = 0;
    std::vector<std::pair<PhysicalAddress, std::uint64_t>> released;
    std::vector<LinearAddress> accesses;

    void begin(const BeginState& /*state*/) override {}
    void store(unsigned /*cpu*/, PhysicalAddress /*address*/, std::uint64_t /*value*/, const Where& /*where*/) override
    {
        ++stores;
    }
    void mov_cr0(unsigned /*cpu*/, x86::Cr0 /*value*/, const Where& /*where*/) override {}
    void mov_cr3(unsigned /*cpu*/, x86::Cr3 /*value*/, const Where& /*where*/) override {}
    void mov_cr4(unsigned /*cpu*/, x86::Cr4 /*value*/, const Where& /*where*/) override {}
    void wrmsr_efer(unsigned /*cpu*/, x86::Efer /*value*/, const Where& /*where*/) override {}
    void invlpg(unsigned /*cpu*/, LinearAddress /*linear*/, const Where& /*where*/) override {}
    void release(unsigned /*cpu*/, PhysicalAddress address, std::uint64_t bytes, const Where& /*where*/) override
    {
        released.emplace_back(address, bytes);
    }
    std::optional<Override> access(unsigned /*cpu*/, LinearAddress linear, x86::Access /*access*/,
                                   unsigned /*bytes*/) override
    {
        accesses.push_back(linear);
        return std::nullopt;
    }
    void page_fault(unsigned /*cpu*/, LinearAddress /*linear*/) override {}
};

class WholePages : public Ring3 {
protected:
    WholePages() : Ring3{"tiny_by_hand"}
    {
        CpuOptions options;
        options.observers.push_back(&witness);
        start({}, options);
    }

    Witness witness;
};

TEST_F(WholePages, ACopyCostsWhatTheProfileSaysAndTellsTheWordsThatChange)
{
    const PhysicalAddress from = new_page();
    const PhysicalAddress to = new_page();
    run->port().store(from + 8, 3);
    run->port().store(from + 4088, 4);
    run->port().store(to + 8, 3);
    run->port().store(to + 16, 5);
    witness.stores = 0;
    run->port().copy_page(to, from);
    EXPECT_EQ(run->core().ledger()[machine::PlatformCategory::copy_page], (machine::Ledger::Line{500, 1}));
    EXPECT_EQ(witness.stores, 2U) << "4088 becomes 4, 16 becomes 0";
    EXPECT_EQ(run->port().load(to + 8), 3U);
    EXPECT_EQ(run->port().load(to + 16), 0U);
    EXPECT_EQ(run->port().load(to + 4088), 4U);
}

TEST_F(WholePages, TheWindowIsWhereItsPagesAreReachedFromThenOn)
{
    const PhysicalAddress begin{16 * layout::mib};
    for (std::uint64_t page = 0; page < 2; ++page)
        map(layout::state_cache_window + page * page_bytes, begin + page * page_bytes, {.user = false});
    run->port().store(begin + 8, 11);
    EXPECT_EQ(witness.accesses.back(), layout::direct_map + begin.value() + 8);
    run->port().use_state_cache_window(begin, begin + 2 * page_bytes);
    EXPECT_EQ(run->port().load(begin + 8), 11U);
    EXPECT_EQ(witness.accesses.back(), layout::state_cache_window + 8);
    run->port().zero_page(begin + page_bytes);
    EXPECT_EQ(witness.accesses.back(), layout::state_cache_window + page_bytes);
    run->port().copy_page(begin + page_bytes, begin);
    EXPECT_EQ(run->port().load(begin + page_bytes + 8), 11U);
    (void)run->port().load(begin + 2 * page_bytes);
    EXPECT_EQ(witness.accesses.back(), layout::direct_map + begin.value() + 2 * page_bytes);
    (void)run->port().load(PhysicalAddress{begin.value() - 8});
    EXPECT_EQ(witness.accesses.back(), layout::direct_map + (begin.value() - 8));
}

TEST_F(WholePages, AReleaseIsToldAndTakesNoTime)
{
    const std::uint64_t accesses = run->counts().simulated_accesses;
    run->port().release_page(PhysicalAddress{0x5000});
    EXPECT_EQ(witness.released, (std::vector{std::pair{PhysicalAddress{0x5000}, page_bytes}}));
    EXPECT_EQ(run->counts().simulated_accesses, accesses);
}

TEST_F(WholePages, PcidsAreRefusedWhereThereAreNone)
{
    EXPECT_FALSE(run->port().has_pcids());
    EXPECT_DEATH(run->port().write_cr4({run->port().read_cr4().value | x86::Cr4::pcide}), "a machine without PCIDs");
    EXPECT_DEATH(run->port().write_cr3({root.value() | x86::Cr3::no_flush}), "bit 63 of CR3 is reserved");
}

TEST_F(Ring3, PcidsAreTakenWhereThereAreSome)
{
    start({});
    EXPECT_TRUE(run->port().has_pcids());
    run->port().write_cr3({root.value() | 0x18});
    EXPECT_DEATH(run->port().write_cr4({run->port().read_cr4().value | x86::Cr4::pcide}), "while CR3 names a PCID");
    run->port().write_cr3({root.value()});
    run->port().write_cr4({run->port().read_cr4().value | x86::Cr4::pcide});
    run->port().write_cr3({root.value() | 7 | x86::Cr3::no_flush});
    EXPECT_EQ(run->core().mode().cr3.value, root.value() | 7);
}

} // namespace
} // namespace drywalk::platform
