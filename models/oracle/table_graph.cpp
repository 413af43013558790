// SPDX-License-Identifier: MIT
#include "models/oracle/table_graph.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;

void TableGraph::attach(WalkSource& source)
{
    hold(key(source.start.table, source.start.level)).sources.push_back(&source);
}

void TableGraph::detach(WalkSource& source)
{
    const std::uint64_t node = key(source.start.table, source.start.level);
    std::erase(nodes_.at(node).sources, &source);
    release_if_unused(node);
}

void TableGraph::keep(const x86::WalkPosition& root)
{
    constexpr std::size_t most_kept = 64;
    const std::uint64_t node = key(root.table, root.level);
    std::erase(kept_, node);
    kept_.push_back(node);
    hold(node).kept = true;
    if (kept_.size() <= most_kept) return;
    const std::uint64_t oldest = kept_.front();
    kept_.erase(kept_.begin());
    nodes_.at(oldest).kept = false;
    release_if_unused(oldest);
}

/// The node, with its edges, whether or not it was known. Somebody must refer to it at once.
TableGraph::Node& TableGraph::hold(std::uint64_t node)
{
    const auto [found, is_new] = nodes_.try_emplace(node);
    if (!is_new) return found->second;
    spend(x86::entries_per_table / 16); // a look at 16 neighbours takes as long as one elsewhere
    Node& held = found->second;
    MemoryImage::Frame& frame = memory_.frame(table_of(node));
    frame.table_levels = static_cast<std::uint8_t>(frame.table_levels | 1U << static_cast<unsigned>(level_of(node)));
    for (std::uint16_t index = 0; index < x86::entries_per_table; ++index) {
        const Entry entry{frame.words[index]};
        if (!entry.present()) continue;
        held.present.set(index);
        set_edge(node, index, entry);
    }
    return held;
}

void TableGraph::release_if_unused(std::uint64_t node)
{
    const auto found = nodes_.find(node);
    const Node& unused = found->second;
    if (unused.kept || !unused.parents.empty() || !unused.sources.empty()) return;
    const auto children = std::move(found->second.children);
    nodes_.erase(found);
    MemoryImage::Frame& frame = memory_.frame(table_of(node));
    frame.table_levels = static_cast<std::uint8_t>(frame.table_levels & ~(1U << static_cast<unsigned>(level_of(node))));
    for (const auto& [index, child] : children)
        drop_parent(child, {node, index});
}

/// Lets the edge of one entry follow what the entry says. The new edge comes first: what both lead to stays known.
void TableGraph::set_edge(std::uint64_t parent, std::uint16_t index, Entry entry)
{
    Node& node = nodes_.at(parent);
    std::uint64_t wanted = 0;
    if (points_to_table(entry, level_of(parent))) wanted = key(entry.next_table(), below(level_of(parent)));
    const auto known = node.children.find(index);
    const std::uint64_t old = known == node.children.end() ? 0 : known->second;
    if (wanted == old) return;
    if (wanted == 0)
        node.children.erase(index);
    else
        node.children[index] = wanted;
    if (wanted != 0) hold(wanted).parents.push_back({parent, index});
    if (old != 0) drop_parent(old, {parent, index});
}

void TableGraph::drop_parent(std::uint64_t child, Parent parent)
{
    auto& parents = nodes_.at(child).parents;
    spend(1 + parents.size() / 16);
    parents.erase(std::ranges::find(parents, parent));
    release_if_unused(child);
}

void TableGraph::replace(PhysicalAddress address, Entry value)
{
    const auto index = static_cast<std::uint16_t>(MemoryImage::word_of(address));
    for (unsigned number = 1; number <= x86::level_count; ++number) {
        const std::uint64_t node = key(address.page(), static_cast<Level>(number));
        const auto found = nodes_.find(node);
        if (found == nodes_.end()) continue;
        found->second.present.set(index, value.present());
        forget_globals(node);
        set_edge(node, index, value);
    }
}

void TableGraph::ways_to(PhysicalAddress address, Level level, std::vector<Reached>& ways) const
{
    const std::uint64_t index = MemoryImage::word_of(address);
    ways_from(key(address.page(), level), index << index_shift(level), ways);
}

void TableGraph::ways_from(std::uint64_t node, std::uint64_t bits, std::vector<Reached>& ways) const
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) return;
    for (WalkSource* const source : found->second.sources) {
        ways.push_back({source, source->address(bits)});
    }
    spend(1 + found->second.sources.size());
    for (const Parent& parent : found->second.parents) {
        ways_from(parent.node, bits | std::uint64_t{parent.index} << index_shift(level_of(parent.node)), ways);
    }
}

void TableGraph::find_users(PhysicalAddress table, Level level, const x86::PagingMode& mode, TableUsers& users) const
{
    const auto found = nodes_.find(key(table, level));
    if (found == nodes_.end()) return;
    for (const WalkSource* const source : found->second.sources) {
        if (source->is_root) users.uses.push_back({source, true, mode.efer.execute_disable(), {}});
    }
    users.tables.insert(found->first);
    users_of(found->first, 0, mode, users);
}

/// One way to each table is enough.
void TableGraph::users_of(std::uint64_t node, std::uint64_t bits, const x86::PagingMode& mode, TableUsers& users) const
{
    const Node& reached = nodes_.at(node);
    for (const Parent& parent : reached.parents) {
        spend(1);
        const Level level = level_of(parent.node);
        const PhysicalAddress slot = table_of(parent.node) + std::uint64_t{parent.index} * x86::entry_bytes;
        if (users.tables.contains(parent.node)) continue;
        const Entry entry = memory_.read(slot); // beyond the end of memory nothing is present
        if (!entry.present() || violates_reserved_bits(entry, level, mode)) continue;
        users.tables.insert(parent.node);
        const std::uint64_t above = bits | std::uint64_t{parent.index} << index_shift(level);
        for (const WalkSource* const source : nodes_.at(parent.node).sources) {
            if (!source->is_root) continue;
            users.uses.push_back({source, false, mode.efer.execute_disable(), source->address(above)});
        }
        users_of(parent.node, above, mode, users);
    }
}

const std::bitset<x86::entries_per_table>* TableGraph::present(PhysicalAddress table, Level level) const
{
    const auto found = nodes_.find(key(table, level));
    return found == nodes_.end() ? nullptr : &found->second.present;
}

void TableGraph::forget_globals(std::uint64_t node)
{
    Node& forgotten = nodes_.at(node);
    if (forgotten.globals == Globals::unknown) return;
    forgotten.globals = Globals::unknown;
    spend(1);
    for (const Parent& parent : forgotten.parents)
        forget_globals(parent.node);
}

bool TableGraph::may_hold_global(PhysicalAddress table, Level level)
{
    const auto found = nodes_.find(key(table, level));
    if (found == nodes_.end()) return true;
    Node& node = found->second;
    if (node.globals != Globals::unknown) return node.globals == Globals::some;
    spend(x86::entries_per_table / 8);
    const MemoryImage::Frame& frame = memory_.frame(table);
    bool some = false;
    for (std::size_t index = 0; index < x86::entries_per_table && !some; ++index) {
        if (!node.present.test(index)) continue;
        const Entry entry{frame.words[index]};
        some = entry.maps_page(level) ? entry.global() : may_hold_global(entry.next_table(), below(level));
    }
    node.globals = some ? Globals::some : Globals::none;
    return some;
}

} // namespace drywalk::oracle
