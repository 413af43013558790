// SPDX-License-Identifier: MIT
// What an edit of the page tables, or of what they mean, owes the TLB. The debt is settled by name or not at all.
#pragma once

#include "kernel_model/hal/where.hpp"
#include "models/x86/address.hpp"

#include <cstdint>

namespace drywalk::kernel {

/// Why an invalidation is left out.
enum class Omission : std::uint8_t {
    was_not_present, ///< P went from 0 to 1, and the last 1 to 0, if any, was invalidated. [intel/vol3] 4.10.4.3
    not_reachable,   ///< no CR3 that was ever loaded leads to the table
    before_next_use, ///< every way back to the address loads CR3 first, which removes what is cached for it
    on_purpose,      ///< the discipline under test leaves it out, right or wrong
};

/// An INVLPG of one page, still to be executed. One of the two exits must be taken; destroying an open debt is a
/// broken invariant.
class [[nodiscard]] FlushObligation {
public:
    FlushObligation() = default;
    explicit FlushObligation(x86::LinearAddress page) : page_{page}, open_{true} {}
    FlushObligation(FlushObligation&& other) noexcept : page_{other.page_}, open_{other.open_} { other.open_ = false; }
    FlushObligation& operator=(FlushObligation&&) = delete;
    FlushObligation(const FlushObligation&) = delete;
    FlushObligation& operator=(const FlushObligation&) = delete;
    ~FlushObligation();

    /// Pays now, on this processor.
    void flush(hal::Where where = hal::Where::current()) &&;
    /// Leaves it out, and says why.
    void omit(Omission reason) &&;

private:
    x86::LinearAddress page_;
    bool open_ = false;
};

} // namespace drywalk::kernel
