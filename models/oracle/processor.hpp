// SPDX-License-Identifier: MIT
// One logical processor as the oracle sees it: its mode, and every cached entry that may deviate from its tables.
//
// What the current tables lead to may be cached at any moment, so it is never written down. Kept are deviations only:
// stale translations, stale paging-structure entries (from which walks may still start), and, with PCIDs, the address
// spaces that were left without a flush.
#pragma once

#include "models/oracle/stale_translations.hpp"
#include "models/oracle/table_graph.hpp"
#include "models/oracle/translation_memo.hpp"

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace drywalk::oracle {

class Processor;

/// What the processors share.
struct Shared {
    explicit Shared(std::uint64_t memory_bytes) : memory{memory_bytes}, graph{memory} {}

    /// Every processor that may have cached what the table entry at `address` said learns that it is about to change.
    void announce(x86::PhysicalAddress address, x86::Entry old, x86::Entry value);

    MemoryImage memory;
    TableGraph graph;
    x86::Vendor vendor = x86::Vendor::portable;
    EventIndex now = 0;
    Effort effort;
    std::uint64_t tables_version = 0; ///< grows with every store to a known table
    std::size_t parked_spaces = 0;    ///< over all processors
    std::vector<Processor*> processors;
    std::vector<Reached> ways; ///< kept for its memory
};

/// True if what was cached from `old` may differ from what `value` says. Setting A or D is no difference: the
/// processor does that itself. [intel/vol3] 4.10.4.3. D in a read-only leaf is one: it makes a shadow stack. The
/// protection key is cached only under a `mode` that has keys.
[[nodiscard]] bool leaves_something_stale(x86::Entry old, x86::Entry value, bool leaf, const x86::PagingMode& mode);

/// True if entries that were made under `before` may say something else than the same entries under `now`.
[[nodiscard]] bool reads_differently(const x86::PagingMode& before, const x86::PagingMode& now);

class Processor {
public:
    Processor(unsigned number, Shared& shared, const x86::PagingMode& mode);
    ~Processor();
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;

    [[nodiscard]] const x86::PagingMode& mode() const { return mode_; }
    [[nodiscard]] std::size_t live_deviations() const { return stale_.size() + structures_.size(); }

    /// The entry that `way` leads to at `level` is about to change from `old` to `value`.
    void entry_changes(const Reached& way, x86::Level level, x86::Entry old, x86::Entry value);

    // Each returns whether something was removed that mattered.
    bool mov_cr0(x86::Cr0 value);
    bool mov_cr3(std::uint64_t value);
    bool mov_cr4(x86::Cr4 value);
    bool wrmsr_efer(x86::Efer value);
    void wrpkru(std::uint32_t value) { mode_.pkru = value; }
    void wrmsr_pkrs(std::uint32_t value) { mode_.pkrs = value; }
    bool remove(const x86::Removal& removal);

    /// True if nothing deviates for the page and the memo has a translation that permits the access as it stands.
    [[nodiscard]] bool passes(x86::LinearAddress linear, x86::Access access) const
    {
        if (!root_ || may_deviate(linear)) return false;
        const x86::Translation* const known = memo_.find(linear);
        if (known == nullptr) return false;
        const bool sets_dirty = access.kind == x86::AccessKind::write && !known->dirty;
        return !sets_dirty && permits(*known, access, mode_);
    }
    [[nodiscard]] Judgement access(x86::LinearAddress linear, x86::Access access);
    [[nodiscard]] std::optional<ReleaseFinding> release(x86::PhysicalAddress address, std::uint64_t bytes);

private:
    /// A PCID that is not current. Nothing is added to what it may hold until it is loaded again; that is what its
    /// root and its paging-structure entries led to when it was left, without what has been written down since.
    struct ParkedSpace {
        std::unique_ptr<WalkSource> root;
        x86::PagingMode mode;      ///< when it was left
        bool only_globals = false; ///< nothing else of what the root led to is left
        /// Slots by level that changed, and when first. What they said before is written down, what they say now was
        /// not cached.
        std::unordered_map<std::uint64_t, EventIndex> changed;
        /// Pages whose global translations were invalidated.
        std::set<x86::LinearAddress> invalidated;

        /// An entry that plays several levels may say something new at one of them and the same at another.
        [[nodiscard]] static std::uint64_t key(x86::PhysicalAddress slot, x86::Level level)
        {
            return slot.value() | static_cast<std::uint64_t>(level);
        }
        [[nodiscard]] bool changed_before(x86::PhysicalAddress slot, x86::Level level, EventIndex now) const
        {
            const auto found = changed.find(key(slot, level));
            return found != changed.end() && found->second != now;
        }
        [[nodiscard]] bool lost_global(x86::LinearAddress base, x86::PageSize size) const
        {
            const auto first = invalidated.lower_bound(base);
            return first != invalidated.end() && first->page(size) == base;
        }
    };

    /// What of a source is turned into deviations.
    enum class Share : std::uint8_t { all, globals, all_but_globals };

    /// How cached entries of a source that walks no longer start from are turned into deviations.
    struct Retirement {
        x86::PagingMode mode; ///< under which they were made
        x86::Removal removal; ///< what is removed at the same time
        std::uint16_t pcid = 0;
        Share share = Share::all;     ///< the rest is accounted for elsewhere
        bool keep_structures = false; ///< no paging-structure entry is removed
        bool mode_changes = false;    ///< equal tables may mean different things before and after
        EventIndex established_by = 0;
        bool from_structure = false;
        const ParkedSpace* space = nullptr; ///< the source is seen as it was when this space was left
    };

    /// Where a walk stands, and what it has read; the entry at `position` is in `trail` already.
    struct Reading {
        x86::WalkPosition position;
        EventIndex established_by = 0;
        Trail trail;
    };

    struct Outcome;
    /// Where something cached leads, and for which address; no translation: to a table.
    struct Leads {
        x86::LinearAddress linear;
        std::optional<x86::Translation> used;
    };
    /// Physical memory.
    struct Range {
        x86::PhysicalAddress address;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] std::optional<Reading> read_down_to(const WalkSource& source, x86::LinearAddress linear,
                                                      x86::Level level);
    [[nodiscard]] std::unique_ptr<WalkSource> make_root() const;
    void load_root();
    void replace_root();
    void change_root(const x86::PagingMode& before, const x86::Removal& removal);
    void reinterpret(const x86::PagingMode& before, const x86::Removal& removal);

    void park(std::unique_ptr<WalkSource> root, const x86::PagingMode& before);
    void unpark(std::uint16_t pcid);
    void unpark_all();
    void keep_globals_of_structures(const x86::PagingMode& before);
    [[nodiscard]] ParkedSpace* space_of(std::uint16_t pcid);
    [[nodiscard]] bool remove_parked(const x86::Removal& removal);
    void invalidate_parked_globals(x86::LinearAddress linear);
    void write_down_root(ParkedSpace& space);
    void parked_entry_changes(const WalkSource& source, const Reading& reading, x86::LinearAddress linear,
                              x86::Entry old, x86::Entry value);
    [[nodiscard]] std::optional<StaleTranslation> parked_global(const ParkedSpace& space, const WalkSource& source,
                                                                x86::LinearAddress linear);
    void add_parked_twins(const StaleTranslation& stale, const x86::Removal& removal);
    void announce_dirty(x86::PhysicalAddress address, x86::Entry old, x86::Entry value);

    void retire(const x86::WalkPosition& position, x86::LinearAddress region,
                const std::optional<x86::WalkPosition>& current, const Trail& trail, const Retirement& how);
    void retire_entry(const x86::WalkPosition& position, x86::LinearAddress linear,
                      const std::optional<x86::WalkPosition>& current, const Trail& trail, const Retirement& how);
    void retire_leaf(const StaleTranslation& stale, const Retirement& how);
    [[nodiscard]] bool structure_survives(x86::LinearAddress linear, x86::Level level, const Retirement& how) const;
    void add_structure(std::uint16_t pcid, x86::LinearAddress linear, const x86::WalkPosition& start,
                       EventIndex established_by, const Trail& trail);
    void retire_structure(const WalkSource& source, const x86::Removal& removal);
    [[nodiscard]] std::size_t remove_structures(const x86::Removal& removal);
    [[nodiscard]] bool accessed_cleared_since(const Trail& trail) const;

    /// Where a walk of the current tables stands at `level`; nothing if it ends above.
    [[nodiscard]] std::optional<x86::WalkPosition> current_position(x86::LinearAddress linear, x86::Level level);
    [[nodiscard]] std::optional<x86::Translation> current_translation(x86::LinearAddress linear);

    [[nodiscard]] Outcome walk_tables(x86::LinearAddress linear, x86::Access access);
    void set_accessed_and_dirty(const Outcome& outcome, x86::AccessKind kind);
    [[nodiscard]] bool loses_accessed(const Trail& trail, const Outcome& tables) const;
    [[nodiscard]] Judgement judge(x86::LinearAddress linear, x86::Access access, const Outcome& tables);
    void consider(const StaleTranslation& candidate, x86::LinearAddress linear, x86::Access access,
                  const Outcome& tables, Judgement& judgement) const;
    [[nodiscard]] Verdict use_of(const StaleTranslation& candidate, x86::LinearAddress linear, x86::Access access,
                                 const Outcome& tables) const;
    void consider_structure(const WalkSource& source, x86::LinearAddress linear, x86::Access access,
                            const Outcome& tables, Judgement& judgement);
    [[nodiscard]] Remedy invlpg_after(x86::LinearAddress linear, EventIndex event) const;
    [[nodiscard]] bool may_deviate(x86::LinearAddress linear) const
    {
        return !structures_.empty() || stale_.covers(linear);
    }

    [[nodiscard]] std::optional<x86::LinearAddress> unjustified(const x86::Translation& used, x86::LinearAddress base,
                                                                x86::PhysicalAddress address, std::uint64_t bytes);
    [[nodiscard]] std::optional<ReleaseFinding> stale_into(x86::PhysicalAddress address, std::uint64_t bytes);
    [[nodiscard]] std::optional<ReleaseFinding> table_into(const WalkSource& source, x86::PhysicalAddress address,
                                                           std::uint64_t bytes);
    [[nodiscard]] std::optional<Leads> table_leads_into(const x86::WalkPosition& position, x86::LinearAddress region,
                                                        const Range& range, const ParkedSpace* space,
                                                        bool only_globals);
    [[nodiscard]] std::optional<Leads> entry_leads_into(const x86::WalkPosition& position, x86::LinearAddress linear,
                                                        const Range& range, const ParkedSpace* space,
                                                        bool only_globals);

    /// The root and what decides which of its leaves are global: what the memo tells apart.
    [[nodiscard]] x86::PhysicalAddress memo_key() const
    {
        return mode_.cr3.root() + (mode_.cr4.global_pages() ? 1 : 0);
    }

    unsigned number_;
    Shared& shared_;
    x86::PagingMode mode_;
    std::unique_ptr<WalkSource> root_; ///< null while paging is off
    std::list<WalkSource> structures_; ///< stale paging-structure entries
    StaleTranslations stale_;
    std::map<std::uint16_t, ParkedSpace> parked_;
    TranslationMemo memo_;
};

} // namespace drywalk::oracle
