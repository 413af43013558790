// SPDX-License-Identifier: MIT
#include "models/oracle/stale_translations.hpp"

#include "models/oracle/effort.hpp"

namespace drywalk::oracle {

namespace {

constexpr std::size_t few = 16;

[[nodiscard]] std::uint64_t mixed(std::uint64_t hash, std::uint64_t value)
{
    hash ^= value + 0x9e37'79b9'7f4a'7c15 + (hash << 6) + (hash >> 2);
    return hash * 0xff51'afd7'ed55'8ccd;
}

/// Equal for entries of one page that same_entry() calls equal.
[[nodiscard]] std::uint64_t hash_of(const StaleTranslation& stale)
{
    const x86::Rights rights = stale.translation.rights;
    const std::uint64_t flags = (rights.writable ? 1U : 0U) | (rights.user ? 2U : 0U) | (rights.executable ? 4U : 0U) |
                                (stale.translation.global ? 8U : 0U) | (stale.translation.dirty ? 16U : 0U);
    std::uint64_t hash = mixed(stale.translation.page.value(), flags | std::uint64_t{stale.pcid} << 8);
    for (const Trail::Slot& slot : stale.trail.slots)
        hash = mixed(hash, slot.address);
    return hash;
}

} // namespace

StaleTranslation* StaleTranslations::Bucket::find(const StaleTranslation& like)
{
    if (entries.size() <= few) {
        const auto known = std::ranges::find_if(entries, [&](const auto& other) { return other.same_entry(like); });
        return known == entries.end() ? nullptr : &*known;
    }
    const auto [first, last] = by_hash.equal_range(hash_of(like));
    for (auto found = first; found != last; ++found) {
        if (entries[found->second].same_entry(like)) return &entries[found->second];
    }
    return nullptr;
}

void StaleTranslations::Bucket::push(const StaleTranslation& stale)
{
    entries.push_back(stale);
    if (entries.size() == few + 1) return index();
    if (entries.size() > few) by_hash.emplace(hash_of(stale), entries.size() - 1);
}

void StaleTranslations::Bucket::index()
{
    by_hash.clear();
    if (entries.size() <= few) return;
    for (std::size_t at = 0; at < entries.size(); ++at)
        by_hash.emplace(hash_of(entries[at]), at);
}

void StaleTranslations::add(const StaleTranslation& stale)
{
    const auto size = static_cast<unsigned>(stale.translation.size);
    const std::uint64_t page = stale.base.page_number(stale.translation.size);
    Bucket& bucket = by_size_[size][page];
    bucket.last_broken = std::max(bucket.last_broken, stale.broken_by);
    if (StaleTranslation* const known = bucket.find(stale)) {
        known->trail.take_older(stale.trail);
        known->established_by = stale.established_by;
        known->broken_by = stale.broken_by;
        return;
    }
    Effort::check_deviations(count_ + 1);
    bucket.push(stale);
    if (!stale.dooms.empty()) doomed_[size].insert(page);
    if (frames_indexed_) add_frame(size, page, stale);
    ++count_;
}

/// Most programs release nothing; they do not pay for the index.
void StaleTranslations::index_frames()
{
    if (frames_indexed_) return;
    frames_indexed_ = true;
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        for (const auto& [page, bucket] : by_size_[size]) {
            for (const StaleTranslation& stale : bucket.entries)
                add_frame(size, page, stale);
        }
    }
}

void StaleTranslations::add_frame(unsigned size, std::uint64_t page, const StaleTranslation& stale)
{
    ++frames_[size][stale.translation.page.value() >> page_shift(stale.translation.size)][page];
}

EventIndex StaleTranslations::last_broken(x86::LinearAddress linear) const
{
    EventIndex last = 0;
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        if (const Bucket* const bucket = find(linear, static_cast<x86::PageSize>(size))) {
            last = std::max(last, bucket->last_broken);
        }
    }
    return last;
}

