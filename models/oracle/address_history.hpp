// SPDX-License-Identifier: MIT
// Everything that one processor may have cached for one 4 KiB page, entry by entry, and the events that made each
// entry possible and impossible.
//
// What may be cached for a page depends on the events and on that page alone: any paging-structure entry that another
// address could bring in covers the page too, and so could have been brought in by a walk of the page itself. The
// oracle summarises; this writes out, at a cost that is fit for a few pages. Both are of one mind about the verdicts.
#pragma once

#include "models/oracle/judgement.hpp"
#include "models/x86/invalidation.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drywalk::oracle {

/// An entry is *creatable* while a walk from the loaded root, or from a paging-structure entry that may be held for the
/// current PCID, yields it. One that was when its PCID was left stays so while the tables of that PCID yield it; only
/// global entries belong to the loaded root alone.
class AddressHistory {
public:
    /// Memory as it is now; words that do not exist read as zero.
    using ReadMemory = std::function<x86::Entry(x86::PhysicalAddress)>;

    /// Before the first event.
    AddressHistory(x86::LinearAddress page, const x86::PagingMode& mode, x86::Vendor vendor, ReadMemory read);

    // Events of the trace, in order. Memory holds already what they stored.

    /// Software stored `value` at `slot`. Only slots that new_slots() named count.
    void store(EventIndex event, x86::PhysicalAddress slot, x86::Entry value);
    /// The processor set D in a slot that new_slots() named.
    void set_dirty(EventIndex event) { happen(event, {}); }
    /// A register of the processor was written: `mode` is what holds now.
    void load(EventIndex event, const x86::PagingMode& mode, const x86::Removal& removal);
    /// An invalidation, or a page fault.
    void invalidate(EventIndex event, const x86::Removal& removal);

    /// Slots that walks have read for the first time since the last call. Stores to them must be told from now on.
    [[nodiscard]] std::vector<std::uint64_t> new_slots();
    /// Entries looked at so far: what the work is measured by.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

    // Who decides a finding, before the event that is judged. Of several entries: the one that was broken last.

    /// The entry that gives an access this verdict.
    [[nodiscard]] std::optional<Witness> decides(Verdict verdict, x86::LinearAddress linear, x86::Access access) const;
    /// The entry that holds `used` for `pcid`.
    [[nodiscard]] std::optional<Witness> holds(const x86::Translation& used, std::uint16_t pcid) const;
    /// A paging-structure entry of `pcid` that leads to a table in this memory, where the tables do not.
    [[nodiscard]] std::optional<Witness> walks(std::uint16_t pcid, x86::PhysicalAddress address,
                                               std::uint64_t bytes) const;
    /// What the loaded root's tables lead to in this memory as a table: when that was linked.
    [[nodiscard]] std::optional<EventIndex> linked(x86::PhysicalAddress address, std::uint64_t bytes) const;

private:
    /// When an entry could be made.
    struct Life {
        /// The last event that made it creatable anew, after those that did so before software cleared some A.
        std::vector<EventIndex> established;
        EventIndex broken = 0; ///< the last event at which it ceased to be creatable
        bool creatable = false;
        bool held = false;         ///< it may be cached
        bool removed = false;      ///< by the event that is happening
        std::uint64_t reached = 0; ///< the last round of walks that made it
    };
    /// The slots that an entry was made of, by level, and after which event each was read at the earliest.
    struct Path {
        static constexpr std::uint64_t none = ~std::uint64_t{0};
        std::array<std::uint64_t, x86::level_count> slots{none, none, none, none, none};
        std::array<EventIndex, x86::level_count> read_at{};
    };
    struct CachedTranslation {
        x86::Translation translation;
        std::uint16_t pcid = 0;
        Life life;
        std::vector<Path> paths;
    };
    struct CachedStructure {
        x86::Level level = x86::root_level; ///< of the entry that was read
        std::uint16_t pcid = 0;
        x86::WalkPosition next;
        Life life;
        std::vector<Path> paths;
    };
    /// What the tables alone say of an access.
    struct Tables {
        std::optional<x86::Translation> leaf;
        bool permitted = false;
        std::vector<std::uint64_t> slots;
    };
    struct Stamps {
        EventIndex broken_by = 0;
        EventIndex established_by = 0;
        auto operator<=>(const Stamps&) const = default;
    };

