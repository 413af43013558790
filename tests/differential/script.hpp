// SPDX-License-Identifier: MIT
// Programs written by hand: root r leads to PDPT r, PD r and, for the lower two directory indices, PT r; for the higher
// two PT r + 3.
#pragma once

#include "tests/differential/program.hpp"

namespace drywalk::differential {

/// Flags of a leaf that is writable, a user page, accessed and dirty.
inline constexpr x86::LeafAttributes open_page{{true, true, true}, false, true, true};
inline constexpr x86::LeafAttributes open_global_page{{true, true, true}, true, true, true};

class Script {
public:
    Script() { program_.cr4 = {x86::Cr4::pae | x86::Cr4::pge | x86::Cr4::pse}; }

    /// Before the program starts: `page` of root `root` is a 4 KiB page of `frame`.
    Script& map(unsigned root, unsigned page, unsigned frame, x86::LeafAttributes attributes = open_page)
    {
        link(root, page, Level::pte);
        program_.slots[page_slot(root, page)] = leaf(frame, attributes);
        return *this;
    }
    /// The same with a 2 MiB page, of large frame `large`.
    Script& map_large(unsigned root, unsigned page, unsigned large, x86::LeafAttributes attributes = open_page)
    {
        link(root, page, Level::pde);
        program_.slots[slot_for(Level::pde, root, linear_page(page))] = large_leaf(large, attributes);
        return *this;
    }
    Script& with_cr0(std::uint64_t value) { return program_.cr0 = {value}, *this; }
    Script& with_cr4(std::uint64_t value) { return program_.cr4 = {value}, *this; }
    Script& with_efer(std::uint64_t value) { return program_.efer = {value}, *this; }

    Script& store_page(unsigned root, unsigned page, std::uint64_t raw)
    {
        return add({raw, page_slot(root, page), OperationKind::store});
    }
    Script& store_directory(unsigned root, unsigned page, std::uint64_t raw)
    {
        return add({raw, slot_for(Level::pde, root, linear_page(page)), OperationKind::store});
    }
    Script& remap(unsigned root, unsigned page, unsigned frame, x86::LeafAttributes attributes = open_page)
    {
        return store_page(root, page, leaf(frame, attributes));
    }
    Script& read(unsigned page, bool user = true) { return access(OperationKind::read, page, user); }
    Script& write(unsigned page, bool user = true) { return access(OperationKind::write, page, user); }
    Script& fetch(unsigned page, bool user = true) { return access(OperationKind::fetch, page, user); }
    Script& invlpg(std::uint64_t address) { return add({address, 0, OperationKind::invlpg}); }
    Script& cr0(std::uint64_t value) { return add({value, 0, OperationKind::mov_cr0}); }
    Script& root(unsigned root) { return add({table_address(Level::pml4e, root).value(), 0, OperationKind::mov_cr3}); }
    Script& cr4(std::uint64_t value) { return add({value, 0, OperationKind::mov_cr4}); }
    Script& efer(std::uint64_t value) { return add({value, 0, OperationKind::wrmsr_efer}); }

    [[nodiscard]] const Program& program() const { return program_; }

    [[nodiscard]] static std::uint64_t leaf(unsigned frame, x86::LeafAttributes attributes = open_page)
    {
        return x86::Entry::leaf(frame_address(frame), x86::PageSize::size_4k, attributes).raw();
    }
    [[nodiscard]] static std::uint64_t large_leaf(unsigned large, x86::LeafAttributes attributes = open_page)
    {
        return x86::Entry::leaf(large_frames[large], x86::PageSize::size_2m, attributes).raw();
    }

    [[nodiscard]] static unsigned page_slot(unsigned root, unsigned page)
    {
        return slot_for(Level::pte, page_table(root, page), linear_page(page));
    }

private:
    [[nodiscard]] static unsigned page_table(unsigned root, unsigned page)
    {
        return linear_page(page).index(Level::pde) < 3 ? root : root + 3;
    }
    Script& add(const Operation& operation) { return program_.operations.push_back(operation), *this; }
    Script& access(OperationKind kind, unsigned page, bool user)
    {
        return add({linear_page(page).value(), 0, kind, static_cast<std::uint8_t>(user ? 1 : 0)});
    }
    void link(unsigned root, unsigned page, Level leaf_level)
    {
        for (Level level = Level::pml4e; level != leaf_level; level = x86::below(level)) {
            const unsigned table = level == Level::pde ? page_table(root, page) : root;
            const auto next = table_address(x86::below(level), table);
            program_.slots[slot_for(level, root, linear_page(page))] = x86::Entry::table(next).raw();
        }
    }

    Program program_;
};

} // namespace drywalk::differential
