// SPDX-License-Identifier: MIT
#include "models/oracle/oracle.hpp"

#include "models/oracle/processor.hpp"

#include <vector>

namespace drywalk::oracle {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;

class Oracle::State {
public:
    explicit State(const Configuration& configuration) : shared{configuration.memory_bytes}
    {
        shared.vendor = configuration.vendor;
        for (unsigned number = 0; number < configuration.cpus; ++number) {
            processors.push_back(std::make_unique<Processor>(number, shared, configuration.mode));
            shared.processors.push_back(processors.back().get());
        }
    }

    /// Part of the current event.
    void store(PhysicalAddress address, std::uint64_t value)
    {
        MemoryImage::Frame& frame = shared.memory.frame(address);
        const std::size_t word = MemoryImage::word_of(address);
        const Entry old{frame.words[word]};
        const bool changes_tables = frame.table_levels != 0 && old.raw() != value;
        if (changes_tables) ++shared.tables_version;
        if (changes_tables) shared.announce(address, old, Entry{value});
        shared.memory.store(address, value, shared.now);
        if (changes_tables) shared.graph.replace(address, Entry{value});
    }

    Shared shared;
    std::vector<std::unique_ptr<Processor>> processors;
};

Oracle::Oracle(const Configuration& configuration) : state_{std::make_unique<State>(configuration)} {}
Oracle::~Oracle() = default;

void Oracle::store(unsigned /*cpu*/, PhysicalAddress address, std::uint64_t value)
{
    state_->store(address, value);
    ++state_->shared.now;
}

void Oracle::store_page(unsigned /*cpu*/, PhysicalAddress page,
                        std::span<const std::uint64_t, x86::entries_per_table> words)
{
    const MemoryImage& memory = state_->shared.memory;
    for (std::size_t word = 0; word < words.size(); ++word) {
        const MemoryImage::Frame* const known = memory.find(page);
        const std::uint64_t old = known == nullptr ? 0 : known->words[word];
        // Nothing is cached of an entry that is not present, and storing it again changes nothing.
        if (words[word] == old && !Entry{old}.present()) continue;
        state_->store(page + word * x86::entry_bytes, words[word]);
    }
    ++state_->shared.now;
}

bool Oracle::mov_cr0(unsigned cpu, x86::Cr0 value)
{
    const bool mattered = state_->processors[cpu]->mov_cr0(value);
    ++state_->shared.now;
    return mattered;
}

RootJudgement Oracle::mov_cr3(unsigned cpu, std::uint64_t value)
{
    static_cast<void>(state_->processors[cpu]->mov_cr3(value));
    ++state_->shared.now;
    return {};
}

bool Oracle::mov_cr4(unsigned cpu, x86::Cr4 value)
{
    const bool mattered = state_->processors[cpu]->mov_cr4(value);
    ++state_->shared.now;
    return mattered;
}

bool Oracle::wrmsr_efer(unsigned cpu, x86::Efer value)
{
    const bool mattered = state_->processors[cpu]->wrmsr_efer(value);
    ++state_->shared.now;
    return mattered;
}

bool Oracle::invlpg(unsigned cpu, std::uint64_t linear)
{
    Processor& processor = *state_->processors[cpu];
    const auto canonical = LinearAddress::try_canonical(linear);
    const bool mattered =
        canonical && processor.remove(invlpg_removes(*canonical, processor.mode(), state_->shared.vendor));
    ++state_->shared.now;
    return mattered;
}

bool Oracle::invpcid(unsigned cpu, x86::InvpcidType type, std::uint16_t pcid, std::uint64_t linear)
{
    // A non-canonical address with type 0 raises #GP and invalidates nothing. [intel/vol2] INVPCID
    const auto canonical = LinearAddress::try_canonical(linear);
    const bool faults = type == x86::InvpcidType::address && !canonical;
    const bool mattered =
        !faults && state_->processors[cpu]->remove(invpcid_removes(type, pcid, canonical.value_or(LinearAddress{})));
    ++state_->shared.now;
    return mattered;
}

bool Oracle::passes(unsigned cpu, LinearAddress linear, x86::Access access)
{
    if (!state_->processors[cpu]->passes(linear, access)) return false;
    ++state_->shared.now;
    return true;
}

Judgement Oracle::access(unsigned cpu, std::uint64_t linear, x86::Access access)
{
    const auto canonical = LinearAddress::try_canonical(linear);
    Judgement judgement;
    if (canonical)
        judgement = state_->processors[cpu]->access(*canonical, access);
    else
        judgement.verdict = Verdict::architectural_fault; // #GP or #SS, which invalidate nothing
    ++state_->shared.now;
    return judgement;
}

ReleaseJudgement Oracle::release(unsigned /*cpu*/, PhysicalAddress address, std::uint64_t bytes)
{
    ReleaseJudgement judgement;
    for (const auto& processor : state_->processors) {
        if (const auto found = processor->release(address, bytes)) judgement.push_back(*found);
    }
    ++state_->shared.now;
    return judgement;
}

void Oracle::page_fault(unsigned cpu, std::uint64_t linear)
{
    Processor& processor = *state_->processors[cpu];
    if (const auto canonical = LinearAddress::try_canonical(linear)) {
        static_cast<void>(processor.remove(page_fault_removes(*canonical, processor.mode())));
    }
    ++state_->shared.now;
}

void Oracle::mark() { ++state_->shared.now; }

std::size_t Oracle::live_deviations() const
{
    std::size_t sum = 0;
    for (const auto& processor : state_->processors)
        sum += processor->live_deviations();
    return sum;
}

std::uint64_t Oracle::memory_at(PhysicalAddress address) const { return state_->shared.memory.read(address).raw(); }

const x86::PagingMode& Oracle::mode(unsigned cpu) const { return state_->processors[cpu]->mode(); }

} // namespace drywalk::oracle
