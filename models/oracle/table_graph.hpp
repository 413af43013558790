// SPDX-License-Identifier: MIT
// Which frames are paging structures, at which level, and which entries lead to them.
#pragma once

#include "models/oracle/effort.hpp"
#include "models/oracle/memory_image.hpp"
#include "models/oracle/walk_source.hpp"

#include <bitset>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drywalk::oracle {

/// A frame in one of the roles that it may play.
struct Table {
    x86::PhysicalAddress address;
    x86::Level level = x86::root_level;
};

/// Who walks some tables.
struct TableUsers {
    struct Use {
        const WalkSource* source = nullptr; ///< a root
        bool as_root = false;               ///< the table is the root itself
        bool execute_disable = false;       ///< of the mode under which entries were read
        x86::LinearAddress region;          ///< one of those that the table serves
    };
    std::vector<Use> uses;
    std::unordered_set<std::uint64_t> tables; ///< that lead there, in some mode: see leads_there()

    [[nodiscard]] bool leads_there(const Table& root) const
    {
        return tables.contains(root.address.value() | static_cast<std::uint64_t>(root.level));
    }
};

/// Tables are nodes, entries that point to tables are edges; several entries may lead to one table, and one frame may
/// be a table of several levels. A node lives while a source or an edge holds it.
class TableGraph {
public:
    /// `effort` is spent for the event `now`; both outlive this object, and so does `memory`.
    TableGraph(MemoryImage& memory, Effort& effort, const EventIndex& now) : memory_{memory}, effort_{effort}, now_{now}
    {
    }

    /// `source` starts walks at its table from now on, until it is detached.
    void attach(WalkSource& source);
    void detach(WalkSource& source);

    /// The tables below `root` stay known for a while though no source starts there: roots take turns.
    void keep(const x86::WalkPosition& root);

    /// Follows a store of `value` at `address` that has just been made.
    void replace(x86::PhysicalAddress address, x86::Entry value);

    /// Finds who walks `table` as a table of `level`, entries being read under `mode`: adds to `users`.
    void find_users(x86::PhysicalAddress table, x86::Level level, const x86::PagingMode& mode, TableUsers& users) const;

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
    void users_of(std::uint64_t node, std::uint64_t bits, const x86::PagingMode& mode, TableUsers& users) const;
    void spend(std::uint64_t steps) const { effort_.spend(now_, steps); }

    MemoryImage& memory_;
    Effort& effort_;
    const EventIndex& now_;
    std::unordered_map<std::uint64_t, Node> nodes_;
    std::vector<std::uint64_t> kept_; ///< the most recent last
};

} // namespace drywalk::oracle
