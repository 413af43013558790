// SPDX-License-Identifier: MIT
// Translations that a TLB may still hold although the tables no longer lead to them.
#pragma once

#include "models/oracle/broadcast.hpp"
#include "models/oracle/trail.hpp"
#include "models/x86/invalidation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drywalk::oracle {

/// One such translation of the page at `base`. It was cached with its accessed flags set.
struct StaleTranslation {
    x86::Translation translation;
    x86::LinearAddress base;
    std::uint16_t pcid = 0;
    bool from_structure = false;
    EventIndex established_by = 0;
    EventIndex broken_by = 0; ///< the last event that parted the tables from it
    Trail trail;
    Dooms dooms{};

    [[nodiscard]] x86::EntryTag tag() const { return {base, translation.size, pcid, translation.global}; }
    [[nodiscard]] bool same_entry(const StaleTranslation& other) const
    {
        return translation == other.translation && base == other.base && pcid == other.pcid &&
               trail.same_slots(other.trail) && dooms == other.dooms;
    }
};

/// Found by linear page and by physical page, for each page size; only deviations are in here.
class StaleTranslations {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }

    /// An entry that is known already stays, with what was read first, and was broken once more.
    void add(const StaleTranslation& stale);

    /// Removes what `removal` must remove; returns how many that were.
    std::size_t remove(const x86::Removal& removal);

    /// Dooms what `broadcast` selects.
    void doom(const std::shared_ptr<const Broadcast>& broadcast);
    /// Removes what a complete broadcast dooms.
    void remove_doomed();

    /// Calls `visit` for each translation of `linear` that is usable under `pcid`, until it returns false.
    template <typename Visit>
    void for_each_of(x86::LinearAddress linear, std::uint16_t pcid, Visit&& visit) const
    {
        if (count_ == 0) return;
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            const Bucket* const bucket = find(linear, static_cast<x86::PageSize>(size));
            if (bucket == nullptr) continue;
            for (const StaleTranslation& stale : bucket->entries) {
                const bool usable = stale.translation.global || stale.pcid == pcid;
                if (usable && !visit(stale)) return;
            }
        }
    }

    /// True if some translation covers `linear`, whatever its tag.
    [[nodiscard]] bool covers(x86::LinearAddress linear) const
    {
        if (count_ == 0) return false;
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            if (find(linear, static_cast<x86::PageSize>(size)) != nullptr) return true;
        }
        return false;
    }

    /// The last event that broke a translation of `linear`, whatever its tag.
    [[nodiscard]] EventIndex last_broken(x86::LinearAddress linear) const;

    /// Calls `visit` for each translation whose page meets [address, address + bytes). The time it takes grows with
    /// the pages of the range or with the translations that there are, whichever are fewer.
    template <typename Visit>
    void for_each_into(x86::PhysicalAddress address, std::uint64_t bytes, Visit&& visit)
    {
        if (count_ == 0) return;
        index_frames();
        for (unsigned size = 0; size < x86::page_size_count; ++size)
            for_each_into(static_cast<x86::PageSize>(size), address, bytes, visit);
    }

private:
    /// The translations of one page; more than a few are found by hash.
    struct Bucket {
        std::vector<StaleTranslation> entries;
        std::unordered_multimap<std::uint64_t, std::size_t> by_hash; ///< unused while there are few
        EventIndex last_broken = 0;

        [[nodiscard]] StaleTranslation* find(const StaleTranslation& like);
        void push(const StaleTranslation& stale);
        void index();
    };
    using Pages = std::unordered_map<std::uint64_t, Bucket>;
    /// By physical page: the linear pages whose buckets have translations to it, and how many.
    using Frames = std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, std::size_t>>;

    [[nodiscard]] const Bucket* find(x86::LinearAddress linear, x86::PageSize size) const
    {
        const Pages& pages = by_size_[static_cast<unsigned>(size)];
        if (pages.empty()) return nullptr;
        const auto found = pages.find(linear.page_number(size));
        return found == pages.end() ? nullptr : &found->second;
    }
    std::size_t remove_from(unsigned size, Pages::iterator bucket, const x86::Removal& removal);
    void index_frames();
    void add_frame(unsigned size, std::uint64_t page, const StaleTranslation& stale);
    void drop_frame(unsigned size, std::uint64_t page, const StaleTranslation& stale);
    template <typename Condemned>
    std::size_t remove_from(unsigned size, Pages::iterator bucket, Condemned&& condemned);
    void doom_page(unsigned size, std::uint64_t page, const std::shared_ptr<const Broadcast>& broadcast);

    template <typename Visit>
    void for_each_into(x86::PageSize size, x86::PhysicalAddress address, std::uint64_t bytes, Visit& visit) const
    {
        const Frames& frames = frames_[static_cast<unsigned>(size)];
        const std::uint64_t first = address.value() >> page_shift(size);
        const std::uint64_t last = (address.value() + bytes - 1) >> page_shift(size);
        if (last - first < frames.size()) {
            for (std::uint64_t frame = first; frame <= last; ++frame) {
                const auto found = frames.find(frame);
                if (found != frames.end()) visit_frame(size, *found, visit);
            }
            return;
        }
        for (const auto& entry : frames) {
            if (entry.first >= first && entry.first <= last) visit_frame(size, entry, visit);
        }
    }
    template <typename Visit>
    void visit_frame(x86::PageSize size, const Frames::value_type& frame, Visit& visit) const
    {
        const Pages& pages = by_size_[static_cast<unsigned>(size)];
        for (const auto& [page, count] : frame.second) {
            for (const StaleTranslation& stale : pages.at(page).entries) {
                if (stale.translation.page.value() >> page_shift(size) == frame.first) visit(stale);
            }
        }
    }

    std::array<Pages, x86::page_size_count> by_size_;
    std::array<Frames, x86::page_size_count> frames_;
    bool frames_indexed_ = false; ///< from the first question about frames on, until nothing is stale
    std::array<std::unordered_set<std::uint64_t>, x86::page_size_count> doomed_; ///< pages that have doomed ones
    std::size_t count_ = 0;
};

} // namespace drywalk::oracle
