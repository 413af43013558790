// SPDX-License-Identifier: MIT
// What a program for the capability kernel means: carried out on immutable values, without paging.
#pragma once

#include "kernel_model/program/observation.hpp"
#include "kernel_model/program/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace drywalk::reference {

/// An observation that the program leads to. Content addresses and chains are names: see contents.hpp.
struct Expectation {
    kernel::Observation observation;
    bool b_is_name = false;
    std::uint32_t open_code_bits = 0; ///< bits of `code` that the policies leave open
};

/// Whether the reference model says anything about observations of `kind`: not about counters and memory in use.
[[nodiscard]] bool has_meaning(kernel::ObservationKind kind);

/// What the kernel has to report for `program`, whose memory never runs out and whose frames are never too deep.
[[nodiscard]] std::vector<Expectation> expected_observations(std::span<const std::byte> program);

} // namespace drywalk::reference
