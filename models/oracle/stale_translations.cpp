// SPDX-License-Identifier: MIT
#include "models/oracle/stale_translations.hpp"

#include <algorithm>

namespace drywalk::oracle {

void StaleTranslations::add(const StaleTranslation& stale)
{
    Pages& pages = by_size_[static_cast<unsigned>(stale.translation.size)];
    Bucket& bucket = pages[stale.base.page_number(stale.translation.size)];
    const auto known =
        std::ranges::find_if(bucket, [&](const StaleTranslation& other) { return other.same_entry(stale); });
    if (known != bucket.end()) return known->trail.take_older(stale.trail);
    bucket.push_back(stale);
    ++count_;
}

std::size_t StaleTranslations::remove(const x86::Removal& removal)
{
    if (count_ == 0 || removal.translations == x86::Reach::nothing) return 0;
    std::size_t removed = 0;
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        Pages& pages = by_size_[size];
        if (removal.translations == x86::Reach::page) {
            const auto bucket = pages.find(removal.linear.page_number(static_cast<x86::PageSize>(size)));
            if (bucket != pages.end()) removed += remove_from(pages, bucket, removal);
            continue;
        }
        for (auto bucket = pages.begin(); bucket != pages.end();) {
            const auto next = std::next(bucket);
            removed += remove_from(pages, bucket, removal);
            bucket = next;
        }
    }
    count_ -= removed;
    return removed;
}

std::size_t StaleTranslations::remove_from(Pages& pages, Pages::iterator bucket, const x86::Removal& removal)
{
    const std::size_t removed = std::erase_if(
        bucket->second, [&](const StaleTranslation& stale) { return removes_translation(removal, stale.tag()); });
    if (bucket->second.empty()) pages.erase(bucket);
    return removed;
}

} // namespace drywalk::oracle
