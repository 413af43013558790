// SPDX-License-Identifier: MIT
#include "sim/platform/origin_log.hpp"

#include <algorithm>

namespace drywalk::platform {

namespace {

/// Seven bits a byte, the lowest first; the top bit says that more follow.
[[nodiscard]] std::uint64_t take(const std::vector<std::uint8_t>& bytes, std::size_t& at)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint8_t byte = bytes[at++];
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) == 0) return value;
    }
}

} // namespace

void OriginLog::put(std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
}

std::size_t OriginLog::number_of(const SourceLine& line)
{
    if (latest_line_ < lines_.size() && lines_[latest_line_] == line) return latest_line_;
    const auto known = std::ranges::find(lines_, line);
    latest_line_ = static_cast<std::size_t>(known - lines_.begin());
    if (known == lines_.end()) lines_.push_back(line);
    return latest_line_;
}

void OriginLog::append(oracle::EventIndex event, const SourceLine& line)
{
    if (entries_ % entries_of_block == 0) blocks_.push_back({latest_, bytes_.size()});
    put(event - latest_);
    put(number_of(line));
    latest_ = event;
    ++entries_;
}

SourceLine OriginLog::at(oracle::EventIndex event) const
{
    // Of the first block, `before` is 0 and may be the event itself.
    auto block = std::ranges::lower_bound(blocks_, event, {}, &Block::before);
    if (block != blocks_.begin()) --block;
    if (block == blocks_.end()) return {};
    std::size_t at = block->offset;
    oracle::EventIndex here = block->before;
    for (std::size_t entry = 0; entry < entries_of_block && at < bytes_.size(); ++entry) {
        here += take(bytes_, at);
        const std::uint64_t number = take(bytes_, at);
        if (here == event) return lines_[number];
        if (here > event) break;
    }
    return {};
}

} // namespace drywalk::platform
