// SPDX-License-Identifier: MIT
// What each operation must remove: every operation under every vendor against a table written by hand from
// [intel/vol3] 4.10.4.1, [amd/vol2] 5.5.3 and 3.1.7.
#include "models/x86/invalidation.hpp"
#include "models/x86/vendor_names.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::x86 {
namespace {

constexpr std::array sizes{PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};
constexpr std::array structure_levels{Level::pde, Level::pdpte, Level::pml4e};

constexpr LinearAddress target = LinearAddress::truncate(0xffff'9234'5678'9abc);
constexpr std::uint16_t new_pcid = 6;   // the one that MOV CR3 or INVPCID names
constexpr std::uint16_t other_pcid = 7; // neither that nor the current one

// The language of the table: a pattern is three characters, an entry goes if one of the patterns fits it.
//   PCID           c the current one, n the one the operation names, * any
//   global         g global, - not, * either; always * for paging-structure entries, which are never global
//   linear address v covers the operation's address, * any
constexpr std::string_view all = "***";
constexpr std::string_view none;

struct Promise {
    std::string_view translations;
    std::string_view structures;
};

struct Row {
    std::string_view event;
    std::function<Removal(Vendor)> removal;
    std::uint16_t current_pcid;
    std::array<Promise, 4> promises; ///< intel, amd, amd with TCE, portable
};

std::array<Promise, 4> same_for_all(Promise promise) { return {promise, promise, promise, promise}; }
std::array<Promise, 4> only_amd(Promise promise) { return {Promise{}, promise, promise, Promise{}}; }

PagingMode plain()
{
    PagingMode mode;
    mode.cr0.value = 0x8001'0011;
    mode.cr3.value = 0x5000;
    mode.cr4.value = 0x20;
    return mode;
}

PagingMode with_pcids()
{
    PagingMode mode = plain();
    mode.cr3.value = 0x5005;
    mode.cr4.value |= 1U << 17;
    return mode;
}

PagingMode without_paging()
{
    PagingMode mode = plain();
    mode.cr0.value = 0x11;
    return mode;
}

PagingMode with_tce()
{
    PagingMode mode = with_pcids();
    mode.efer.value |= 1U << 15;
    return mode;
}

Row mov_cr4(std::string_view event, std::uint64_t before, std::uint64_t after, std::array<Promise, 4> promises)
{
    PagingMode mode = with_pcids();
    mode.cr4.value = before;
    if ((before >> 17 & 1) == 0) mode.cr3.value = 0x5000;
    return {event, [=](Vendor vendor) { return mov_cr4_removes(Cr4{after}, mode, vendor); }, mode.pcid(), promises};
}

Row mov_cr3(std::string_view event, const PagingMode& mode, std::uint64_t written, Promise promise)
{
    return {event, [=](Vendor) { return mov_cr3_removes(written, mode); }, mode.pcid(), same_for_all(promise)};
}

Row mov_cr0(std::string_view event, const PagingMode& mode, std::uint64_t written, std::array<Promise, 4> promises)
{
    return {event, [=](Vendor vendor) { return mov_cr0_removes(Cr0{written}, mode, vendor); }, mode.pcid(), promises};
}

Row invpcid(std::string_view event, InvpcidType type, Promise promise)
{
    return {event, [=](Vendor) { return invpcid_removes(type, new_pcid, target); }, 5, same_for_all(promise)};
}

constexpr Promise everything{all, all};
constexpr std::uint64_t pcide_pae = 0x2'0020;

std::vector<Row> invlpg_rows()
{
    const Promise whole{"c-v *gv", "c**"};
    const Promise covering{"c-v *gv", "c*v"};
    const auto row = [](std::string_view event, const PagingMode& mode, std::array<Promise, 4> promises) {
        return Row{event, [=](Vendor vendor) { return invlpg_removes(target, mode, vendor); }, mode.pcid(), promises};
    };
    return {
        row("INVLPG, PCIDE=0", plain(), {whole, whole, covering, whole}),
        row("INVLPG, PCIDE=1", with_pcids(), {whole, whole, covering, whole}),
        row("INVLPG, EFER.TCE=1", with_tce(), {whole, covering, covering, covering}),
    };
}

std::vector<Row> invpcid_rows()
{
    return {
        invpcid("INVPCID 0", InvpcidType::address, {"n-v", "n*v"}),
        invpcid("INVPCID 1", InvpcidType::single_context, {"n-*", "n**"}),
        invpcid("INVPCID 2", InvpcidType::all_with_global, everything),
        invpcid("INVPCID 3", InvpcidType::all_but_global, {"*-*", all}),
    };
}

std::vector<Row> mov_cr0_rows()
{
    return {
        mov_cr0("MOV CR0, PG 1->0", with_pcids(), 0x11, same_for_all(everything)),
        mov_cr0("MOV CR0, PG 0->1", without_paging(), 0x8001'0011, only_amd(everything)),
        mov_cr0("MOV CR0, WP 1->0", with_pcids(), 0x8000'0011, same_for_all({none, none})),
        mov_cr0("MOV CR0, CD, NW and TS 0->1", plain(), 0xe001'0019, same_for_all({none, none})),
        mov_cr0("MOV CR0, the same value", plain(), 0x8001'0011, same_for_all({none, none})),
    };
}

std::vector<Row> mov_cr3_rows()
{
    constexpr std::uint64_t keep = std::uint64_t{1} << 63;
    return {
        mov_cr3("MOV CR3, PCIDE=0", plain(), 0x9000, {"c-*", "c**"}),
        mov_cr3("MOV CR3, PCIDE=0, PWT and PCD set", plain(), 0x9018, {"c-*", "c**"}),
        mov_cr3("MOV CR3, PCIDE=0, the same value", plain(), 0x5000, {"c-*", "c**"}),
        mov_cr3("MOV CR3, PCIDE=1, another PCID", with_pcids(), 0x9006, {"n-*", "n**"}),
        mov_cr3("MOV CR3, PCIDE=1, the same PCID", with_pcids(), 0x9005, {"c-*", "c**"}),
        mov_cr3("MOV CR3, PCIDE=1, bit 63", with_pcids(), 0x9006 | keep, {none, none}),
    };
}

std::vector<Row> mov_cr4_rows()
{
    const Promise current{"c**", "c**"};
    const Promise nothing{none, none};
    return {
        mov_cr4("MOV CR4, PGE 0->1", pcide_pae, pcide_pae | 0x80, same_for_all(everything)),
        mov_cr4("MOV CR4, PGE 1->0", pcide_pae | 0x80, pcide_pae, same_for_all(everything)),
        mov_cr4("MOV CR4, PGE stays 1", pcide_pae | 0x80, pcide_pae | 0x80, same_for_all(nothing)),
        mov_cr4("MOV CR4, PCIDE 1->0", pcide_pae, 0x20, same_for_all(everything)),
        mov_cr4("MOV CR4, PCIDE 0->1", 0x20, pcide_pae, same_for_all(nothing)),
        mov_cr4("MOV CR4, PAE 1->0", pcide_pae, pcide_pae & ~0x20ULL, {current, everything, everything, current}),
        mov_cr4("MOV CR4, PAE 0->1", pcide_pae & ~0x20ULL, pcide_pae, {current, everything, everything, current}),
        mov_cr4("MOV CR4, SMEP 0->1", pcide_pae, pcide_pae | 1U << 20, {current, nothing, nothing, nothing}),
        mov_cr4("MOV CR4, SMEP 1->0", pcide_pae | 1U << 20, pcide_pae, same_for_all(nothing)),
        mov_cr4("MOV CR4, PSE 0->1", pcide_pae, pcide_pae | 0x10, only_amd(everything)),
        mov_cr4("MOV CR4, PSE 1->0", pcide_pae | 0x10, pcide_pae, only_amd(everything)),
        mov_cr4("MOV CR4, PKE 0->1", pcide_pae, pcide_pae | 1U << 22, only_amd(everything)),
        mov_cr4("MOV CR4, PKE 1->0", pcide_pae | 1U << 22, pcide_pae, same_for_all(nothing)),
        mov_cr4("MOV CR4, SMAP 0->1", pcide_pae, pcide_pae | 1U << 21, same_for_all(nothing)),
        mov_cr4("MOV CR4, SMAP 1->0", pcide_pae | 1U << 21, pcide_pae, same_for_all(nothing)),
        mov_cr4("MOV CR4, SMEP and PGE 0->1", pcide_pae, pcide_pae | 1U << 20 | 0x80, same_for_all(everything)),
    };
}

std::vector<Row> other_rows()
{
    const auto fault = [](std::string_view event, const PagingMode& mode) {
        return Row{event, [=](Vendor) { return page_fault_removes(target, mode); }, mode.pcid(),
                   same_for_all({"c*v", "c*v"})};
    };
    return {
        fault("#PF, PCIDE=0", plain()),
        fault("#PF, PCIDE=1", with_pcids()),
        {"WRMSR EFER", [](Vendor) { return wrmsr_efer_removes(); }, 5, same_for_all({none, none})},
    };
}

std::vector<Row> all_rows()
{
    std::vector<Row> rows;
    for (const auto& part :
         {invlpg_rows(), invpcid_rows(), mov_cr0_rows(), mov_cr3_rows(), mov_cr4_rows(), other_rows()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

/// A cached entry as the table sees it.
struct Facts {
    char pcid; ///< c, n or o for other
    bool global;
    bool covers;
};

bool fits(std::string_view pattern, const Facts& facts)
{
    return (pattern[0] == '*' || pattern[0] == facts.pcid) &&
           (pattern[1] == '*' || (pattern[1] == 'g') == facts.global) && (pattern[2] == '*' || facts.covers);
}

bool goes(std::string_view patterns, const Facts& facts)
{
    std::istringstream words{std::string{patterns}};
    for (std::string pattern; words >> pattern;) {
        if (fits(pattern, facts)) return true;
    }
    return false;
}

std::uint16_t pcid_named(char name, const Row& row)
{
    if (name == 'c') return row.current_pcid;
    return name == 'n' ? new_pcid : other_pcid;
}

/// The page of `size` that holds the target, or its neighbour on either side.
std::vector<std::pair<LinearAddress, bool>> pages_around(std::uint64_t bytes)
{
    const LinearAddress covering = LinearAddress::truncate(target.value() & ~(bytes - 1));
    return {{covering, true}, {covering + bytes, false}, {LinearAddress::truncate(covering.value() - bytes), false}};
}

void expect_translations(const Row& row, const Removal& removal, std::string_view promised)
{
    for (const char pcid : {'c', 'n', 'o'}) {
        for (const bool global : {false, true}) {
            for (const PageSize size : sizes) {
                for (const auto& [base, covers] : pages_around(page_bytes(size))) {
                    EXPECT_EQ(removes_translation(removal, {base, size, pcid_named(pcid, row), global}),
                              goes(promised, {pcid, global, covers}))
                        << "translation: pcid " << pcid << ", global " << global << ", covers " << covers;
                }
            }
        }
    }
}

void expect_structures(const Row& row, const Removal& removal, std::string_view promised)
{
    for (const char pcid : {'c', 'n', 'o'}) {
        for (const Level level : structure_levels) {
            for (const auto& [region, covers] : pages_around(std::uint64_t{1} << index_shift(level))) {
                EXPECT_EQ(removes_structure(removal, region, level, pcid_named(pcid, row)),
                          goes(promised, {pcid, false, covers}))
                    << "paging-structure entry: pcid " << pcid << ", covers " << covers;
            }
        }
    }
}

TEST(Invalidation, EveryOperationUnderEveryVendorAsTheManualsHaveIt)
{
    for (const Row& row : all_rows()) {
        for (std::size_t vendor = 0; vendor < vendors.size(); ++vendor) {
            SCOPED_TRACE(std::string{row.event} + ", " + std::string{vendor_names[vendor]});
            const Removal removal = row.removal(vendors[vendor]);
            const Promise& promise = row.promises[vendor];
            expect_translations(row, removal, promise.translations);
            expect_structures(row, removal, promise.structures);
            EXPECT_EQ(removal.none(), promise.translations.empty() && promise.structures.empty());
        }
    }
}

TEST(Invalidation, PortableRemovesOnlyWhatBothVendorsRemove)
{
    for (const Row& row : all_rows()) {
        const Removal portable = row.removal(Vendor::portable);
        for (const char pcid : {'c', 'n', 'o'}) {
            for (unsigned flags = 0; flags < 4; ++flags) {
                const LinearAddress base = target.page() + ((flags & 1U) != 0 ? 0x1000 : 0);
                const EntryTag tag{base, PageSize::size_4k, pcid_named(pcid, row), (flags & 2U) != 0};
                if (!removes_translation(portable, tag)) continue;
                EXPECT_TRUE(removes_translation(row.removal(Vendor::intel), tag)) << row.event;
                EXPECT_TRUE(removes_translation(row.removal(Vendor::amd), tag)) << row.event;
            }
        }
    }
}

TEST(Invalidation, InvlpgTakesTheWholeLargePageWhateverTheOffset)
{
    for (const PageSize size : sizes) {
        const EntryTag tag{target.page(size), size};
        for (const std::uint64_t offset : {std::uint64_t{0}, page_bytes(size) / 2, page_bytes(size) - 1}) {
            EXPECT_TRUE(removes_translation(invlpg_removes(tag.base + offset, plain(), Vendor::intel), tag));
        }
        const Removal next = invlpg_removes(tag.base + page_bytes(size), plain(), Vendor::intel);
        EXPECT_FALSE(removes_translation(next, tag));
    }
}

TEST(Invalidation, GlobalEntriesOutliveMovCr3ButNotAToggleOfPge)
{
    PagingMode mode = plain();
    mode.cr4.value |= Cr4::pge;
    const EntryTag global{target.page(), PageSize::size_4k, 0, true};
    EXPECT_FALSE(removes_translation(mov_cr3_removes(0x9000, mode), global));
    EXPECT_TRUE(removes_translation(mov_cr4_removes(Cr4{Cr4::pae}, mode, Vendor::portable), global));
}

constexpr Removal first_page = invlpg_removes(LinearAddress{}, PagingMode{}, Vendor::portable);
static_assert(removes_translation(first_page, EntryTag{}) && wrmsr_efer_removes().none());

// INVLPGB
// --------------------------------------------------------------------------------------------------------------

constexpr EntryTag broadcast_tag(std::uint64_t base, PageSize size = PageSize::size_4k, std::uint16_t pcid = 0,
                                 bool global = false)
{
    return {LinearAddress::truncate(base), size, pcid, global};
}

/// The addresses one by one, against the arithmetic.
bool names_one_by_one(const Invlpgb& operands, const EntryTag& tag)
{
    for (std::uint64_t index = 0; index <= operands.count; ++index) {
        const std::uint64_t at = *operands.va + index * (operands.stride_2m ? 0x20'0000 : 0x1000);
        if (at >= tag.base.value() && at - tag.base.value() < page_bytes(tag.size)) return true;
    }
    return false;
}

TEST(Invlpgb, NamesTheAddressesOfItsStride)
{
    unsigned named = 0;
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        for (const std::uint64_t va : {0x3f'e000ULL, 0x40'0000ULL, 0x40'1000ULL, 0x3fff'f000ULL}) {
            for (const unsigned count : {0U, 1U, 2U, 511U, 512U, 513U}) {
                for (const bool stride : {false, true}) {
                    for (std::uint64_t page = 0; page < 40; ++page) {
                        Invlpgb operands;
                        operands.va = va;
                        operands.count = static_cast<std::uint16_t>(count);
                        operands.stride_2m = stride;
                        const std::uint64_t near = 0x3f'0000 + page * 0x1000;
                        const EntryTag tag = broadcast_tag(near & ~offset_mask(size), size);
                        ASSERT_EQ(removes_translation(operands, tag), names_one_by_one(operands, tag))
                            << std::hex << va << " " << count << " " << near;
                        named += removes_translation(operands, tag) ? 1U : 0U;
                    }
                }
            }
        }
    }
    EXPECT_GT(named, 100U);
}

TEST(Invlpgb, AbsentFiltersLetEverythingThroughAndGlobalsNeedTheirBit)
{
    Invlpgb operands;
    EXPECT_TRUE(operands.empties());
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 7)));
    EXPECT_FALSE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 7, true)));
    operands.global = true;
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 7, true)));
    operands.pcid = 6;
    EXPECT_FALSE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 7)));
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 6)));
    operands.asid = 1;
    EXPECT_FALSE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 6))) << "a guest's";
    operands.asid = 0;
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0x5000, PageSize::size_4k, 6)));
}