    void happen(EventIndex event, const x86::Removal& removal);
    [[nodiscard]] bool spares_the_page(const x86::Removal& removal) const;
    [[nodiscard]] bool renews_structures(EventIndex event, const x86::Removal& removal);
    void find_renewable();
    void take_away(const x86::Removal& removal);
    void walk_everything(EventIndex event);
    void walk_from(x86::WalkPosition position, Path path, EventIndex event);
    void walk_parked(std::uint16_t pcid, const x86::PagingMode& mode);
    void justify(Life& life);
    [[nodiscard]] CachedTranslation* find(const x86::Translation& translation, std::uint16_t pcid);
    [[nodiscard]] CachedStructure* find(x86::Level level, const x86::WalkPosition& next, std::uint16_t pcid);
    void hold(const x86::Translation& translation, const Path& path);
    void hold(x86::Level level, const x86::WalkPosition& next, const Path& path);
    void reach(Life& life);
    void settle(EventIndex event);
    void establish(Life& life, EventIndex event) const;
    void forget_removed();
    static void merge(std::vector<Path>& paths, const Path& path);
    [[nodiscard]] x86::LinearAddress region(x86::Level level) const;
    [[nodiscard]] x86::EntryTag tag(const CachedTranslation& entry) const;

    [[nodiscard]] Tables walk_tables(x86::LinearAddress linear, x86::Access access) const;
    [[nodiscard]] Verdict compare(const x86::Translation& used, x86::LinearAddress linear, x86::Access access,
                                  const Tables& tables) const;
    [[nodiscard]] x86::WalkStep last_step_from(const x86::WalkPosition& position) const;
    [[nodiscard]] Witness witness_of(const CachedTranslation& entry) const;
    [[nodiscard]] std::optional<Stamps>
    structure_behind(const std::function<bool(const CachedStructure&)>& leads_there) const;
    [[nodiscard]] std::optional<Stamps> lost_accessed(const CachedTranslation& entry, const Tables& tables) const;
    [[nodiscard]] EventIndex made_before(const CachedTranslation& entry, const Path& path, unsigned position,
                                         EventIndex cleared) const;
    [[nodiscard]] std::optional<Witness> faulting_structure() const;
    [[nodiscard]] static Stamps stamps_of(const Life& life);

    x86::LinearAddress page_;
    x86::PagingMode mode_;
    std::map<std::uint16_t, x86::PagingMode> left_; ///< by PCID: the mode under which it was left
    x86::Vendor vendor_;
    ReadMemory read_;
    std::multimap<std::uint64_t, CachedTranslation> translations_; ///< by page
    std::multimap<std::uint64_t, CachedStructure> structures_;     ///< by next table; those that were removed, too
    std::vector<Life*> creatable_;
    std::vector<Life*> reached_;
    std::vector<std::multimap<std::uint64_t, CachedTranslation>::iterator> removed_;
    std::vector<Life*> removed_structures_;
    /// While the paging-structure entries of the current PCID are those of the walk from the root and no others: these.
    std::vector<CachedStructure*> renewable_;
    bool renewable_known_ = false;
    static constexpr std::uint64_t renewals_per_step = 8; ///< they are that much cheaper
    std::uint64_t renewals_ = 0;
    std::uint64_t round_ = 0;
    std::unordered_set<std::uint64_t> slots_;
    std::vector<std::uint64_t> new_slots_;
    std::unordered_map<std::uint64_t, EventIndex> accessed_cleared_; ///< the last store of A = 0, by slot
    EventIndex last_cleared_ = 0;
    mutable std::uint64_t steps_ = 0;
};

} // namespace drywalk::oracle
