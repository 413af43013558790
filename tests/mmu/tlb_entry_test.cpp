// SPDX-License-Identifier: MIT
// Which accesses an entry lets through on machines where it grants only what filled it.
#include "models/mmu/tlb_entry.hpp"

#include <gtest/gtest.h>

#include <array>

namespace drywalk::mmu {
namespace {

using x86::Access;
using x86::AccessKind;

constexpr std::array kinds{AccessKind::read, AccessKind::write, AccessKind::fetch};

x86::PagingMode mode_with(std::uint64_t cr4_bits)
{
    x86::PagingMode mode;
    mode.cr4.value |= cr4_bits;
    return mode;
}

/// The rule again, over all fillings and uses: the same kind, or a read after a write; never up in privilege to ring 3;
/// down to the supervisor unless SMEP or SMAP keep it off the user page.
bool expected(Access filled, Access used, bool user_page, bool smep, bool smap)
{
    const bool kind_fits =
        used.kind == filled.kind || (filled.kind == AccessKind::write && used.kind == AccessKind::read);
    if (!kind_fits) return false;
    if (used.user) return filled.user;
    const bool prevention = filled.kind == AccessKind::fetch ? smep : smap;
    return !(user_page && prevention);
}

TEST(GrantedAccesses, AreThoseOfTheFillingAccessAndWhatItImplies)
{
    for (unsigned bits = 0; bits < 32; ++bits) {
        const bool user_page = (bits & 1) != 0;
        const bool smep = (bits & 2) != 0;
        const bool smap = (bits & 4) != 0;
        const bool filled_by_user = (bits & 8) != 0;
        const bool used_by_user = (bits & 16) != 0;
        if (filled_by_user && !user_page) continue; // such a fill faults
        const x86::PagingMode mode = mode_with((smep ? x86::Cr4::smep : 0) | (smap ? x86::Cr4::smap : 0));
        for (const AccessKind filling : kinds) {
            const auto granted = GrantedAccesses::of({filling, filled_by_user, false}, user_page, mode);
            for (const AccessKind using_kind : kinds) {
                const Access used{using_kind, used_by_user, false};
                EXPECT_EQ(granted.includes(used),
                          expected({filling, filled_by_user, false}, used, user_page, smep, smap))
                    << "filled by " << static_cast<int>(filling) << ", used by " << static_cast<int>(using_kind)
                    << ", flags " << bits;
            }
        }
    }
}

TEST(GrantedAccesses, NothingIsGrantedBeforeAFill)
{
    for (const AccessKind kind : kinds) {
        EXPECT_FALSE(GrantedAccesses{}.includes({kind, true, false}));
        EXPECT_FALSE(GrantedAccesses{}.includes({kind, false, false}));
    }
}

} // namespace
} // namespace drywalk::mmu