TEST(Invlpgb, StructuresThatLeadToTheAddressGoUnlessFinal)
{
    Invlpgb operands;
    operands.va = 0x40'3000;
    for (const Level level : {Level::pde, Level::pdpte, Level::pml4e, Level::pml5e}) {
        EXPECT_TRUE(removes_structure(operands, LinearAddress::truncate(0x40'3000).region(level), level, 0));
    }
    EXPECT_FALSE(removes_structure(operands, LinearAddress::truncate(0x60'0000), Level::pde, 0));
    EXPECT_FALSE(operands.empties());
    operands.va.reset();
    EXPECT_TRUE(removes_structure(operands, LinearAddress::truncate(0x60'0000), Level::pde, 3));
    operands.final = true;
    EXPECT_FALSE(removes_structure(operands, LinearAddress::truncate(0x60'0000), Level::pde, 3));
    EXPECT_FALSE(operands.empties());
}

TEST(Invlpgb, TheUpperHalfCountsAsWell)
{
    Invlpgb operands;
    operands.va = 0xffff'ffff'ffff'e000;
    operands.count = 5; // beyond the end, from 0 on again
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0xffff'ffff'ffff'f000)));
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0x3000)));
    EXPECT_FALSE(removes_translation(operands, broadcast_tag(0x4000)));
    EXPECT_TRUE(removes_translation(operands, broadcast_tag(0xffff'ffff'c000'0000, PageSize::size_1g)));
}

} // namespace
} // namespace drywalk::x86
