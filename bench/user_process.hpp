// SPDX-License-Identifier: MIT
// A process on a simulated processor: its accesses go through oracle, TLB, walker, caches and ledger, as those of a
// scenario's ring 3 do (sim/platform/user_execution.cpp), without a kernel around them.
#pragma once

#include "models/machine/ledger.hpp"
#include "models/machine/profile.hpp"
#include "models/memory/hierarchy.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/mmu/mmu.hpp"
#include "sim/platform/judge.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::bench {

class UserProcess {
public:
    /// `pages` pages of 4 KiB, mapped one after the other from `base` on, to frames in the same order.
    UserProcess(const machine::Profile& profile, std::uint64_t pages, bool judged)
        : memory_{first_frame + pages * x86::small_page_bytes}, caches_{profile.memory}, mmu_{profile, memory_, caches_,
                                                                                              ledger_.mmu()}
    {
        if (judged) judge_.emplace(platform::JudgeOptions{});
        const x86::PagingMode mode = user_mode();
        mmu_.reset(mode);
        if (judge_) judge_->begin({.cpus = 1, .memory_bytes = memory_.size(), .mode = mode});
        for (std::uint64_t page = 0; page < pages; ++page)
            map(base + page * x86::small_page_bytes, first_frame + page * x86::small_page_bytes);
    }

    /// Reads the 8 bytes at `offset` of the mapped pages.
    std::uint64_t load(std::uint64_t offset)
    {
        const x86::PhysicalAddress physical = access(offset, x86::AccessKind::read);
        return memory_.read(physical);
    }
    void store(std::uint64_t offset, std::uint64_t value)
    {
        const x86::PhysicalAddress physical = access(offset, x86::AccessKind::write);
        memory_.write(physical, value);
        mmu_.note_store(physical);
        if (judge_) judge_->store(0, physical, value, {});
    }

    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
    [[nodiscard]] std::uint64_t accesses() const { return accesses_; }
    [[nodiscard]] std::uint64_t walks() const { return walks_; }
    [[nodiscard]] std::uint64_t l1_hits() const { return l1_hits_; }
    /// Nothing was stale and the ledger has every cycle.
    [[nodiscard]] bool sound() const
    {
        return stale_ == 0 && ledger_.total_cycles() == cycles_ && (!judge_ || judge_->summary().violations() == 0);
    }

private:
    static constexpr std::uint64_t root = 0x10'0000;
    static constexpr std::uint64_t base = 0x40'0000'0000;
    static constexpr std::uint64_t first_frame = 0x100'0000;

    static x86::PagingMode user_mode()
    {
        x86::PagingMode mode;
        mode.cr3 = {root};
        return mode;
    }
    void write_entry(x86::PhysicalAddress address, x86::Entry entry)
    {
        memory_.write(address, entry.raw());
        mmu_.note_store(address);
        if (judge_) judge_->store(0, address, entry.raw(), {});
    }
    void map(std::uint64_t linear, std::uint64_t frame)
    {
        const x86::LinearAddress address = x86::LinearAddress::truncate(linear);
        x86::PhysicalAddress table{root};
        for (x86::Level level = x86::root_level; level != x86::Level::pte; level = below(level)) {
            const x86::PhysicalAddress slot = table + std::uint64_t{address.index(level)} * x86::entry_bytes;
            if (!x86::Entry{memory_.read(slot)}.present()) {
                next_table_ = next_table_ + x86::small_page_bytes;
                write_entry(slot, x86::Entry::table(next_table_));
            }
            table = x86::Entry{memory_.read(slot)}.next_table();
        }
        write_entry(table + std::uint64_t{address.index(x86::Level::pte)} * x86::entry_bytes,
                    x86::Entry::leaf(x86::PhysicalAddress{frame}, x86::PageSize::size_4k, {}));
    }

    x86::PhysicalAddress access(std::uint64_t offset, x86::AccessKind kind)
    {
        const x86::LinearAddress linear = x86::LinearAddress::truncate(base + offset);
        const x86::Access wanted{kind, true, false};
        if (judge_) static_cast<void>(judge_->access(0, linear, wanted, 8));
        const mmu::Translated translated = mmu_.translate(linear, wanted);
        ++accesses_;
        l1_hits_ += translated.source == mmu::Tlb::Source::l1 ? 1 : 0;
        walks_ += translated.source == mmu::Tlb::Source::none ? 1 : 0;
        stale_ += translated.stale ? 1 : 0;
        const std::uint32_t data = caches_.access(translated.physical).cycles;
        ledger_.charge(machine::PlatformCategory::user_access, data);
        cycles_ += translated.cycles + data;
        return translated.physical;
    }

    memory::PhysicalMemory memory_;
    memory::Hierarchy caches_;
    machine::Ledger ledger_;
    mmu::Mmu mmu_;
    std::optional<platform::Judge> judge_;
    x86::PhysicalAddress next_table_{root};
    std::uint64_t cycles_ = 0;
    std::uint64_t accesses_ = 0;
    std::uint64_t l1_hits_ = 0;
    std::uint64_t walks_ = 0;
    std::uint64_t stale_ = 0;
};

} // namespace drywalk::bench
