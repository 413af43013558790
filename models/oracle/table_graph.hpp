// SPDX-License-Identifier: MIT
// Which frames are paging structures, at which level, and which entries lead to them.
#pragma once

#include "models/oracle/effort.hpp"
#include "models/oracle/memory_image.hpp"

#include <bitset>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace drywalk::oracle {

/// Where walks may start: a loaded root, or a paging-structure-cache entry that the tables no longer justify.
struct WalkSource {
    unsigned cpu = 0;
    std::uint16_t pcid = 0;
    x86::LinearAddress region; ///< the addresses it serves start here
    x86::WalkPosition start;   ///< a root's level is Level::pml4e or Level::pml5e
    bool is_root = false;
    EventIndex established_by = 0;
    EventIndex broken_by = 0; ///< not for roots
    Trail trail;              ///< of the entries that lead to `start`

    [[nodiscard]] bool covers(x86::LinearAddress linear) const
    {
        if (is_root) return true;
        const unsigned shift = index_shift(start.level) + 9;
        return linear.value() >> shift == region.value() >> shift;
    }
    /// The address in the region that `bits` select. Those of a root have their sign still to be extended.
    [[nodiscard]] x86::LinearAddress address(std::uint64_t bits) const
    {
        const unsigned width = is_root ? index_shift(start.level) + 9 : x86::widest_linear_bits;
        return x86::LinearAddress::truncate(region.value() | bits, width);
    }
};

/// One way that walks reach an entry: from a source, for the addresses that start at `linear`.
struct Reached {
    WalkSource* source = nullptr;
    x86::LinearAddress linear;
};

/// Tables are nodes, entries that point to tables are edges; several entries may lead to one table, and one frame may
/// be a table of several levels. A node lives while a source or an edge holds it.
class TableGraph {
public:
    explicit TableGraph(MemoryImage& memory) : memory_{memory} {}

    /// `source` starts walks at its table from now on, until it is detached.
    void attach(WalkSource& source);
    void detach(WalkSource& source);

    /// The tables below `root` stay known for a while though no source starts there: roots take turns.
    void keep(const x86::WalkPosition& root);

    /// Follows a store of `value` at `address` that has just been made.
    void replace(x86::PhysicalAddress address, x86::Entry value);

    /// All ways to the entry at `address` as a table entry of `level`.
    void ways_to(x86::PhysicalAddress address, x86::Level level, std::vector<Reached>& ways) const;

    /// The entries of a table that are present; null if the table is not known.
    [[nodiscard]] const std::bitset<x86::entries_per_table>* present(x86::PhysicalAddress table,
                                                                     x86::Level level) const;

    /// True unless no leaf below the table has its G flag set.
    [[nodiscard]] bool may_hold_global(x86::PhysicalAddress table, x86::Level level);

private:
    enum class Globals : std::uint8_t { unknown, none, some };
    struct Parent {
        std::uint64_t node;
        std::uint16_t index;
        constexpr bool operator==(const Parent&) const = default;
    };
    struct Node {
        std::vector<Parent> parents;
        std::vector<WalkSource*> sources;
        std::bitset<x86::entries_per_table> present;
        std::unordered_map<std::uint16_t, std::uint64_t> children; ///< by the entry's index
        Globals globals = Globals::unknown;
        bool kept = false; ///< see keep()
    };

    [[nodiscard]] static std::uint64_t key(x86::PhysicalAddress table, x86::Level level)
    {
        return table.value() | static_cast<std::uint64_t>(level);
    }
    [[nodiscard]] static x86::PhysicalAddress table_of(std::uint64_t key)
    {
        return x86::PhysicalAddress{key & ~std::uint64_t{0xfff}};
    }
    [[nodiscard]] static x86::Level level_of(std::uint64_t key) { return static_cast<x86::Level>(key & 7); }
    [[nodiscard]] static bool points_to_table(x86::Entry entry, x86::Level level)
    {
        return entry.present() && !entry.maps_page(level);
    }

    Node& hold(std::uint64_t node);
    void release_if_unused(std::uint64_t node);
    void set_edge(std::uint64_t parent, std::uint16_t index, x86::Entry entry);
    void drop_parent(std::uint64_t child, Parent parent);
    void forget_globals(std::uint64_t node);
    void ways_from(std::uint64_t node, std::uint64_t bits, std::vector<Reached>& ways) const;

    MemoryImage& memory_;
    std::unordered_map<std::uint64_t, Node> nodes_;
    std::vector<std::uint64_t> kept_; ///< the most recent last
};

} // namespace drywalk::oracle
