// SPDX-License-Identifier: MIT
// What a pointer chase touches: elements at equal distances, and where in its page each one lies.
#pragma once

#include "models/x86/address.hpp"

#include <cstdint>
#include <string>

namespace drywalk::calibrate {

/// Which line of its page an element takes.
enum class Lines : std::uint8_t {
    as_spaced,           ///< the one that the spacing leads to
    varied,              ///< another one for each 4 KiB page, so that all cache sets are used
    varied_in_large_page ///< another one for each 2 MiB page, anywhere in it
};

/// Dependent loads of `elements` elements, one after another in a random order that visits each once a lap.
struct Pattern {
    std::string series;         ///< the curve it is a point of: "stride 64", "one_line_per_4k_page"
    std::uint64_t size = 0;     ///< where on the x axis of its curve: KiB or elements
    std::uint64_t elements = 0; ///< at least 1
    std::uint64_t spacing = 0;  ///< bytes from one element to the next
    Lines lines = Lines::as_spaced;
    x86::PageSize page_size = x86::PageSize::size_4k;

    /// From the start of the buffer, in bytes; grows with `element`.
    [[nodiscard]] std::uint64_t offset(std::uint64_t element) const;
    /// How many bytes the buffer spans.
    [[nodiscard]] std::uint64_t span() const { return elements * spacing; }
    /// True if the buffer is one allocation without holes, though not each of its pages need be touched.
    [[nodiscard]] bool uses_whole_buffer() const { return lines == Lines::as_spaced; }
    /// How many paging structures its page tables take at most.
    [[nodiscard]] std::uint64_t most_tables() const;
};

} // namespace drywalk::calibrate
