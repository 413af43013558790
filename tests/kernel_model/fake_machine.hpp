// SPDX-License-Identifier: MIT
// A machine without TLB or time: it has memory, and remembers everything that the kernel did to it.
#pragma once

#include "kernel_model/hal/sim/machine.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/x86/walk.hpp"

#include <cstring>
#include <deque>
#include <functional>
#include <ostream>
#include <vector>

namespace drywalk::kernel::test {

using x86::Entry;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

/// What reaches the processor rather than memory.
struct Command {
    enum class Kind { cr0, cr3, cr4, efer, invlpg, user, resume };
    Kind kind = Kind::user;
    std::uint64_t value = 0;

    bool operator==(const Command&) const = default;
};

inline void PrintTo(const Command& command, std::ostream* out)
{
    constexpr const char* names[] = {"cr0", "cr3", "cr4", "efer", "invlpg", "user", "resume"};
    *out << names[static_cast<int>(command.kind)] << " 0x" << std::hex << command.value << std::dec;
}

/// A store, or what happened to a page as a whole.
struct MemoryEvent {
    enum class Kind { store, zero_page, copy_page, release_page, receive_page };
    PhysicalAddress at;
    std::uint64_t value = 0; ///< copy_page: the source
    Kind kind = Kind::store;
};

class FakeMachine final : public hal::SimulatedMachine {
public:
    explicit FakeMachine(std::vector<std::byte> program) : FakeMachine{header_of(program).memory_end}
    {
        program_ = std::move(program);
        header_ = header_of(program_);
    }
    explicit FakeMachine(std::uint64_t memory_bytes) : memory{memory_bytes} {}

    memory::PhysicalMemory memory;
    std::vector<Command> commands;
    std::vector<MemoryEvent> history;
    std::vector<Observation> observations;
    std::vector<UserItem> mailbox; ///< what was loaded last
    std::vector<hal::UserState> entries;
    /// How ring 3 ends, one a visit or resumption; once they are used up it finishes.
    std::deque<hal::UserExit> exits;
    unsigned resumptions = 0;
    bool pcids = false;                       ///< what has_pcids() says
    PhysicalAddress window_begin, window_end; ///< of use_state_cache_window()
    /// What ring 3 does before it ends, if a test has it do something.
    std::function<void()> in_ring_3;

    std::uint64_t load(PhysicalAddress address) override { return memory.read(address); }
    void store(PhysicalAddress address, std::uint64_t value) override
    {
        memory.write(address, value);
        history.push_back({address, value, MemoryEvent::Kind::store});
    }
    void zero_page(PhysicalAddress page) override
    {
        memory.zero_page(page);
        history.push_back({page, 0, MemoryEvent::Kind::zero_page});
    }
    void copy_page(PhysicalAddress to, PhysicalAddress from) override
    {
        for (std::uint64_t offset = 0; offset < x86::small_page_bytes; offset += 8)
            memory.write(to + offset, memory.read(from + offset));
        history.push_back({to, from.value(), MemoryEvent::Kind::copy_page});
    }
    void release_page(PhysicalAddress page) override { history.push_back({page, 0, MemoryEvent::Kind::release_page}); }
    void use_state_cache_window(PhysicalAddress begin, PhysicalAddress end) override
    {
        window_begin = begin;
        window_end = end;
    }

    void write_cr0(x86::Cr0 value) override { note(Command::Kind::cr0, (mode_.cr0 = value).value); }
    void write_cr3(x86::Cr3 value) override { note(Command::Kind::cr3, (mode_.cr3 = value).value); }
    void write_cr4(x86::Cr4 value) override { note(Command::Kind::cr4, (mode_.cr4 = value).value); }
    void write_efer(x86::Efer value) override { note(Command::Kind::efer, (mode_.efer = value).value); }
    [[nodiscard]] x86::Cr0 read_cr0() const override { return mode_.cr0; }
    [[nodiscard]] x86::Cr4 read_cr4() const override { return mode_.cr4; }
    [[nodiscard]] x86::Efer read_efer() const override { return mode_.efer; }
    void invlpg(LinearAddress address) override { note(Command::Kind::invlpg, address.value()); }
    [[nodiscard]] bool has_pcids() const override { return pcids; }

    [[nodiscard]] hal::UserExit enter_user(const hal::UserState& state) override
    {
        note(Command::Kind::user, mode_.cr3.value);
        entries.push_back(state);
        return next_exit();
    }
    [[nodiscard]] hal::UserExit resume_user() override
    {
        note(Command::Kind::resume, mode_.cr3.value);
        ++resumptions;
        return next_exit();
    }
    void begin_path(hal::Path /*path*/) override {}

    [[nodiscard]] const ProgramHeader& program_header() const override { return header_; }
    [[nodiscard]] const std::byte* program() const override { return program_.data(); }
    void load_mailbox(const BodyRecord& body) override
    {
        mailbox.resize(body.item_count);
        const std::byte* const first =
            program_.data() + program_offsets(header_).items + std::uint64_t{body.first_item} * sizeof(UserItem);
        for (std::size_t index = 0; index < mailbox.size(); ++index)
            std::memcpy(&mailbox[index], first + index * sizeof(UserItem), sizeof(UserItem));
    }
    [[nodiscard]] std::uint64_t mailbox_result(std::uint32_t index) const override { return 1'000 + index; }
    void receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to) override
    {
        CapRecord record;
        std::memcpy(&record, program_.data() + program_offsets(header_).caps + cap * sizeof record, sizeof record);
        for (std::uint64_t word = 0; word < x86::small_page_bytes / 8; ++word)
            memory.write(to + word * 8, cap_word(record, page * (x86::small_page_bytes / 8) + word));
        history.push_back({to, 0, MemoryEvent::Kind::receive_page});
    }
    void report(const Observation& observation) override { observations.push_back(observation); }

private:
    [[nodiscard]] hal::UserExit next_exit()
    {
        if (in_ring_3) in_ring_3();
        if (exits.empty()) return {hal::UserExit::Kind::finished, 0x80, 0, 0, entries.back().item_count};
        const hal::UserExit exit = exits.front();
        exits.pop_front();
        return exit;
    }
    static ProgramHeader header_of(const std::vector<std::byte>& program)
    {
        ProgramHeader header;
        std::memcpy(&header, program.data(), sizeof header);
        return header;
    }
    void note(Command::Kind kind, std::uint64_t value) { commands.push_back({kind, value}); }

    std::vector<std::byte> program_;
    ProgramHeader header_;
    x86::PagingMode mode_;
};

/// What `linear` is mapped to below `root`, whatever the access; nothing if it is not.
template <typename ReadEntry>
[[nodiscard]] std::optional<x86::Translation> mapped(PhysicalAddress root, LinearAddress linear, ReadEntry&& read)
{
    x86::PagingMode mode;
    mode.cr3 = {root.value()};
    mode.cr4.value |= x86::Cr4::pge;
    mode.efer.value |= x86::Efer::nxe;
    for (x86::WalkPosition position = walk_start(mode);;) {
        const x86::WalkStep step = walk_step(position, Entry{read(position.entry_address(linear))}, mode);
        if (step.kind == x86::WalkStep::Kind::fault) return std::nullopt;
        if (step.kind == x86::WalkStep::Kind::leaf) return step.translation;
        position = step.next;
    }
}

[[nodiscard]] inline std::optional<x86::Translation> mapped(const FakeMachine& machine, PhysicalAddress root,
                                                            LinearAddress linear)
{
    return mapped(root, linear, [&](PhysicalAddress at) { return machine.memory.read(at); });
}

} // namespace drywalk::kernel::test
