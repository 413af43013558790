// SPDX-License-Identifier: MIT
// Random programs. Most entries are present, linked and permissive, programs keep to a few pages, and stores go where
// these pages are translated: otherwise nearly every access would fault, and nothing would ever be stale.

#include "tests/differential/generator.hpp"

#include <random>

namespace drywalk::differential {

namespace {

using x86::Cr0;
using x86::Cr4;
using x86::Efer;
using x86::Entry;

class Generator {
public:
    Generator(std::uint64_t seed, std::uint64_t number, const Processor& processor)
        : random_{seed * 0x9e37'79b9'7f4a'7c15 + number}, processor_{processor}
    {
    }

    [[nodiscard]] Program run()
    {
        choose_mode();
        for (unsigned slot = 0; slot < slot_count; ++slot)
            program_.slots[slot] = shadow_[slot] = fresh_entry(slot_at(slot).level);
        choose_pages();
        const unsigned count = 12 + below(36);
        while (program_.operations.size() < count)
            add_operation();
        return std::move(program_);
    }

private:
    /// 0 to `limit` - 1. The bias is below 2^-50.
    [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    [[nodiscard]] bool percent(unsigned chance) { return below(100) < chance; }

    void choose_mode()
    {
        set(program_.cr0.value, Cr0::wp, percent(70));
        set(program_.cr4.value, Cr4::pge, percent(85));
        set(program_.cr4.value, Cr4::pse, percent(50));
        set(program_.efer.value, Efer::nxe, percent(75));
        if (processor_.has(Feature::supervisor_execution_prevention)) set(program_.cr4.value, Cr4::smep, percent(25));
        if (processor_.has(Feature::supervisor_access_prevention)) set(program_.cr4.value, Cr4::smap, percent(25));
        cr0_ = program_.cr0.value;
        cr4_ = program_.cr4.value;
        efer_ = program_.efer.value;
    }
    static void set(std::uint64_t& value, std::uint64_t bit, bool on) { value = on ? value | bit : value & ~bit; }

    /// A few pages; often some that compete with another for its place in a direct-mapped TLB.
    void choose_pages()
    {
        pages_used_ = 1 + below(3);
        for (unsigned page = 0; page < pages_used_; ++page)
            pages_[page] = below(page_count);
        if (!percent(50)) return;
        constexpr unsigned pages_per_directory = plan_of(Level::pte).used;
        constexpr unsigned pages_per_root_entry = page_count / plan_of(Level::pml4e).used;
        const unsigned partner = percent(50) ? 3 * pages_per_directory : pages_per_root_entry;
        pages_[pages_used_++] = (pages_[0] + partner) % page_count;
    }
    [[nodiscard]] unsigned some_page() { return pages_[below(pages_used_)]; }

    // Entries ------------------------------------------------------------------------------------------------------
    [[nodiscard]] std::uint64_t fresh_entry(Level level)
    {
        const unsigned fate = below(100);
        if (fate < 5) return absent_entry();
        std::uint64_t raw = fate < 7 ? with_reserved_bit(good_entry(level), level) : good_entry(level);
        if (percent(10)) raw |= random_() & ignored_bits;
        return raw;
    }

    /// Anything, but with a reserved bit set, for a later store may make it present.
    [[nodiscard]] std::uint64_t absent_entry()
    {
        return (random_() | std::uint64_t{1} << processor_.physical_bits) & ~Entry::present_bit;
    }

    [[nodiscard]] std::uint64_t good_entry(Level level)
    {
        const bool can_be_leaf =
            level == Level::pte || level == Level::pde || (level == Level::pdpte && processor_.has(Feature::pages_1g));
        const bool leaf = level == Level::pte || (can_be_leaf && percent(level == Level::pde ? 35 : 15));
        return (leaf ? leaf_entry(level) : table_entry(level)) | flags(leaf);
    }
    [[nodiscard]] std::uint64_t flags(bool leaf)
    {
        const unsigned strict = leaf ? 25 : 6;
        std::uint64_t raw = Entry::present_bit;
        if (!percent(strict)) raw |= Entry::writable_bit;
        if (!percent(strict)) raw |= Entry::user_bit;
        // Without EFER.NXE the bit is reserved, and the access faults.
        if (percent(x86::Efer{efer_}.execute_disable() ? strict / 2 : 2)) raw |= Entry::execute_disable_bit;
        if (percent(60)) raw |= Entry::global_bit;
        if (percent(50)) raw |= Entry::accessed_bit;
        if (percent(50)) raw |= Entry::dirty_bit;
        if (percent(5)) raw |= Entry::write_through_bit;
        if (percent(5)) raw |= Entry::cache_disable_bit;
        return raw;
    }
    [[nodiscard]] std::uint64_t table_entry(Level level)
    {
        const Level next = x86::below(level);
        return table_address(next, below(plan_of(next).tables)).value();
    }
    [[nodiscard]] std::uint64_t leaf_entry(Level level)
    {
        if (level == Level::pte) return frame_address(below(frame_count)).value() | pat(Entry::page_size_bit);
        const std::uint64_t base = level == Level::pde ? large_frames[below(large_frames.size())].value() : 0;
        return base | Entry::page_size_bit | pat(Entry::large_page_pat_bit);
    }
    [[nodiscard]] std::uint64_t pat(std::uint64_t bit) { return percent(5) ? bit : 0; }

    /// Sets one bit that a present entry must not have, whatever the mode, XD aside.
    [[nodiscard]] std::uint64_t with_reserved_bit(std::uint64_t raw, Level level)
    {
        const Entry entry{raw};
        std::uint64_t reserved = Entry::address_mask & ~((std::uint64_t{1} << processor_.physical_bits) - 1);
        if (level == Level::pml4e || (level == Level::pdpte && !processor_.has(Feature::pages_1g))) {
            reserved |= Entry::page_size_bit;
        } else if (level != Level::pte && entry.maps_page(level)) {
            reserved |= x86::offset_mask(x86::leaf_size(level)) & Entry::address_mask & ~Entry::large_page_pat_bit;
        }
        for (;;) {
            const std::uint64_t bit = std::uint64_t{1} << below(52);
            if ((bit & reserved) != 0) return raw | bit;
        }
    }

    /// The slot's entry with one flag changed.
    [[nodiscard]] std::uint64_t changed_entry(std::uint64_t raw)
    {
        constexpr std::array<std::uint64_t, 7> flags{Entry::present_bit,        Entry::writable_bit, Entry::user_bit,
                                                     Entry::accessed_bit,       Entry::dirty_bit,    Entry::global_bit,
                                                     Entry::execute_disable_bit};
        return raw ^ flags[below(flags.size())];
    }

    // Operations ---------------------------------------------------------------------------------------------------
    void add_operation()
    {
        const unsigned choice = below(100);
        if (choice < 54) return add_access();
        if (choice < 77) return add_store();
        if (choice < 84) return add({invlpg_operand(), 0, OperationKind::invlpg});
        if (choice < 92)
            return add(
                {table_address(Level::pml4e, below(plan_of(Level::pml4e).tables)).value(), 0, OperationKind::mov_cr3});
        if (choice < 96) return add_cr4();
        if (choice < 98) return add({cr0_ ^= percent(80) ? Cr0::wp : numeric_error, 0, OperationKind::mov_cr0});
        add({efer_ ^= Efer::nxe, 0, OperationKind::wrmsr_efer});
    }
    void add(const Operation& operation) { program_.operations.push_back(operation); }

    void add_access()
    {
        const unsigned choice = below(100);
        const auto kind = choice < 45 ? OperationKind::read : choice < 70 ? OperationKind::write : OperationKind::fetch;
        const bool user = percent(60);
        const bool lifts = !user && processor_.has(Feature::supervisor_access_prevention) && percent(25);
        add({linear_page(some_page()).value(), 0, kind, static_cast<std::uint8_t>(user ? 1 : 0),
             static_cast<std::uint8_t>(lifts ? 1 : 0)});
    }

    void add_store()
    {
        const unsigned choice = below(100);
        const Level level = choice < 55   ? Level::pte
                            : choice < 80 ? Level::pde
                            : choice < 92 ? Level::pdpte
                                          : Level::pml4e;
        const unsigned slot = percent(85) ? slot_on_path(linear_page(some_page()), level) : random_slot(level);
        const std::uint64_t raw = percent(40) ? changed_entry(shadow_[slot]) : fresh_entry(level);
        shadow_[slot] = raw;
        add({raw, slot, OperationKind::store});
    }
    [[nodiscard]] unsigned random_slot(Level level) { return first_slot(level) + below(plan_of(level).slots()); }

    /// The slot of `level` that translates `linear` below some root; where the path breaks off, in some table.
    [[nodiscard]] unsigned slot_on_path(LinearAddress linear, Level level)
    {
        unsigned table = below(plan_of(Level::pml4e).tables);
        for (Level at = Level::pml4e; at != level; at = x86::below(at)) {
            const Entry entry{shadow_[slot_for(at, table, linear)]};
            table = table_led_to(entry, x86::below(at));
        }
        return slot_for(level, table, linear);
    }
    [[nodiscard]] unsigned table_led_to(Entry entry, Level level)
    {
        for (unsigned table = 0; table < plan_of(level).tables; ++table) {
            if (table_address(level, table) == entry.next_table()) return table;
        }
        return below(plan_of(level).tables);
    }

    [[nodiscard]] std::uint64_t invlpg_operand()
    {
        const std::uint64_t address = linear_page(some_page()).value() + below(4096);
        const unsigned choice = below(100);
        if (choice < 75) return address;
        if (choice < 88) return address ^ (std::uint64_t{below(512)} << 12); // elsewhere in its 2 MiB
        if (choice < 95) return linear_page(below(page_count)).value();
        return address ^ (std::uint64_t{1} << 60); // not canonical
    }

    void add_cr4()
    {
        std::uint64_t bit = Cr4::pge;
        if (percent(45)) {
            const unsigned choice = below(3);
            if (choice == 0) bit = Cr4::pse;
            if (choice == 1 && processor_.has(Feature::supervisor_execution_prevention)) bit = Cr4::smep;
            if (choice == 2 && processor_.has(Feature::supervisor_access_prevention)) bit = Cr4::smap;
        }
        add({cr4_ ^= bit, 0, OperationKind::mov_cr4});
    }

    /// Available to software at every level: 9 to 11 and 52 to 58; 59 to 62 too, for CR4.PKE is 0.
    static constexpr std::uint64_t ignored_bits = std::uint64_t{7} << 9 | std::uint64_t{0x7ff} << 52;
    static constexpr std::uint64_t numeric_error = 1U << 5; ///< CR0.NE: nothing to do with paging

    std::mt19937_64 random_;
    Processor processor_;
    Program program_;
    Slots shadow_{}; ///< what the slots hold after the operations so far, A and D aside
    std::uint64_t cr0_ = 0, cr4_ = 0, efer_ = 0;
    std::array<unsigned, 8> pages_{};
    unsigned pages_used_ = 0;
};

} // namespace

Program generate(std::uint64_t seed, std::uint64_t number, const Processor& processor)
{
    return Generator{seed, number, processor}.run();
}

} // namespace drywalk::differential
