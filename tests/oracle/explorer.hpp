// SPDX-License-Identifier: MIT
// A second opinion on the oracle: the sets of everything that may be cached, written out entry by entry.
//
// After every event each processor's sets are closed under "walk any linear address", from its root and from every
// paging-structure entry of its current PCID. Nothing is summarised, so it is slow, fit for a few tables only.
#pragma once

#include "models/oracle/oracle.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace drywalk::oracle::test {

/// An entry in memory as a walk found it; software's stores to it are counted.
struct Slot {
    x86::PhysicalAddress address;
    std::uint64_t version = 0; ///< 0: no slot
    auto operator<=>(const Slot&) const = default;
};

/// The slots that a walk used, the root's first.
using Path = std::array<Slot, x86::level_count>;

/// An INVLPGB whose TLBSYNC is outstanding.
struct Doom {
    unsigned cpu = 0;
    std::uint64_t number = 0; ///< of the INVLPGB
    x86::Invlpgb operands;
    auto operator<=>(const Doom& other) const { return number <=> other.number; }
    bool operator==(const Doom& other) const { return number == other.number; }
};
using DoomedBy = std::vector<Doom>;

/// An element of T: what a TLB may hold. [intel/vol3] 4.10.2.2
struct TlbEntry {
    x86::EntryTag tag;
    x86::Translation translation;
    Path path;
    DoomedBy doomed_by{};

    [[nodiscard]] auto key() const
    {
        const x86::Translation& t = translation;
        return std::tuple{tag.base,      tag.size, tag.pcid,
                          t.page,        t.global, t.rights.writable,
                          t.rights.user, t.dirty,  t.rights.executable,
                          t.pat_index,   t.key,    t.shadow_stack,
                          path,          doomed_by};
    }
    bool operator<(const TlbEntry& other) const { return key() < other.key(); }
};

/// An element of S: what a paging-structure cache may hold. [intel/vol3] 4.10.3.1
struct StructureEntry {
    x86::Level level = x86::root_level; ///< of the entry that was read
    x86::LinearAddress region;
    std::uint16_t pcid = 0;
    x86::WalkPosition next;
    Path path;
    DoomedBy doomed_by{};

    [[nodiscard]] bool covers(x86::LinearAddress linear) const
    {
        return linear.value() >> index_shift(level) == region.value() >> index_shift(level);
    }
    [[nodiscard]] auto key() const
    {
        const x86::Rights& rights = next.rights;
        return std::tuple{level, region,   pcid, next.table, rights.writable, rights.user, rights.executable,
                          path,  doomed_by};
    }
    bool operator<(const StructureEntry& other) const { return key() < other.key(); }
};

/// One way in which an access may be translated other than by the tables in memory.
struct Candidate {
    std::optional<x86::Translation> translation; ///< absent: a walk from a paging-structure entry that ends in a fault
    bool permitted = false;
    Path path;
};

struct Opinion {
    Verdict verdict = Verdict::ok;
    x86::WalkOutcome tables;
    std::vector<Candidate> candidates;
};

/// Takes the same events as Oracle.
class Explorer {
public:
    explicit Explorer(const Configuration& configuration);

    void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value);
    void mov_cr0(unsigned cpu, x86::Cr0 value);
    [[nodiscard]] RootJudgement mov_cr3(unsigned cpu, std::uint64_t value);
    void mov_cr4(unsigned cpu, x86::Cr4 value);
    void wrmsr_efer(unsigned cpu, x86::Efer value);
    void wrpkru(unsigned cpu, std::uint32_t value) { ++now_, processors_[cpu].mode.pkru = value; }
    void wrmsr_pkrs(unsigned cpu, std::uint32_t value) { ++now_, processors_[cpu].mode.pkrs = value; }
    void invlpg(unsigned cpu, std::uint64_t linear);
    void invpcid(unsigned cpu, x86::InvpcidType type, std::uint16_t pcid, std::uint64_t linear);
    [[nodiscard]] Opinion access(unsigned cpu, std::uint64_t linear, x86::Access access);
    [[nodiscard]] ReleaseJudgement release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes);
    void invlpgb(unsigned cpu, const x86::Invlpgb& operands);
    void tlbsync(unsigned cpu);
    void page_fault(unsigned cpu, std::uint64_t linear);
    void mark() { ++now_; }

    [[nodiscard]] const x86::PagingMode& mode(unsigned cpu) const { return processors_[cpu].mode; }
    [[nodiscard]] std::uint64_t memory_at(x86::PhysicalAddress address) const { return word(address).value; }

