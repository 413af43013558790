// SPDX-License-Identifier: MIT
#include "models/mmu/set_selector.hpp"

#include <algorithm>

namespace drywalk::mmu {

namespace {

/// Bit `bit` of the set is the XOR of the address bits at `shift`, `shift` + `step`, ... that lie below `count` steps.
[[nodiscard]] machine::IndexBits plain_bits(unsigned set_bits, unsigned shift, unsigned count)
{
    machine::IndexBits bits(set_bits);
    for (unsigned bit = 0; bit < set_bits; ++bit) {
        for (unsigned step = 0; step < count; ++step)
            bits[bit].push_back(shift + bit + step * set_bits);
    }
    return bits;
}

[[nodiscard]] machine::IndexBits zen4_bits(unsigned set_bits, machine::Held what)
{
    machine::IndexBits bits = plain_bits(set_bits, machine::held_shift(what), 1);
    if (what == machine::Held::page_4k && set_bits == 8) bits[7] = {21};
    return bits;
}

} // namespace

machine::IndexBits index_bits(const machine::TlbArrayProfile& profile, machine::Held what)
{
    const auto set_bits = static_cast<unsigned>(std::countr_zero(profile.sets));
    switch (profile.index) {
    case machine::SetIndex::linear: break;
    case machine::SetIndex::xor_fold: return plain_bits(set_bits, machine::held_shift(what), 2);
    case machine::SetIndex::zen4_l2: return zen4_bits(set_bits, what);
    case machine::SetIndex::bits: return profile.index_bits[static_cast<unsigned>(what)];
    }
    return plain_bits(set_bits, machine::held_shift(what), 1);
}

/// Bits that move by the same distance become one field.
SetSelector::SetSelector(const machine::TlbArrayProfile& profile, machine::Held what)
{
    std::vector<Field> fields;
    const machine::IndexBits bits = index_bits(profile, what);
    for (std::size_t bit = 0; bit < bits.size(); ++bit) {
        for (const unsigned source : bits[bit]) {
            if (source >= x86::linear_bits) continue; // no such bit in a page number
            const int rotation = static_cast<int>(source) - static_cast<int>(bit);
            auto field = std::ranges::find(fields, rotation, &Field::rotation);
            if (field == fields.end()) field = fields.insert(fields.end(), Field{rotation, 0});
            field->mask ^= std::uint64_t{1} << bit;
        }
    }
    for (std::size_t index = 0; index < fields.size(); ++index) {
        if (index < first_.size()) {
            first_[index] = fields[index];
        } else {
            rest_.push_back(fields[index]);
        }
    }
}

} // namespace drywalk::mmu
