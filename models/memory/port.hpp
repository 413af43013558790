// SPDX-License-Identifier: MIT
// How a model asks for the time of a memory reference, whoever provides it: plain caches, or a platform of modules.
#pragma once

#include "models/memory/profile.hpp"
#include "models/x86/address.hpp"

namespace drywalk::memory {

/// Where an access found its line, and how long that took.
struct Service {
    ServedBy served_by = ServedBy::l1d;
    std::uint32_t cycles = 0; ///< from the access to the data
};

class Port {
public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    /// Brings the line of `address` in. Data does not travel here; see PhysicalMemory.
    virtual Service access(x86::PhysicalAddress address) = 0;
};

} // namespace drywalk::memory
