// SPDX-License-Identifier: MIT
// Translations that a TLB may still hold although the tables no longer lead to them.
#pragma once

#include "models/oracle/trail.hpp"
#include "models/x86/invalidation.hpp"

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace drywalk::oracle {

/// One such translation of the page at `base`. It was cached with its accessed flags set.
struct StaleTranslation {
    x86::Translation translation;
    x86::LinearAddress base;
    std::uint16_t pcid = 0;
    bool from_structure = false;
    EventIndex established_by = 0;
    EventIndex broken_by = 0;
    Trail trail;

    [[nodiscard]] x86::EntryTag tag() const { return {base, translation.size, pcid, translation.global}; }
    [[nodiscard]] bool same_entry(const StaleTranslation& other) const
    {
        return translation == other.translation && base == other.base && pcid == other.pcid &&
               trail.same_slots(other.trail);
    }
};

/// Found by page, for each page size; only deviations are in here.
class StaleTranslations {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }

    /// An entry that is known already stays, with what was read first.
    void add(const StaleTranslation& stale);

    /// Removes what `removal` must remove; returns how many that were.
    std::size_t remove(const x86::Removal& removal);

    /// Calls `visit` for each translation of `linear` that is usable under `pcid`.
    template <typename Visit>
    void for_each_of(x86::LinearAddress linear, std::uint16_t pcid, Visit&& visit) const
    {
        if (count_ == 0) return;
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            const auto* const bucket = find(linear, static_cast<x86::PageSize>(size));
            if (bucket == nullptr) continue;
            for (const StaleTranslation& stale : *bucket) {
                if (stale.translation.global || stale.pcid == pcid) visit(stale);
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

    template <typename Visit>
    void for_each(Visit&& visit) const
    {
        for (const auto& pages : by_size_) {
            for (const auto& [number, bucket] : pages) {
                for (const StaleTranslation& stale : bucket)
                    visit(stale);
            }
        }
    }

private:
    using Bucket = std::vector<StaleTranslation>;
    using Pages = std::unordered_map<std::uint64_t, Bucket>;

    [[nodiscard]] const Bucket* find(x86::LinearAddress linear, x86::PageSize size) const
    {
        const Pages& pages = by_size_[static_cast<unsigned>(size)];
        if (pages.empty()) return nullptr;
        const auto found = pages.find(linear.page_number(size));
        return found == pages.end() ? nullptr : &found->second;
    }
    std::size_t remove_from(Pages& pages, Pages::iterator bucket, const x86::Removal& removal);

    std::array<Pages, x86::page_size_count> by_size_;
    std::size_t count_ = 0;
};

} // namespace drywalk::oracle