protected:
    /// A PCID that was left, with the mode that it was left in.
    struct Space {
        x86::PagingMode mode;
        bool returnable = true; ///< not flushed as a whole since, nor was its root released
        bool flushed = false;
        std::set<unsigned> emptied_by{}; ///< processors whose TLBSYNC leaves nothing of it but global translations
    };
    /// A release that only entries of a PCID that was not loaded led to.
    struct Pending {
        EventIndex release = 0;
        x86::PhysicalAddress first;
        std::uint64_t bytes = 0;
        std::uint16_t pcid = 0;
    };
    struct Processor {
        std::map<std::uint16_t, Space> left;
        std::vector<Pending> pending;
        x86::PagingMode mode;
        std::set<TlbEntry> translations;
        std::set<StructureEntry> structures;
    };
    struct Word {
        std::uint64_t value = 0;
        std::uint64_t version = 1;
        std::uint64_t cleared = 0; ///< the version with which software last changed A from 1 to 0
    };

    [[nodiscard]] Word word(x86::PhysicalAddress address) const;
    [[nodiscard]] x86::Entry entry_at(x86::PhysicalAddress address) const { return x86::Entry{word(address).value}; }
    void close_all();
    void close(Processor& processor);
    void explore(Processor& processor, const x86::WalkPosition& position, x86::LinearAddress region, const Path& path,
                 const DoomedBy& doomed_by);
    /// What may be cached right now of the loaded tables alone.
    [[nodiscard]] Processor afresh(const Processor& processor);
    void remove(Processor& processor, const x86::Removal& removal);

    [[nodiscard]] std::optional<x86::Translation> current_leaf(const x86::PagingMode& mode,
                                                               x86::LinearAddress linear) const;
    /// The slots of the walk from the root, and how many there are.
    [[nodiscard]] std::vector<Slot> current_path(const Processor& processor, x86::LinearAddress linear) const;
    [[nodiscard]] static std::vector<Candidate> candidates_of(const TlbEntry& entry, const Processor& processor,
                                                              x86::Access access);
    [[nodiscard]] std::vector<Candidate> candidates(const Processor& processor, x86::LinearAddress linear,
                                                    x86::Access access) const;
    [[nodiscard]] std::optional<Candidate> fault_from(const Processor& processor, const StructureEntry& start,
                                                      x86::LinearAddress linear) const;
    [[nodiscard]] Verdict judge(const Processor& processor, x86::LinearAddress linear, x86::Access access,
                                const Opinion& opinion) const;
    [[nodiscard]] Verdict compare(const Processor& processor, x86::LinearAddress linear, x86::Access access,
                                  const Candidate& candidate, const x86::WalkOutcome& tables) const;
    [[nodiscard]] bool loses_accessed(const Processor& processor, x86::LinearAddress linear, const Path& path) const;
    void set_accessed_dirty(const Processor& processor, x86::LinearAddress linear, x86::AccessKind kind);

    /// Whose tables justify what is tagged `pcid`.
    [[nodiscard]] static x86::PagingMode justifying_mode(const Processor& processor, std::uint16_t pcid);
    [[nodiscard]] static bool usable(const Processor& processor, const x86::EntryTag& tag)
    {
        return tag.global || tag.pcid == processor.mode.pcid();
    }
    [[nodiscard]] bool stale_into(const x86::PagingMode& mode, const TlbEntry& entry, x86::PhysicalAddress first,
                                  std::uint64_t bytes) const;
    [[nodiscard]] bool stale_into(const x86::PagingMode& mode, const StructureEntry& entry, x86::PhysicalAddress first,
                                  std::uint64_t bytes) const;
    void find_stale(const Processor& processor, x86::PhysicalAddress first, std::uint64_t bytes,
                    std::vector<Holder>& usable_ones, std::vector<Holder>& parked_ones) const;
    [[nodiscard]] bool reaches_as_table(const x86::PagingMode& mode, const x86::WalkPosition& position,
                                        x86::PhysicalAddress first, std::uint64_t bytes) const;
    void judge_pending(Processor& processor, RootJudgement& judgement) const;
    void leave(Processor& processor, const x86::PagingMode& before);

    Configuration configuration_;
    std::map<x86::PhysicalAddress, Word> memory_; ///< what software stored; anything else is zero
    std::vector<Processor> processors_;
    EventIndex now_ = 0;
};

} // namespace drywalk::oracle::test
