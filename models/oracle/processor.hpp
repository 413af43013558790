// SPDX-License-Identifier: MIT
// One logical processor as the oracle sees it: its mode, and every cached entry that may deviate from its tables.
//
// What the current tables lead to may be cached at any moment, so it is never written down. Kept are deviations only:
// stale translations, stale paging-structure entries (from which walks may still start), and, with PCIDs, the address
// spaces that were left without a flush.
#pragma once

#include "models/oracle/remedies.hpp"
#include "models/oracle/stale_structures.hpp"
#include "models/oracle/stale_translations.hpp"
#include "models/oracle/table_graph.hpp"
#include "models/oracle/translation_memo.hpp"

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
    Shared(std::uint64_t memory_bytes, unsigned cpus) : memory{memory_bytes}, effort{cpus}, graph{memory, effort, now}
    {
    }

    /// Every processor that may have cached what the table entry at `address` said learns that it is about to change.
    void announce(x86::PhysicalAddress address, x86::Entry old, x86::Entry value);

    /// `steps` more of work for the present event.
    void spend(std::uint64_t steps = 1) { effort.spend(now, steps); }

    EventIndex now = 0;
    MemoryImage memory;
    Effort effort;
    TableGraph graph;
    x86::Vendor vendor = x86::Vendor::portable;
    std::uint64_t tables_version = 0; ///< grows with every store to a known table
    std::size_t parked_spaces = 0;    ///< over all processors
    std::vector<Processor*> processors;
    std::vector<std::shared_ptr<Broadcast>> broadcasts; ///< those that are not complete
    std::vector<Reached> ways;                          ///< kept for its memory
};

/// True if what was cached of an entry that meant `old` may differ from what `now` means, which the entry `value` says.
/// Setting D is no difference: the processor does that itself. Neither is setting A; but the processor may have set it
/// before it cached anything, and a store of A = 0 takes that back. [intel/vol3] 4.10.2.3, 4.10.4.3
[[nodiscard]] bool leaves_something_stale(const x86::WalkStep& old, const x86::WalkStep& now, x86::Entry value);

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
    [[nodiscard]] RootJudgement mov_cr3(std::uint64_t value);
    /// See Oracle::mov_cr4().
    [[nodiscard]] std::optional<EventIndex> mov_cr4(x86::Cr4 value);
    bool wrmsr_efer(x86::Efer value);
    void wrpkru(std::uint32_t value)
    {
        mode_.pkru = value;
        mode_.key_rights_known = true;
    }
    void wrmsr_pkrs(std::uint32_t value) { mode_.pkrs = value; }
    bool invalidate(const x86::Removal& removal)
    {
        toggle_.reset();
        return remove(removal);
    }

    /// INVLPGB on some processor: dooms what it selects and the loaded tables do not say.
    void doom(const std::shared_ptr<const Broadcast>& broadcast);
    /// TLBSYNC: what complete broadcasts doom is gone.
    void remove_doomed();

    /// True if nothing deviates for the page and the memo has a translation that permits the access as it stands.
    /// `linear` is as the instruction has it: the memo knows canonical addresses without software's bits alone.
    [[nodiscard]] bool passes(std::uint64_t linear, x86::Access access) const
    {
        const TranslationMemo::Slot* const known = memo_.find(linear);
        if (known == nullptr || !root_ || may_deviate(known->page)) return false;
        const x86::Translation& translation = known->translation;
        if (access.kind == x86::AccessKind::write && !translation.dirty) return false;
        // what rights alone decide comes first: this is the path of nearly every access
        constexpr std::uint64_t more_than_rights = x86::Cr4::lass | x86::Cr4::lam_sup | x86::Cr4::pke | x86::Cr4::pks;
        constexpr std::uint64_t masking = x86::Cr3::lam_u48 | x86::Cr3::lam_u57;
        if (!access.shadow_stack && ((mode_.cr4.value & more_than_rights) | (mode_.cr3.value & masking)) == 0) {
            return permits(translation.rights, access, mode_);
        }
        const auto accessed = accessed_address(linear, access, mode_);
        return accessed && accessed->page() == known->page && permits(translation, access, mode_);
    }
    [[nodiscard]] Judgement access(x86::LinearAddress linear, x86::Access access);
    /// Appends what the release of `range` does here. `users` are the tables that lie in it and who walks them, `roots`
    /// those that processors have loaded.
    void release(const Range& range, const TableUsers& users, const std::vector<Table>& roots,
                 ReleaseJudgement& judgement);
    /// The mode under which walks from `source`, a root of this processor's, are made.
    [[nodiscard]] const x86::PagingMode& mode_of(const WalkSource& source) const;
    [[nodiscard]] const WalkSource* root() const { return root_.get(); }

