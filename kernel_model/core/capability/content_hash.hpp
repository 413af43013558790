// SPDX-License-Identifier: MIT
// Content addresses: equal content, equal address. Good enough to tell contents apart in a simulation; not
// cryptographic (the original uses BLAKE2b), so that hashing a page costs what reading it costs and little more.
#pragma once

#include "models/x86/paging.hpp"

#include <bit>
#include <cstdint>

namespace drywalk::kernel {

/// Folds 8-byte words into 64 bits.
class WordHash {
public:
    constexpr void add(std::uint64_t word) { state_ = (std::rotl(state_, 23) ^ word) * 0x9e37'79b9'7f4a'7c15; }
    [[nodiscard]] constexpr std::uint64_t value() const { return state_ ^ state_ >> 32; }

private:
    std::uint64_t state_ = 0x243f'6a88'85a3'08d3; // pi's fraction: nothing up the sleeve
};

inline constexpr std::uint64_t words_per_page = x86::small_page_bytes / sizeof(std::uint64_t);

/// What a page of zeroes hashes to.
inline constexpr std::uint64_t zero_page_hash = [] {
    WordHash hash;
    for (std::uint64_t word = 0; word < words_per_page; ++word)
        hash.add(0);
    return hash.value();
}();

/// Names content, or an Instance's descent. Never 0, and the two low bits are clear, so that a slot can use them.
[[nodiscard]] constexpr std::uint64_t as_address(std::uint64_t hash)
{
    const std::uint64_t address = hash & ~std::uint64_t{3};
    return address == 0 ? 4 : address;
}

/// The content address of a DataCap: of its length and its pages' hashes, in order.
class ContentAddress {
public:
    constexpr explicit ContentAddress(std::uint64_t bytes) { hash_.add(bytes); }
    constexpr void add_page(std::uint64_t page_hash) { hash_.add(page_hash); }
    [[nodiscard]] constexpr std::uint64_t value() const { return as_address(hash_.value()); }

private:
    WordHash hash_;
};

/// The chain of an Instance: of its parent's (0: the host's) and its Image.
[[nodiscard]] constexpr std::uint64_t chain_of(std::uint64_t parent_chain, std::uint32_t image)
{
    WordHash hash;
    hash.add(parent_chain);
    hash.add(image);
    return as_address(hash.value());
}

} // namespace drywalk::kernel
