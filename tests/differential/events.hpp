// SPDX-License-Identifier: MIT
// A program as the oracle's events, and as fresh walks of the tables.
#pragma once

#include "models/oracle/oracle.hpp"
#include "tests/differential/program.hpp"

#include <array>

namespace drywalk::differential {

/// Follows a program and knows what the tables say, nothing cached. Data follow the machine: a write that went astray
/// is where the machine says it is.
class Tables {
public:
    Tables(const Program& program, const Processor& processor);

    /// Everything but accesses.
    void carry_out(const Operation& operation);
    [[nodiscard]] Outcome expected(const Operation& operation) const;
    /// The machine's outcome of operation `index`.
    void follow(const Operation& operation, unsigned index, const Outcome& outcome);

private:
    [[nodiscard]] x86::Entry entry_at(PhysicalAddress address) const;

    x86::PagingMode mode_;
    Slots slots_;
    std::array<std::uint64_t, frame_count> data_{};
};

/// An oracle that is told of the program's stores, control-register writes and invalidations.
class Suspect {
public:
    Suspect(const Program& program, const Processor& processor, x86::Vendor vendor);

    /// Everything but accesses.
    void carry_out(const Operation& operation);
    [[nodiscard]] oracle::Verdict access(const Operation& operation)
    {
        return oracle_.access(0, operation.address(), access_of(operation)).verdict;
    }
    void page_fault(const Operation& operation) { oracle_.page_fault(0, operation.address()); }

private:
    oracle::Oracle oracle_;
};

} // namespace drywalk::differential
