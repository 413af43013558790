// SPDX-License-Identifier: MIT
#include "tests/oracle/random_traces.hpp"

#include <algorithm>

namespace drywalk::oracle::test {

using x86::Cr0;
using x86::Cr4;
using x86::Efer;
using x86::Entry;
using x86::Level;

namespace {

using Values = std::vector<std::uint64_t>;

const Values roots{0x1000, 0x2000, 0x3000};
const Values frames{0x10'0000, 0x10'1000, 0x10'2000};
const Values frames_2m{0x20'0000, 0x40'0000};
const Values frames_1g{0, 0x4000'0000};
constexpr std::uint64_t beyond_memory = 0x200'0000;
constexpr std::uint64_t self_map_index = 510;

constexpr std::uint64_t key_bit = std::uint64_t{1} << Entry::key_shift;

/// The tables that an entry at `level` points to. One of the roots is a table below another with five levels.
[[nodiscard]] const Values& tables_below(Level level)
{
    static const Values page_directory_pointer_tables{0x4000, 0x5000};
    static const Values page_directories{0x7000, 0x8000};
    static const Values page_tables{0xa000, 0xb000, 0xc000};
    static const Values pml4_tables{0xd000, 0xe000, 0x2000};
    if (level == Level::pml5e) return pml4_tables;
    if (level == Level::pml4e) return page_directory_pointer_tables;
    return level == Level::pdpte ? page_directories : page_tables;
}

[[nodiscard]] const Values& frames_at(Level level)
{
    if (level == Level::pte) return frames;
    return level == Level::pde ? frames_2m : frames_1g;
}

[[nodiscard]] std::uint64_t slot_of(std::uint64_t table, std::uint64_t linear, Level level)
{
    return table + (linear >> index_shift(level) & (x86::entries_per_table - 1)) * x86::entry_bytes;
}

} // namespace

Trace TraceGenerator::next()
{
    begin();
    build_tables();
    for (std::uint64_t events = 4 + number_below(11); events != 0; --events)
        step();
    if (chance(15)) release();
    access();
    return trace_;
}

void TraceGenerator::begin()
{
    history_.clear();
    Configuration configuration;
    const auto dice = static_cast<unsigned>(number_below(10));
    configuration.cpus = plain_ || dice < 6 ? 1U : dice < 9 ? 2U : 3U;
    configuration.vendor = vendor_;
    configuration.mode = default_mode();
    x86::PagingMode& mode = configuration.mode;
    if (chance(10)) mode.cr0.value &= ~Cr0::wp;
    if (chance(15)) mode.cr4.value &= ~Cr4::pge;
    if (chance(35) && !plain_) mode.cr4.value |= Cr4::pcide;
    if (chance(15)) mode.cr4.value |= Cr4::smep;
    if (chance(15)) mode.cr4.value |= Cr4::smap;
    if (chance(15)) mode.efer.value &= ~Efer::nxe;
    if (chance(10)) mode.efer.value |= Efer::tce;
    if (chance(30)) mode.cr3 = {roots[0]};
    five_levels_ = chance(25);
    keys_ = chance(35);
    masking_ = !plain_ && chance(10);
    shadow_ = chance(20);
    broadcasts_ = !plain_ && chance(35);
    if (broadcasts_ && chance(12)) mode.cr4.value |= Cr4::pcide;
    if (masking_ && chance(60)) mode.cr4.value |= Cr4::lam_sup;
    if (masking_ && chance(10)) mode.cr4.value |= Cr4::lass;
    if (shadow_ && chance(80)) {
        mode.cr0.value |= Cr0::wp;
        mode.cr4.value |= Cr4::cet;
    }
    if (five_levels_) mode.cr4.value |= Cr4::la57;
    if (keys_ && chance(70)) mode.cr4.value |= Cr4::pke;
    if (keys_ && chance(50)) mode.cr4.value |= Cr4::pks;
    if (keys_ && chance(60)) mode.pkru = key_rights();
    if (keys_ && chance(60)) mode.pkrs = key_rights();
    trace_ = {configuration, {}};
    modes_.assign(configuration.cpus, mode);
    focus_ = {linear_address()};
    focus_.push_back(focus_[0] ^ pick({0x1000, 0x20'0000, 0x4000'0000, 0x80'0000'0000}));
    if (five_levels_ && chance(20)) focus_[1] = focus_[0] ^ std::uint64_t{1} << 48;
}

/// Paths for the focus, which share tables as chance has it; then each processor loads a root.
void TraceGenerator::build_tables()
{
    const std::uint64_t root_count = chance(20) ? 1 : 2 + number_below(2);
    for (std::uint64_t i = 0; i != root_count; ++i) {
        const Level root_level = five_levels_ && chance(90) ? Level::pml5e : Level::pml4e;
        map_focus(roots[i], focus_[0], root_level);
        if (chance(75)) map_focus(roots[i], focus_[1], root_level);
        if (chance(12)) add_store(roots[i] + self_map_index * x86::entry_bytes, roots[i] | (chance(50) ? 0x23 : 0x67));
    }
    for (unsigned cpu = 0; cpu != trace_.configuration.cpus; ++cpu) {
        if (five_levels_ && !plain_ && chance(20)) change_depth(cpu);
        Event& load = add(EventKind::mov_cr3, cpu);
        load.value = chance(70) ? roots[0] : pick(roots);
        modes_[cpu].cr3 = {load.value};
    }
}

void TraceGenerator::map_focus(std::uint64_t root, std::uint64_t linear, Level root_level)
{
    std::uint64_t table = root;
    for (Level level = root_level;; level = below(level)) {
        const std::uint64_t slot = slot_of(table, linear, level);
        if (!history_.contains(slot)) {
            const bool leaf = level == Level::pte || (level < Level::pml4e && chance(level == Level::pde ? 25 : 8));
            add_store(slot, leaf ? leaf_value(level) : table_value(level));
        }
        const Entry entry{history_[slot].back()};
        if (!entry.present() || entry.maps_page(level) || level == Level::pte) return;
        table = entry.next_table().value();
    }
}

void TraceGenerator::step()
{
    const std::uint64_t dice = number_below(100);
    if (dice < 32) return store_somewhere();
    if (dice < 46) return invalidate_page();
    if (dice < 57) return switch_root();
    if (keys_ && chance(12)) return change_key_rights();
    if (broadcasts_ && chance(35)) return broadcast();
    if (dice < 64) return change_cr4();
    if (dice < 68) return change_control();
    if (dice < 73) return plain_ ? invalidate_page() : invalidate_by_pcid();
    if (dice < 76) return fault();
    if (dice < 79) return park_and_release();
    if (dice < 83) return release();
    access();
}

// Addresses and values --------------------------------------------------------------------------------------------

std::uint64_t TraceGenerator::linear_address()
{
    const std::uint64_t value =
        pick({0, 0, 1, 511}) << 39 | number_below(2) << 30 | number_below(2) << 21 | number_below(3) << 12;
    if (!five_levels_ || chance(40)) return x86::LinearAddress::truncate(value).value();
    return x86::LinearAddress::truncate(value | pick({0, 1, 511}) << 48, x86::widest_linear_bits).value();
}

/// Mostly one of the two addresses, at times a neighbour or a page table through the self-map.
std::uint64_t TraceGenerator::focus_address()
{
    const std::uint64_t linear = chance(75) ? focus_[0] : focus_[1];
    if (chance(8)) return linear_address();
    if (chance(6)) return linear ^ pick({0x1000, 0x5000, 0x20'0000});
    if (chance(5)) {
        if (five_levels_ && chance(70)) {
            const std::uint64_t table_page = self_map_index << 48 | (linear >> 9 & 0xffff'ffff'f000);
            return x86::LinearAddress::truncate(table_page, x86::widest_linear_bits).value();
        }
        const std::uint64_t table_page = self_map_index << 39 | (linear >> 9 & 0x7f'ffff'f000);
        return x86::LinearAddress::truncate(table_page).value();
    }
    return linear + (chance(20) ? number_below(512) * 8 : 0);
}

std::uint64_t TraceGenerator::table_value(Level level)
{
    std::uint64_t table = pick(tables_below(level));
    if (chance(4)) table = pick(roots);
    if (chance(4)) table = pick(tables_below(static_cast<Level>(2 + number_below(3))));
    if (chance(2)) table = beyond_memory;
    std::uint64_t flags = Entry::present_bit;
    if (chance(94)) flags |= Entry::writable_bit;
    if (chance(94)) flags |= Entry::user_bit;
    if (chance(80)) flags |= Entry::accessed_bit;
    if (chance(3)) flags |= Entry::execute_disable_bit;
    if (chance(5)) flags |= Entry::global_bit;
    return table | flags;
}

std::uint64_t TraceGenerator::leaf_value(Level level)
{
    std::uint64_t flags = Entry::present_bit;
    if (chance(80)) flags |= Entry::writable_bit;
    if (chance(75)) flags |= Entry::user_bit;
    if (chance(75)) flags |= Entry::accessed_bit;
    if (chance(55)) flags |= Entry::dirty_bit;
    if (chance(35)) flags |= Entry::global_bit;
    if (chance(12)) flags |= Entry::execute_disable_bit;
    if (chance(5)) flags |= pick({Entry::write_through_bit, Entry::cache_disable_bit});
    if (keys_ || chance(3)) flags |= number_below(4) * key_bit;
    if (shadow_ && chance(50)) {
        flags &= ~Entry::writable_bit;
        if (chance(60)) flags |= Entry::dirty_bit;
    }
    if (level != Level::pte) flags |= Entry::page_size_bit;
    if (level == Level::pte && chance(4)) flags |= Entry::page_size_bit;
    std::uint64_t page = pick(frames_at(level));
    if (level == Level::pte && chance(8)) page = pick(tables_below(static_cast<Level>(2 + number_below(3))));
    if (level == Level::pte && chance(15)) page = pick(frames_2m) + number_below(3) * 0x1000;
    return page | flags;
}

std::uint64_t TraceGenerator::fresh_value(Level level)
{
    const bool leaf = level == Level::pte || (level < Level::pml4e && chance(30));
    return leaf ? leaf_value(level) : table_value(level);
}

/// What software does to an entry: clear it, put an old value back, point it elsewhere, or change one flag.
std::uint64_t TraceGenerator::changed_value(std::uint64_t slot, Level level)
{
    const Values& past = history_[slot];
    if (past.empty() || past.back() == 0) return chance(50) && !past.empty() ? pick(past) : fresh_value(level);
    const std::uint64_t dice = number_below(100);
    if (dice < 10) return 0;
    if (dice < 22) return pick(past);
    if (dice < 42) return fresh_value(level);
    if (keys_ && chance(25)) return past.back() ^ (1 + number_below(3)) * key_bit;
    if (dice < 45) return past.back() ^ pick({std::uint64_t{1} << 51, std::uint64_t{1} << 47, 0x2000});
    return past.back() ^
           pick({Entry::present_bit, Entry::writable_bit, Entry::writable_bit, Entry::user_bit, Entry::user_bit,
                 Entry::accessed_bit, Entry::accessed_bit, Entry::dirty_bit, Entry::dirty_bit, Entry::dirty_bit,
                 Entry::global_bit, Entry::execute_disable_bit, Entry::write_through_bit, Entry::cache_disable_bit,
                 Entry::page_size_bit, Entry::large_page_pat_bit, 0x200});
}

// Events ----------------------------------------------------------------------------------------------------------

Event& TraceGenerator::add(EventKind kind, unsigned cpu)
{
    Event event;
    event.kind = kind;
    event.cpu = cpu;
    trace_.events.push_back(event);
    return trace_.events.back();
}

void TraceGenerator::add_store(std::uint64_t slot, std::uint64_t value)
{
    history_[slot].push_back(value);
    Event& event = add(EventKind::store, cpu());
    event.address = slot;
    event.value = value;
}

/// An entry on the way of a focus address, from the root that some processor uses or from any.
void TraceGenerator::store_somewhere()
{
    const std::uint64_t linear = focus_address();
    std::uint64_t table = chance(75) ? modes_[cpu()].cr3.root().value() : pick(roots);
    if (table == 0) table = roots[0];
    const auto target = static_cast<Level>(chance(55) ? 1 : 2 + number_below(five_levels_ ? 4 : 3));
    for (Level level = five_levels_ && chance(85) ? Level::pml5e : x86::root_level;; level = below(level)) {
        const std::uint64_t slot = slot_of(table, linear, level);
        const Entry entry{history_.contains(slot) ? history_[slot].back() : 0};
        const bool ends = !entry.present() || entry.maps_page(level) || level == Level::pte;
        const bool outside = !ends && entry.next_table().value() >= trace_.configuration.memory_bytes;
        if (ends || outside || level == target) return add_store(slot, changed_value(slot, level));
        table = entry.next_table().value();
    }
}

void TraceGenerator::write_cr4(unsigned cpu, std::uint64_t value)
{
    add(EventKind::mov_cr4, cpu).value = value;
    modes_[cpu].cr4 = {value};
}

/// PGE is toggled there and back as often as it is changed for good. Setting PCIDE needs CR3[11:0] = 0.
void TraceGenerator::change_cr4()
{
    const unsigned where = cpu();
    const std::uint64_t old = modes_[where].cr4.value;
    std::uint64_t bit = pick({Cr4::pge, Cr4::pge, Cr4::pge, Cr4::pcide, Cr4::smep, Cr4::smap, Cr4::pse, Cr4::pke});
    if (bit == Cr4::pcide && plain_) bit = Cr4::pge;
    if (keys_ && chance(45)) bit = chance(60) ? Cr4::pke : Cr4::pks;
    if (shadow_ && chance(15) && modes_[where].cr0.write_protect()) bit = Cr4::cet;
    if (masking_ && chance(15)) bit = Cr4::lam_sup;
    const bool low_bits = (modes_[where].cr3.value & x86::Cr3::pcid_mask) != 0;
    if (bit == Cr4::pcide && (old & Cr4::pcide) == 0 && low_bits) bit = Cr4::pge;
    write_cr4(where, old ^ bit);
    if (chance(50)) write_cr4(where, old);
    if (chance(5)) write_cr4(where, modes_[where].cr4.value);
}

void TraceGenerator::change_control()
{
    const unsigned where = cpu();
    if (five_levels_ && !plain_ && chance(10)) return change_depth(where);
    if (chance(40)) {
        const bool paging_may_end = !plain_ && !modes_[where].cr4.pcids();
        const std::uint64_t bit = paging_may_end && chance(25) ? Cr0::pg : Cr0::wp;
        if (bit == Cr0::wp && modes_[where].cr4.control_flow_enforcement()) return;
        modes_[where].cr0.value ^= bit;
        add(EventKind::mov_cr0, where).value = modes_[where].cr0.value;
        return;
    }
    modes_[where].efer.value ^= chance(75) ? Efer::nxe : Efer::tce;
    add(EventKind::wrmsr_efer, where).value = modes_[where].efer.value;
}

/// The depth of the tables changes with paging off, which PCIDs do not allow.
void TraceGenerator::change_depth(unsigned where)
{
    const x86::PagingMode& mode = modes_[where];
    if (mode.cr4.pcids() || !mode.cr0.paging()) return;
    add(EventKind::mov_cr0, where).value = mode.cr0.value ^ Cr0::pg;
    write_cr4(where, mode.cr4.value ^ Cr4::la57);
    if (chance(40)) switch_root(where);
    add(EventKind::mov_cr0, where).value = mode.cr0.value;
}

/// Rights of the first few keys. Most of the others are denied, as kernels have it.
std::uint32_t TraceGenerator::key_rights()
{
    return static_cast<std::uint32_t>((chance(50) ? 0x5555'5500 : 0) | number_below(256));
}

void TraceGenerator::change_key_rights()
{
    add(chance(60) ? EventKind::wrpkru : EventKind::wrmsr_pkrs, cpu()).value = key_rights();
}

void TraceGenerator::switch_root() { switch_root(cpu()); }

void TraceGenerator::switch_root(unsigned where)
{
    x86::PagingMode& mode = modes_[where];
    std::uint64_t value = chance(35) ? mode.cr3.root().value() : pick(roots);
    if (mode.cr4.pcids()) value |= number_below(3);
    if (masking_) value |= pick({0, x86::Cr3::lam_u48, x86::Cr3::lam_u57});
    mode.cr3 = {value};
    if (mode.cr4.pcids() && chance(45)) value |= x86::Cr3::no_flush;
    add(EventKind::mov_cr3, where).value = value;
}

void TraceGenerator::invalidate_page()
{
    Event& event = add(EventKind::invlpg, cpu());
    event.address = chance(80) ? focus_address() : linear_address();
    if (chance(4)) event.address ^= std::uint64_t{1} << 52;
    if (masking_ && chance(10)) event.address ^= number_below(64) << 57;
}

void TraceGenerator::invalidate_by_pcid()
{
    Event& event = add(EventKind::invpcid, cpu());
    event.type = static_cast<x86::InvpcidType>(number_below(4));
    if (modes_[event.cpu].cr4.pcids()) event.pcid = static_cast<std::uint16_t>(number_below(3));
    if (event.type == x86::InvpcidType::address) event.address = focus_address();
}

/// Of a page, a range, a PCID or everything; TLBSYNC follows at once, later, on another processor, or never.
void TraceGenerator::broadcast()
{
    const unsigned where = cpu();
    if (chance(30)) {
        add(EventKind::tlbsync, where);
        return;
    }
    x86::Invlpgb operands;
    if (chance(65)) operands.va = focus_address() & ~std::uint64_t{0xfff};
    if (chance(40)) operands.pcid = static_cast<std::uint16_t>(modes_[where].cr4.pcids() ? number_below(3) : 0);
    if (chance(20)) operands.asid = static_cast<std::uint16_t>(chance(80) ? 0 : 1);
    operands.global = chance(60);
    operands.final = chance(30);
    operands.nested = chance(5);
    operands.stride_2m = chance(15);
    if (chance(30)) operands.count = static_cast<std::uint16_t>(chance(70) ? number_below(8) : number_below(0x10000));
    if (operands.va && chance(20)) *operands.va -= std::min<std::uint64_t>(*operands.va, 0x2000);
    add(EventKind::invlpgb, where).broadcast = operands;
    if (chance(35)) add(EventKind::tlbsync, chance(85) ? where : cpu());
}

void TraceGenerator::fault() { add(EventKind::page_fault, cpu()).address = focus_address(); }

void TraceGenerator::access()
{
    const auto kind = static_cast<std::uint8_t>(EventKind::read) + number_below(3);
    Event& event = add(static_cast<EventKind>(kind), cpu());
    event.address = focus_address();
    event.user = chance(40);
    event.alignment_check = chance(15);
    event.shadow_stack = shadow_ && event.kind != EventKind::fetch && chance(40);
    if (masking_ && chance(60)) event.address ^= (chance(50) ? number_below(64) << 57 : number_below(0x8000) << 48);
    if (chance(1)) event.address ^= std::uint64_t{1} << 52;
}

/// A PCID is left, an entry of its tables changes, what the entry led to is freed; and at times the PCID comes back.
void TraceGenerator::park_and_release()
{
    const unsigned where = cpu();
    const x86::PagingMode& mode = modes_[where];
    if (!mode.cr4.pcids()) return release();
    const std::uint64_t root = pick(roots);
    const std::uint64_t pcid = number_below(3);
    const auto load = [&](std::uint64_t value) {
        modes_[where].cr3 = {value & ~x86::Cr3::no_flush};
        add(EventKind::mov_cr3, where).value = value;
    };
    load(root | pcid | (chance(30) ? x86::Cr3::no_flush : 0));
    load(pick(roots) | (pcid + 1) % 3 | (chance(60) ? x86::Cr3::no_flush : 0));
    const std::uint64_t linear = focus_address();
    std::uint64_t table = root;
    const auto target = static_cast<Level>(1 + number_below(4));
    for (Level level = mode.cr4.five_levels() ? Level::pml5e : x86::root_level;; level = below(level)) {
        const std::uint64_t slot = slot_of(table, linear, level);
        const Entry entry{history_.contains(slot) ? history_[slot].back() : 0};
        const std::uint64_t next = entry.next_table().value();
        const bool ends = !entry.present() || entry.maps_page(level) || level == Level::pte;
        if (!ends && level > target && next < trace_.configuration.memory_bytes) {
            table = next;
            continue;
        }
        if (chance(80)) add_store(slot, chance(60) ? 0 : changed_value(slot, level));
        if (chance(15)) invalidate_by_pcid();
        Event& event = add(EventKind::release, cpu());
        const bool inside = next + x86::small_page_bytes <= trace_.configuration.memory_bytes;
        event.address = chance(10) || !inside ? root : next;
        event.value = x86::small_page_bytes;
        break;
    }
    if (chance(50)) load(root | pcid | (chance(70) ? x86::Cr3::no_flush : 0));
}

void TraceGenerator::release()
{
    Event& event = add(EventKind::release, cpu());
    const Values& kind = chance(50) ? frames : tables_below(static_cast<Level>(2 + number_below(3)));
    event.address = chance(15) ? pick(frames_2m) + number_below(2) * 0x1000 : pick(kind);
    event.value = chance(85) ? x86::small_page_bytes : pick({64, 0x2000, 0x20'0000});
}

} // namespace drywalk::oracle::test
