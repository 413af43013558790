// SPDX-License-Identifier: MIT
#include "sim/scenario/memory_items.hpp"

#include <algorithm>

namespace drywalk::scenario {

namespace {

using kernel::UserAction;
using kernel::UserItem;

constexpr std::uint64_t words_of_page = x86::small_page_bytes / 8;
constexpr std::uint64_t most_words = 0xffff;                                        ///< of a sum or fill
constexpr std::uint64_t most_stride = 0xffff / words_of_page;                       ///< in pages
constexpr std::uint64_t words_at_once = most_words / words_of_page * words_of_page; ///< whole pages

[[nodiscard]] UserItem words(UserAction action, std::uint64_t address, std::uint64_t count, std::uint64_t stride,
                             std::uint32_t value)
{
    return {address, value << 16 | static_cast<std::uint32_t>(stride), action, static_cast<std::uint16_t>(count)};
}

/// `percent` of `pages` (rounded up), evenly spread.
[[nodiscard]] std::vector<std::uint64_t> spread(const std::vector<std::uint64_t>& pages, std::uint32_t percent)
{
    const std::uint64_t count = (pages.size() * percent + 99) / 100;
    std::vector<std::uint64_t> chosen;
    for (std::uint64_t index = 0; index < count; ++index)
        chosen.push_back(pages[index * pages.size() / count]);
    return chosen;
}

/// How many pages from `first` on lie equally far apart, and how far.
struct Run {
    std::uint64_t count = 1;
    std::uint64_t stride = 1; ///< in pages
};

[[nodiscard]] Run run_from(const std::vector<std::uint64_t>& pages, std::size_t first)
{
    Run run;
    if (first + 1 == pages.size() || pages[first + 1] - pages[first] > most_stride) return run;
    run.stride = pages[first + 1] - pages[first];
    while (run.count < most_words && first + run.count < pages.size() &&
           pages[first + run.count] - pages[first + run.count - 1] == run.stride)
        ++run.count;
    return run;
}

/// The first word of each of `pages` (ascending), with as few items as equal distances allow.
void append(std::vector<UserItem>& items, UserAction action, const Mapping& region,
            const std::vector<std::uint64_t>& pages, std::uint32_t value)
{
    for (std::size_t first = 0; first < pages.size();) {
        const Run run = run_from(pages, first);
        const std::uint64_t address = region.start.value() + pages[first] * x86::small_page_bytes;
        items.push_back(words(action, address, run.count, run.stride * words_of_page, value));
        first += run.count;
    }
}

} // namespace

const Mapping* find_mapping(const Image& image, kernel::MappingKind kind)
{
    const auto found = std::ranges::find(image.memory, kind, &Mapping::kind);
    return found == image.memory.end() ? nullptr : &*found;
}

std::vector<UserItem> sum_items(const Mapping& mapping)
{
    std::vector<UserItem> items;
    const std::uint64_t all = mapping.bytes() / 8;
    for (std::uint64_t word = 0; word < all; word += words_at_once) {
        const std::uint64_t count = std::min(words_at_once, all - word);
        items.push_back(words(UserAction::sum, mapping.start.value() + word * 8, count, 1, 0));
    }
    return items;
}

std::vector<UserItem> request_items(const Mapping& region, const ServiceWorkload& service, std::uint32_t request)
{
    std::vector<std::uint64_t> all(region.pages);
    for (std::uint64_t page = 0; page < region.pages; ++page)
        all[page] = page;
    const std::vector<std::uint64_t> dirty = spread(all, service.dirty_percent);
    std::vector<std::uint64_t> others;
    std::ranges::set_difference(all, dirty, std::back_inserter(others));
    std::vector<UserItem> items;
    append(items, UserAction::fill, region, dirty, request % 0xffff + 1);
    append(items, UserAction::sum, region, spread(others, service.read_percent), 0);
    return items;
}

} // namespace drywalk::scenario
