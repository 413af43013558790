// SPDX-License-Identifier: MIT
#include "models/oracle/oracle.hpp"

#include "models/oracle/processor.hpp"

#include <algorithm>
#include <vector>

namespace drywalk::oracle {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;

class Oracle::State {
public:
    explicit State(const Configuration& configuration) : shared{configuration.memory_bytes, configuration.cpus}
    {
        shared.vendor = configuration.vendor;
        for (unsigned number = 0; number < configuration.cpus; ++number) {
            processors.push_back(std::make_unique<Processor>(number, shared, configuration.mode));
            shared.processors.push_back(processors.back().get());
        }
    }

    [[nodiscard]] TableUsers users_of(const Range& range);
    [[nodiscard]] std::vector<Table> known_roots() const;
    /// Part of the present event.
    void store(PhysicalAddress address, std::uint64_t value);

    Shared shared;
    std::vector<std::unique_ptr<Processor>> processors;
};

void Oracle::State::store(PhysicalAddress address, std::uint64_t value)
{
    MemoryImage::Frame& frame = shared.memory.frame(address);
    const std::size_t word = MemoryImage::word_of(address);
    const Entry old{frame.words[word]};
    // The processor may have set A in what software stored with A clear; see leaves_something_stale().
    const bool clears_accessed = old.present() && !Entry{value}.accessed();
    const bool changes_tables = frame.table_levels != 0 && (old.raw() != value || clears_accessed);
    if (changes_tables) ++shared.tables_version;
    if (changes_tables) shared.announce(address, old, Entry{value});
    shared.memory.store(address, value, shared.now);
    if (changes_tables) shared.graph.replace(address, Entry{value});
}

/// Entries are read twice, with XD and without: with EFER.NXE = 0 it is a reserved bit.
TableUsers Oracle::State::users_of(const Range& range)
{
    std::vector<std::pair<PhysicalAddress, std::uint8_t>> tables;
    shared.memory.for_each_frame(range.address, range.bytes, [&](PhysicalAddress frame, const MemoryImage::Frame& of) {
        if (of.table_levels != 0) tables.emplace_back(frame, of.table_levels);
    });
    TableUsers users;
    for (const std::uint64_t nxe : {std::uint64_t{0}, x86::Efer::nxe}) {
        x86::PagingMode mode = processors.front()->mode();
        mode.efer = {nxe};
        TableUsers found;
        for (const auto& [frame, levels] : tables) {
            for (unsigned number = 1; number <= x86::level_count; ++number) {
                if ((levels >> number & 1U) != 0)
                    shared.graph.find_users(frame, static_cast<Level>(number), mode, found);
            }
        }
        users.uses.insert(users.uses.end(), found.uses.begin(), found.uses.end());
        users.tables.merge(found.tables);
    }
    return users;
}

/// Those that processors run on: loaded, and something is mapped.
std::vector<Table> Oracle::State::known_roots() const
{
    std::vector<Table> roots;
    for (const auto& processor : processors) {
        const WalkSource* const root = processor->root();
        if (root == nullptr) continue;
        const auto* const present = shared.graph.present(root->start.table, root->start.level);
        if (present != nullptr && present->any()) roots.push_back({root->start.table, root->start.level});
    }
    return roots;
}

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
    const RootJudgement judgement = state_->processors[cpu]->mov_cr3(value);
    ++state_->shared.now;
    return judgement;
}

std::optional<EventIndex> Oracle::mov_cr4(unsigned cpu, x86::Cr4 value)
{
    const auto useless_since = state_->processors[cpu]->mov_cr4(value);
    ++state_->shared.now;
    return useless_since;
}

bool Oracle::wrmsr_efer(unsigned cpu, x86::Efer value)
{
    const bool mattered = state_->processors[cpu]->wrmsr_efer(value);
    ++state_->shared.now;
    return mattered;
}

void Oracle::wrpkru(unsigned cpu, std::uint32_t value)
{
    state_->processors[cpu]->wrpkru(value);
    ++state_->shared.now;
}

void Oracle::wrmsr_pkrs(unsigned cpu, std::uint32_t value)
{
    state_->processors[cpu]->wrmsr_pkrs(value);
    ++state_->shared.now;
}

bool Oracle::invlpg(unsigned cpu, std::uint64_t linear)
{
    Processor& processor = *state_->processors[cpu];
    const auto canonical = LinearAddress::try_canonical(linear, processor.mode().linear_width());
    const bool mattered =
        canonical && processor.invalidate(invlpg_removes(*canonical, processor.mode(), state_->shared.vendor));
    ++state_->shared.now;
    return mattered;
}

void Oracle::invlpgb(unsigned cpu, const x86::Invlpgb& operands)
{
    auto& broadcasts = state_->shared.broadcasts;
    constexpr std::ptrdiff_t recent = 64; // no more are searched
    const auto first = broadcasts.end() - std::min(recent, std::ssize(broadcasts));
    const auto known = std::find_if(
        first, broadcasts.end(), [&](const auto& other) { return other->cpu == cpu && other->operands == operands; });
    const auto broadcast =
        known == broadcasts.end() ? std::make_shared<Broadcast>(Broadcast{.cpu = cpu, .operands = operands}) : *known;
    if (known == broadcasts.end()) broadcasts.push_back(broadcast);
    Effort::check_deviations(broadcasts.size());
    for (const auto& processor : state_->processors)
        processor->doom(broadcast);
    ++state_->shared.now;
}

void Oracle::tlbsync(unsigned cpu)
{
    const auto completes = [cpu](const std::shared_ptr<Broadcast>& broadcast) {
        if (broadcast->cpu == cpu) broadcast->complete = true;
        return broadcast->complete;
    };
    if (std::erase_if(state_->shared.broadcasts, completes) != 0) {
        for (const auto& processor : state_->processors)
            processor->remove_doomed();
    }
    ++state_->shared.now;
}

bool Oracle::invpcid(unsigned cpu, x86::InvpcidType type, std::uint16_t pcid, std::uint64_t linear)
{
    // A non-canonical address with type 0 raises #GP and invalidates nothing. [intel/vol2] INVPCID
    const auto canonical = LinearAddress::try_canonical(linear, mode(cpu).linear_width());
    const bool faults = type == x86::InvpcidType::address && !canonical;
    const bool mattered = !faults && state_->processors[cpu]->invalidate(
                                         invpcid_removes(type, pcid, canonical.value_or(LinearAddress{})));
    ++state_->shared.now;
    return mattered;
}

bool Oracle::passes(unsigned cpu, std::uint64_t linear, x86::Access access)
{
    if (!state_->processors[cpu]->passes(linear, access)) return false;
    ++state_->shared.now;
    return true;
}

Judgement Oracle::access(unsigned cpu, std::uint64_t linear, x86::Access access)
{
    const auto canonical = x86::accessed_address(linear, access, mode(cpu));
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
    const Range range{address, bytes};
    const TableUsers users = state_->users_of(range);
    std::vector<Table> roots;
    if (!users.uses.empty()) roots = state_->known_roots();
    ReleaseJudgement judgement;
    for (const auto& processor : state_->processors)
        processor->release(range, users, roots, judgement);
    ++state_->shared.now;
    return judgement;
}

void Oracle::page_fault(unsigned cpu, std::uint64_t linear)
{
    Processor& processor = *state_->processors[cpu];
    if (const auto canonical = LinearAddress::try_canonical(linear, processor.mode().linear_width())) {
        static_cast<void>(processor.invalidate(page_fault_removes(*canonical, processor.mode())));
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
