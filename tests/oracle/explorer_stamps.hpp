// SPDX-License-Identifier: MIT
// An explorer that also knows by which events every entry was established and broken: by brute force, from the
// definitions in docs/oracle.md.
#pragma once

#include "tests/oracle/explorer.hpp"
#include "tests/oracle/trace.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace drywalk::oracle::test {

struct Stamps {
    std::uint64_t broken = 0;
    std::uint64_t established = 0;
    auto operator<=>(const Stamps&) const = default;
};

/// Takes the events of a trace in order.
class StampedExplorer : private Explorer {
public:
    explicit StampedExplorer(const Configuration& configuration);

    void follow(const Event& event);
    /// True after a TLBSYNC: the definitions do not cover what it removes.
    [[nodiscard]] bool synchronised() const { return synchronised_; }

    /// An entry that gives the access of `event`, which is about to happen, this verdict.
    struct Decider {
        std::optional<x86::Translation> used;
        Stamps stamps;
    };
    [[nodiscard]] std::vector<Decider> deciders(const Event& event, Verdict verdict) const;
    /// The entry of a processor that holds `used` for `linear`, made under `pcid`.
    [[nodiscard]] std::optional<Stamps> holder(unsigned cpu, std::uint16_t pcid, x86::LinearAddress linear,
                                               const x86::Translation& used) const;
    /// The paging-structure entry of `pcid` that leads to a table in this memory where the tables do not.
    [[nodiscard]] std::optional<Stamps> walker(unsigned cpu, std::uint16_t pcid, x86::LinearAddress linear,
                                               x86::PhysicalAddress first, std::uint64_t bytes) const;

private:
    /// What an entry is, whichever slots it was made of.
    using Page = std::tuple<x86::LinearAddress, std::uint16_t, x86::PageSize, x86::PhysicalAddress, bool, bool, bool,
                            bool, bool, std::uint8_t, std::uint8_t, bool>;
    using Region = std::tuple<x86::Level, x86::LinearAddress, std::uint16_t, x86::PhysicalAddress, bool, bool, bool>;
    struct Life {
        std::vector<std::uint64_t> established;
        std::uint64_t broken = 0;
        std::uint64_t removed = 0; ///< the last event that removed it by promise
    };
    /// What walks yield now, from the root and from what is held.
    struct Creatable {
        std::map<Page, x86::EntryTag> pages;
        std::map<Region, x86::LinearAddress> regions;
    };
    struct Record {
        std::map<Page, Life> pages;
        std::map<Region, Life> regions;
        Creatable creatable;
    };

    [[nodiscard]] static Page page_of(const x86::EntryTag& tag, const x86::Translation& translation);
    [[nodiscard]] static Region region_of(const StructureEntry& entry);
    [[nodiscard]] static Region region_of(x86::Level level, x86::LinearAddress region, std::uint16_t pcid,
                                          const x86::WalkPosition& next);
    [[nodiscard]] Creatable creatable(const Processor& processor) const;
    void yield(const x86::PagingMode& mode, const x86::WalkPosition& position, x86::LinearAddress region,
               Creatable& creatable) const;
    void justify(const Processor& processor, const Creatable& before, const x86::Removal& removal,
                 Creatable& creatable) const;
    [[nodiscard]] x86::Removal removal_of(const Event& event) const;
    [[nodiscard]] std::optional<x86::LinearAddress> accessed(const Event& event) const;
    void stamp(unsigned cpu, const x86::Removal& removal);

    [[nodiscard]] Stamps stamps_of(unsigned cpu, const x86::EntryTag& tag, const x86::Translation& translation,
                                   x86::LinearAddress linear) const;
    [[nodiscard]] x86::WalkStep end_of(const Processor& processor, x86::WalkPosition position,
                                       x86::LinearAddress linear) const;
    [[nodiscard]] std::optional<Stamps> lost_accessed(unsigned cpu, const TlbEntry& entry,
                                                      x86::LinearAddress linear) const;
    [[nodiscard]] std::uint64_t made_before(unsigned cpu, const TlbEntry& entry, std::size_t depth,
                                            std::uint64_t cleared) const;

    struct Clearing {
        std::uint64_t version = 0;
        std::uint64_t event = 0;
    };

    std::uint64_t now_ = 0;
    bool synchronised_ = false;
    std::vector<Record> records_;
    std::map<x86::PhysicalAddress, Clearing> clearings_; ///< the last store of A = 0
};

} // namespace drywalk::oracle::test
