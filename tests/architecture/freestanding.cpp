// SPDX-License-Identifier: MIT
// Uses what models/x86 offers, the way a kernel would: compiled for one, and with no library to lean on.
#include "models/x86/invalidation.hpp"

using namespace drywalk::x86;

extern "C" std::uint64_t walk_memory(const std::uint64_t* memory, std::uint64_t value, const PagingMode* mode)
{
    const auto linear = LinearAddress::try_canonical(value);
    if (!linear) return 0;
    const auto read = [memory](PhysicalAddress address) { return Entry{memory[address.value() / entry_bytes]}; };
    const WalkOutcome outcome = walk(*linear, Access{AccessKind::write, true}, *mode, read);
    return outcome.translation ? outcome.translation->physical(*linear).value() : outcome.fault.value;
}

extern "C" bool must_remove(std::uint64_t written, const PagingMode* mode, const EntryTag* tag)
{
    return removes_translation(mov_cr3_removes(written, *mode), *tag) ||
           removes_translation(mov_cr4_removes(Cr4{written}, *mode, Vendor::portable), *tag) ||
           removes_structure(page_fault_removes(tag->base, *mode), tag->base, Level::pde, tag->pcid);
}
