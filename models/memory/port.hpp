// SPDX-License-Identifier: MIT
// How a model asks for the time of a memory reference, whoever provides it: plain caches, or a platform of modules.
#pragma once

#include "models/memory/cache.hpp"

namespace drywalk::memory {

/// Where an access found its line, and how long that took.
struct Service {
    machine::ServedBy served_by = machine::ServedBy::l1d;
    std::uint32_t cycles = 0; ///< from the access to the data
};

/// The first level is at the processor's side, the same everywhere; what is below differs.
class Port {
public:
    explicit Port(const machine::CacheProfile& l1d) : l1d_{l1d} {}
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    /// Brings the line of `address` in. Data does not travel here; see PhysicalMemory.
    Service access(x86::PhysicalAddress address)
    {
        if (l1d_.access(address)) return {machine::ServedBy::l1d, l1d_.latency()};
        return miss(address);
    }

private:
    /// Brings the line in from below the first level.
    virtual Service miss(x86::PhysicalAddress address) = 0;

    Cache l1d_;
};

} // namespace drywalk::memory
