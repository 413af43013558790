// SPDX-License-Identifier: MIT
// Walks over tiny tables: all flags at all levels, for each page size, against a judgement made from the raw bits.
#include "models/x86/walk.hpp"

#include "tests/x86/manual.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

namespace drywalk::x86 {
namespace {

using namespace test;

constexpr std::array sizes{PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};
constexpr LinearAddress linear = LinearAddress::truncate(0xffff'9234'5678'9abc);
constexpr PhysicalAddress root{0x10'0000};

/// One path of tables, a page each, with one entry a level: all that the walk of `linear` may read.
class Path {
public:
    explicit Path(PageSize size) : lowest_{leaf_level(size)} {}

    [[nodiscard]] unsigned length() const { return four_level_count - level_position(lowest_); }
    /// `depth` counts from the root.
    [[nodiscard]] static Level level_at(unsigned depth) { return static_cast<Level>(four_level_count - depth); }
    [[nodiscard]] static PhysicalAddress table_at(unsigned depth) { return root + std::uint64_t{depth} * 0x1000; }
    [[nodiscard]] PhysicalAddress target() const { return PhysicalAddress{0x3'4000'0000}; }

    /// The flags of a valid entry at `depth`, address and PS included, P not.
    [[nodiscard]] std::uint64_t skeleton(unsigned depth) const
    {
        if (level_at(depth) != lowest_) return table_at(depth + 1).value();
        return target().value() | (lowest_ == Level::pte ? 0U : 0x80U);
    }

    void set(unsigned depth, std::uint64_t raw) { raw_[depth] = raw; }
    [[nodiscard]] std::uint64_t raw(unsigned depth) const { return raw_[depth]; }

    /// Throws if anything but the next entry of the path is read.
    [[nodiscard]] Entry read(PhysicalAddress address) const
    {
        const auto depth = static_cast<unsigned>((address - root) / 0x1000);
        if (address < root || depth >= length() || address.offset(PageSize::size_4k) != offset_in_table(depth)) {
            throw std::logic_error{"the walk read an entry that is not on its path"};
        }
        return Entry{raw_[depth]};
    }

    [[nodiscard]] WalkOutcome walk(Access access, const PagingMode& mode) const
    {
        return x86::walk(linear, access, mode, [this](PhysicalAddress address) { return read(address); });
    }

private:
    /// The nine bits of `linear` that index the table, written out.
    [[nodiscard]] static std::uint64_t offset_in_table(unsigned depth)
    {
        constexpr std::array<std::uint64_t, four_level_count> indices{0x124, 0x0d1, 0x0b3, 0x189};
        return indices[depth] * 8;
    }

    Level lowest_;
    std::array<std::uint64_t, four_level_count> raw_{};
};

PagingMode with_root(PagingMode mode)
{
    mode.cr3.value = root.value();
    return mode;
}

/// P (bit 0), R/W (1), U/S (2) and XD (3) of one entry.
std::uint64_t flags_of(unsigned nibble) { return (nibble & 7U) | (bit_of(nibble, 3) ? std::uint64_t{1} << 63 : 0); }

/// What the tables grant, read from the raw bits: nothing if an entry on the path stops the walk.
struct Judgement {
    std::optional<Rights> rights;
    bool reserved = false;
};

Judgement judge(const Path& path, bool execute_disable)
{
    Rights rights{true, true, true};
    for (unsigned depth = 0; depth < path.length(); ++depth) {
        const std::uint64_t raw = path.raw(depth);
        if ((raw & 1) == 0) return {};
        if ((raw >> 63) != 0 && !execute_disable) return {std::nullopt, true};
        if ((raw & 2) == 0) rights.writable = false;
        if ((raw & 4) == 0) rights.user = false;
        if ((raw >> 63) != 0) rights.executable = false;
    }
    return {rights};
}

void expect_as_judged(const Path& path, const Judgement& judgement, Access access, const PagingMode& mode)
{
    const WalkOutcome outcome = path.walk(access, mode);
    if (judgement.rights && manual_permits(*judgement.rights, access, mode)) {
        ASSERT_TRUE(outcome.translation);
        ASSERT_EQ(outcome.translation->rights, *judgement.rights);
        ASSERT_EQ(outcome.translation->page, path.target());
        return;
    }
    const bool present = judgement.rights || judgement.reserved;
    ASSERT_FALSE(outcome.translation);
    ASSERT_EQ(outcome.fault.value, manual_error_code(present, judgement.reserved, access, mode));
}

void expect_all_flags(PageSize size, const PagingMode& mode)
{
    Path path{size};
    for (unsigned flags = 0; flags < 1U << (4 * path.length()); ++flags) {
        for (unsigned depth = 0; depth < path.length(); ++depth) {
            path.set(depth, path.skeleton(depth) | flags_of((flags >> (4 * depth)) & 0xfU));
        }
        const Judgement judgement = judge(path, (mode.efer.value & 0x800) != 0);
        for (unsigned kind = 0; kind < access_count; ++kind) {
            expect_as_judged(path, judgement, access_number(kind), mode);
            if (testing::Test::HasFatalFailure()) FAIL() << "flags " << std::hex << flags << ", access " << kind;
        }
    }
}

class WalkOverAllFlags : public testing::TestWithParam<PageSize> {};

TEST_P(WalkOverAllFlags, AgreesWithTheJudgementUnderEveryMode)
{
    for (unsigned mode = 0; mode < mode_count; ++mode)
        expect_all_flags(GetParam(), with_root(mode_number(mode)));
}

INSTANTIATE_TEST_SUITE_P(EveryPageSize, WalkOverAllFlags, testing::ValuesIn(sizes));

/// A path on which everything is allowed, A and D clear.
Path permissive(PageSize size)
{
    Path path{size};
    for (unsigned depth = 0; depth < path.length(); ++depth)
        path.set(depth, path.skeleton(depth) | 7);
    return path;
}

constexpr std::uint64_t beyond_maxphyaddr = std::uint64_t{1} << 46;

TEST(Walk, TheFirstBadEntryFromTheRootDecidesTheErrorCode)
{
    const PagingMode mode = with_root(mode_number(9));
    const Access access{AccessKind::write, true};
    for (const PageSize size : sizes) {
        const unsigned length = Path{size}.length();
        for (unsigned reserved_at = 0; reserved_at <= length; ++reserved_at) {
            for (unsigned absent_at = 0; absent_at <= length; ++absent_at) {
                Path path = permissive(size);
                if (reserved_at < length) path.set(reserved_at, path.raw(reserved_at) | beyond_maxphyaddr);
                if (absent_at < length) path.set(absent_at, path.raw(absent_at) & ~std::uint64_t{1});
                const WalkOutcome outcome = path.walk(access, mode);
                const bool translated = reserved_at == length && absent_at == length;
                ASSERT_EQ(outcome.translation.has_value(), translated);
                // W and U; in an entry that is not present no bit is reserved, so a tie is "not present".
                const std::uint32_t code = absent_at <= reserved_at ? 0x6 : 0xf;
                ASSERT_EQ(outcome.fault.value, translated ? 0 : code);
            }
        }
    }
}

TEST(Walk, ReservedBitsOutrankProtection)
{
    const PagingMode mode = with_root(mode_number(9));
    Path path = permissive(PageSize::size_4k);
    path.set(0, path.raw(0) & ~std::uint64_t{4});
    EXPECT_EQ(path.walk({AccessKind::read, true}, mode).fault.value, 0x5U);
    path.set(3, path.raw(3) | beyond_maxphyaddr);
    EXPECT_EQ(path.walk({AccessKind::read, true}, mode).fault.value, 0xdU);
}

TEST(Walk, TranslationCarriesTheLeaf)
{
    for (const PageSize size : sizes) {
        for (unsigned flags = 0; flags < 16; ++flags) {
            Path path = permissive(size);
            const unsigned leaf = path.length() - 1;
            const std::uint64_t pat = size == PageSize::size_4k ? 1U << 7 : 1U << 12;
            path.set(leaf, path.raw(leaf) | (bit_of(flags, 0) ? 1U << 6 : 0U) | (bit_of(flags, 1) ? 1U << 8 : 0U) |
                               (bit_of(flags, 2) ? pat : 0U));
            PagingMode mode = with_root(mode_number(9));
            if (bit_of(flags, 3)) mode.cr4.value |= Cr4::pge;
            const Translation expected{path.target(),    size,
                                       Rights{},         bit_of(flags, 1) && bit_of(flags, 3),
                                       bit_of(flags, 0), static_cast<std::uint8_t>(bit_of(flags, 2) ? 4 : 0)};
            EXPECT_EQ(path.walk({}, mode).translation, expected);
        }
    }
}

TEST(Walk, GlobalCountsInTheLeafOnly)
{
    PagingMode mode = with_root(mode_number(9));
    mode.cr4.value |= Cr4::pge;
    Path path = permissive(PageSize::size_4k);
    for (unsigned depth = 0; depth < 3; ++depth)
        path.set(depth, path.raw(depth) | Entry::global_bit);
    EXPECT_FALSE(path.walk({}, mode).translation->global);
}

TEST(Walk, PhysicalAddressKeepsTheOffsetInThePage)
{
    constexpr std::array<std::uint64_t, page_size_count> offsets{0xabc, 0x18'9abc, 0x1678'9abc};
    for (const PageSize size : sizes) {
        const auto translation = permissive(size).walk({}, with_root(mode_number(9))).translation;
        ASSERT_TRUE(translation);
        EXPECT_EQ(translation->physical(linear).value(), 0x3'4000'0000U + offsets[static_cast<unsigned>(size)]);
    }
}

TEST(WalkStep, RightsOfThePositionLimitTheEntry)
{
    const PagingMode mode = with_root(mode_number(9));
    for (unsigned above = 0; above < 8; ++above) {
        for (unsigned own = 0; own < 8; ++own) {
            const WalkPosition position{Level::pde, root, rights_number(above)};
            const Rights combined = rights_number(above & own);
            const WalkStep down = walk_step(position, Entry::table(PhysicalAddress{0x5000}, rights_number(own)), mode);
            EXPECT_EQ(down.kind, WalkStep::Kind::descend);
            EXPECT_EQ(down.next, (WalkPosition{Level::pte, PhysicalAddress{0x5000}, combined}));
            const Entry page = Entry::leaf(PhysicalAddress{0x20'0000}, PageSize::size_2m, {rights_number(own)});
            const WalkStep leaf = walk_step(position, page, mode);
            EXPECT_EQ(leaf.kind, WalkStep::Kind::leaf);
            EXPECT_EQ(leaf.translation.rights, combined);
        }
    }
}

TEST(AccessedDirty, SetWhatIsMissingAndDirtyOnlyByAWriteToTheLeaf)
{
    for (unsigned flags = 0; flags < 4; ++flags) {
        const Entry entry{0x1007U | (bit_of(flags, 0) ? 0x20U : 0U) | (bit_of(flags, 1) ? 0x40U : 0U)};
        const std::uint64_t accessed = bit_of(flags, 0) ? 0 : 0x20;
        const std::uint64_t dirty = bit_of(flags, 1) ? 0 : 0x40;
        for (const bool leaf : {false, true}) {
            EXPECT_EQ(accessed_dirty_update(entry, leaf, AccessKind::read), accessed);
            EXPECT_EQ(accessed_dirty_update(entry, leaf, AccessKind::fetch), accessed);
            EXPECT_EQ(accessed_dirty_update(entry, leaf, AccessKind::write), leaf ? accessed + dirty : accessed);
        }
    }
}

// Five levels
// ------------------------------------------------------------------------------------------------------------

TEST(Walk, StartsAtTheLevelThatLa57Names)
{
    PagingMode mode = with_root(mode_number(9));
    EXPECT_EQ(walk_start(mode), (WalkPosition{Level::pml4e, root, Rights{}}));
    mode.cr4.value |= Cr4::la57;
    EXPECT_EQ(walk_start(mode), (WalkPosition{Level::pml5e, root, Rights{}}));
    EXPECT_EQ(mode.linear_width(), 57U);
}

TEST(Walk, APml5eLimitsRightsAsAnyEntryDoes)
{
    PagingMode mode = with_root(mode_number(9));
    mode.cr4.value |= Cr4::la57;
    for (unsigned own = 0; own < 8; ++own) {
        const WalkStep down =
            walk_step(walk_start(mode), Entry::table(PhysicalAddress{0x5000}, rights_number(own)), mode);
        EXPECT_EQ(down.kind, WalkStep::Kind::descend);
        EXPECT_EQ(down.next, (WalkPosition{Level::pml4e, PhysicalAddress{0x5000}, rights_number(own)}));
    }
    const Entry large{0x5000U | Entry::present_bit | Entry::page_size_bit};
    EXPECT_EQ(walk_step(walk_start(mode), large, mode).cause, FaultCause::reserved_bit);
}

// Protection keys ----------------------------------------------------------------------------------------------------

TEST(Walk, TranslationHasTheKeyOfTheLeafIfKeysCount)
{
    for (const PageSize size : sizes) {
        for (std::uint64_t key = 0; key < 16; ++key) {
            Path path = permissive(size);
            const unsigned leaf = path.length() - 1;
            path.set(leaf, path.raw(leaf) | key << 59);
            path.set(0, path.raw(0) | std::uint64_t{9} << 59); // means nothing there
            PagingMode mode = with_root(mode_number(9));
            EXPECT_EQ(path.walk({}, mode).translation->key, no_key);
            for (const std::uint64_t bit : {Cr4::pke, Cr4::pks}) {
                mode.cr4.value = Cr4::pae | bit;
                EXPECT_EQ(path.walk({}, mode).translation->key, key);
            }
        }
    }
}

TEST(Walk, AKeyThatDeniesIsReportedBesideOtherCauses)
{
    PagingMode mode = with_root(mode_number(9));
    mode.cr4.value |= Cr4::pke;
    mode.pkru = 1U << 4;
    Path path = permissive(PageSize::size_4k);
    const std::uint64_t leaf = path.raw(3) | std::uint64_t{2} << 59;
    path.set(3, leaf);
    EXPECT_EQ(path.walk({AccessKind::read, true}, mode).fault.value, 0x25U);
    path.set(3, leaf & ~2ULL);
    EXPECT_EQ(path.walk({AccessKind::write, true}, mode).fault.value, 0x27U);
    EXPECT_TRUE(path.walk({AccessKind::fetch, true}, mode).translation);
    path.set(3, leaf & ~1ULL);
    EXPECT_EQ(path.walk({AccessKind::read, true}, mode).fault.value, 0x04U);
}

// Shadow stacks ------------------------------------------------------------------------------------------------------

/// The leaf's R/W (bit 0) and D (1), R/W of the entry above (2), U/S of the leaf (3).
TEST(Walk, AShadowStackIsReadOnlyAndDirtyBelowWritableEntries)
{
    PagingMode mode = with_root(mode_number(9));
    mode.cr4.value |= Cr4::cet;
    for (unsigned flags = 0; flags < 16; ++flags) {
        Path path = permissive(PageSize::size_4k);
        const std::uint64_t leaf = path.raw(3) & ~0x46ULL;
        path.set(3,
                 leaf | (bit_of(flags, 0) ? 2U : 0U) | (bit_of(flags, 1) ? 0x40U : 0U) | (bit_of(flags, 3) ? 4U : 0U));
        if (!bit_of(flags, 2)) path.set(2, path.raw(2) & ~2ULL);
        const bool shadow_stack = !bit_of(flags, 0) && bit_of(flags, 1) && bit_of(flags, 2);
        for (const bool user : {false, true}) {
            for (const AccessKind kind : {AccessKind::read, AccessKind::write}) {
                const WalkOutcome outcome = path.walk({kind, user, false, true}, mode);
                ASSERT_EQ(outcome.translation.has_value(), shadow_stack && user == bit_of(flags, 3)) << flags;
                if (outcome.translation) continue;
                ASSERT_EQ(outcome.fault.value, 0x41U | (kind == AccessKind::write ? 2U : 0U) | (user ? 4U : 0U));
            }
        }
    }
}

TEST(Walk, OrdinaryWritesToAShadowStackFaultAndReadsPass)
{
    PagingMode mode = with_root(mode_number(9));
    Path path = permissive(PageSize::size_4k);
    path.set(3, (path.raw(3) & ~2ULL) | 0x40);
    EXPECT_FALSE(path.walk({AccessKind::write, true}, mode).translation);
    EXPECT_FALSE(path.walk({AccessKind::write, false}, mode).translation);
    EXPECT_TRUE(path.walk({AccessKind::read, true}, mode).translation->shadow_stack);
}

/// A walk at compile time: one gigabyte page at linear 0.
constexpr WalkOutcome gigabyte_walk(Access access)
{
    PagingMode mode;
    mode.cr3.value = 0x1000;
    return walk(LinearAddress{}, access, mode, [](PhysicalAddress address) {
        if (address == PhysicalAddress{0x1000}) return Entry::table(PhysicalAddress{0x2000});
        return Entry::leaf(PhysicalAddress{0x4000'0000}, PageSize::size_1g, {{false, true, true}});
    });
}

static_assert(gigabyte_walk({AccessKind::read, true}).translation->page == PhysicalAddress{0x4000'0000});
static_assert(gigabyte_walk({AccessKind::write, true}).fault == PageFaultCode{7});

} // namespace
} // namespace drywalk::x86