std::size_t StaleTranslations::remove(const x86::Removal& removal)
{
    if (count_ == 0 || removal.translations == x86::Reach::nothing) return 0;
    std::size_t removed = 0;
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        Pages& pages = by_size_[size];
        if (removal.translations == x86::Reach::page) {
            const auto bucket = pages.find(removal.linear.page_number(static_cast<x86::PageSize>(size)));
            if (bucket != pages.end()) removed += remove_from(size, bucket, removal);
            continue;
        }
        for (auto bucket = pages.begin(); bucket != pages.end();) {
            const auto next = std::next(bucket);
            removed += remove_from(size, bucket, removal);
            bucket = next;
        }
    }
    count_ -= removed;
    if (count_ == 0) frames_indexed_ = false; // and the index is empty
    return removed;
}

template <typename Condemned>
std::size_t StaleTranslations::remove_from(unsigned size, Pages::iterator bucket, Condemned&& condemned)
{
    std::vector<StaleTranslation>& entries = bucket->second.entries;
    const std::size_t removed = std::erase_if(entries, [&](const StaleTranslation& stale) {
        if (!condemned(stale)) return false;
        if (frames_indexed_) drop_frame(size, bucket->first, stale);
        return true;
    });
    if (removed == 0) return 0;
    if (entries.empty())
        by_size_[size].erase(bucket);
    else
        bucket->second.index();
    return removed;
}

std::size_t StaleTranslations::remove_from(unsigned size, Pages::iterator bucket, const x86::Removal& removal)
{
    return remove_from(size, bucket,
                       [&](const StaleTranslation& stale) { return removes_translation(removal, stale.tag()); });
}

/// The time it takes grows with the pages that are named or with those that there are, whichever are fewer.
void StaleTranslations::doom(const std::shared_ptr<const Broadcast>& broadcast)
{
    const x86::Invlpgb& operands = broadcast->operands;
    const std::uint64_t stride = page_bytes(operands.stride_2m ? x86::PageSize::size_2m : x86::PageSize::size_4k);
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        if (!operands.va || operands.count >= by_size_[size].size()) {
            for (const auto& [page, bucket] : by_size_[size])
                doom_page(size, page, broadcast);
            continue;
        }
        for (std::uint64_t index = 0; index <= operands.count; ++index) {
            const auto at = x86::LinearAddress::truncate(*operands.va + index * stride, x86::widest_linear_bits);
            doom_page(size, at.page_number(static_cast<x86::PageSize>(size)), broadcast);
        }
    }
}

void StaleTranslations::doom_page(unsigned size, std::uint64_t page, const std::shared_ptr<const Broadcast>& broadcast)
{
    const auto bucket = by_size_[size].find(page);
    if (bucket == by_size_[size].end()) return;
    for (StaleTranslation& stale : bucket->second.entries) {
        if (!removes_translation(broadcast->operands, stale.tag())) continue;
        stale.dooms.add(broadcast);
        doomed_[size].insert(page);
    }
}

void StaleTranslations::remove_doomed()
{
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        std::erase_if(doomed_[size], [&](std::uint64_t page) {
            const auto bucket = by_size_[size].find(page);
            if (bucket == by_size_[size].end()) return true;
            count_ -= remove_from(size, bucket, [](const auto& stale) { return stale.dooms.any_complete(); });
            const auto left = by_size_[size].find(page);
            return left == by_size_[size].end() ||
                   std::ranges::all_of(left->second.entries, [](const auto& stale) { return stale.dooms.empty(); });
        });
    }
}

void StaleTranslations::drop_frame(unsigned size, std::uint64_t page, const StaleTranslation& stale)
{
    const auto frame = frames_[size].find(stale.translation.page.value() >> page_shift(stale.translation.size));
    const auto count = frame->second.find(page);
    if (--count->second != 0) return;
    frame->second.erase(count);
    if (frame->second.empty()) frames_[size].erase(frame);
}

} // namespace drywalk::oracle