private:
    /// A PCID that is not current. Nothing is added to what it may hold until it is loaded again; that is what its
    /// root and its paging-structure entries led to when it was left, without what has been written down since.
    struct ParkedSpace {
        std::unique_ptr<WalkSource> root;
        x86::PagingMode mode;       ///< when it was left
        bool only_globals = false;  ///< nothing else of what the root led to is left
        bool flushed = false;       ///< nothing but global translations is left: nothing stale can return
        bool root_released = false; ///< software declared the root free: nothing returns to it
        EventIndex left_at = 0;     ///< by which event
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
        Dooms dooms{};                      ///< of the source
    };

    /// Where a walk stands, and what it has read; the entry at `position` is in `trail` already.
    struct Reading {
        x86::WalkPosition position;
        EventIndex established_by = 0;
        Trail trail;
    };

    /// What a walk counts as work.
    static constexpr std::uint64_t walk_steps = 4;
    struct Outcome;
    class Candidates;
    class Holders;
    /// The tables that justify what is cached under a PCID: those of the root that it was last loaded with.
    struct View {
        x86::WalkPosition root;
        const x86::PagingMode* mode = nullptr;
    };
    /// A release that only entries of a PCID could lead to that was not loaded.
    struct PendingRelease {
        EventIndex event = 0;
        Range range;
        std::uint16_t pcid = 0;
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
    bool remove(const x86::Removal& removal);
    [[nodiscard]] bool remove_parked(const x86::Removal& removal);
    bool remove_parked_page(const x86::Removal& removal);
    bool invalidate_parked_globals(x86::LinearAddress linear);
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
                       EventIndex established_by, const Trail& trail, const Dooms& dooms);
    void retire_structure(const WalkSource& source, const x86::Removal& removal);
    [[nodiscard]] std::size_t remove_structures(const x86::Removal& removal);
    [[nodiscard]] std::optional<EventIndex> follow_toggle(x86::Cr4 before, bool mattered);
    void pcid_may_have_changed(const x86::PagingMode& before);
    void judge_recycling(const x86::PagingMode& before, RootJudgement& judgement);
    [[nodiscard]] const ParkedSpace* parked_space(std::uint16_t pcid) const;
    [[nodiscard]] bool accessed_cleared_since(const Trail& trail) const;

    /// Where a walk of the current tables stands at `level`; nothing if it ends above.
    [[nodiscard]] std::optional<x86::WalkPosition> current_position(x86::LinearAddress linear, x86::Level level);

    [[nodiscard]] Outcome walk_tables(x86::LinearAddress linear, x86::Access access);
    void set_accessed_and_dirty(const Outcome& outcome, x86::AccessKind kind);
    [[nodiscard]] bool loses_accessed(const Trail& trail, const Outcome& tables) const;
    [[nodiscard]] Judgement judge(x86::LinearAddress linear, x86::Access access, const Outcome& tables);
    [[nodiscard]] Verdict compare(const x86::Translation& used, const Trail& trail, x86::LinearAddress linear,
                                  x86::Access access, const Outcome& tables) const;
    [[nodiscard]] Verdict use_of(const x86::Translation& used, const Trail& trail, x86::LinearAddress linear,
                                 x86::Access access, const Outcome& tables) const;
    void consider_structure(const WalkSource& source, Candidates& candidates);
    [[nodiscard]] bool may_deviate(x86::LinearAddress linear) const
    {
        return !structures_.empty() || stale_.covers(linear);
    }
    [[nodiscard]] Remedy remedy_for(const Reachable& entries) const;

    // Releases
    [[nodiscard]] View current_view() const { return {root_->start, &mode_}; }
    [[nodiscard]] View view_of(std::uint16_t pcid);
    [[nodiscard]] std::optional<x86::WalkPosition> position_in(const View& view, x86::LinearAddress linear,
                                                               x86::Level level);
    [[nodiscard]] std::optional<x86::Translation> translation_in(const View& view, x86::LinearAddress linear);
    [[nodiscard]] std::optional<x86::LinearAddress> unjustified(const x86::Translation& used, x86::LinearAddress base,
                                                                const Range& range, const View& view);
    void find_stale(const Range& range, Holders& usable, Holders& parked);
    void find_in_table(const WalkSource& source, const x86::WalkPosition& position, x86::LinearAddress region,
                       const Range& range, const View& view, Holders& holders);
    void find_users(const TableUsers& users, Holders& in_use, Holders& parked);
    [[nodiscard]] Remedy leave_root(const TableUsers& users, const Range& range, const std::vector<Table>& roots) const;
    void forget_pending(std::uint16_t pcid);
    void judge_pending(RootJudgement& judgement);

    /// The root and what decides which of its leaves are global: what the memo tells apart.
    [[nodiscard]] x86::PhysicalAddress memo_key() const
    {
        return mode_.cr3.root() + (mode_.cr4.global_pages() ? 1 : 0);
    }

    unsigned number_;
    Shared& shared_;
    x86::PagingMode mode_;
    std::unique_ptr<WalkSource> root_; ///< null while paging is off
    StaleStructures structures_;
    StaleTranslations stale_;
    std::map<std::uint16_t, ParkedSpace> parked_;
    TranslationMemo memo_;
    EventIndex pcid_since_ = 0; ///< the event that loaded the current PCID
    std::vector<PendingRelease> pending_;
    /// A MOV CR4 that cleared PGE and removed nothing that mattered, if nothing has happened since.
    struct Toggle {
        EventIndex event = 0;
        std::uint64_t value_before = 0;
        std::uint64_t tables_version = 0;
    };
    std::optional<Toggle> toggle_;
};

} // namespace drywalk::oracle
