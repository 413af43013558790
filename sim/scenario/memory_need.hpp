// SPDX-License-Identifier: MIT
// How much of the kernel's frame pool a scenario takes.
#pragma once

#include "sim/scenario/scenario.hpp"

namespace drywalk::scenario {

/// Bytes of the frame pool that the kernel uses once all Images and Instances exist; CALL and RUN take no more. It
/// mirrors build_kernel_space(), build_template() and build_instance_space() of the kernel.
[[nodiscard]] std::uint64_t frame_pool_need(const Scenario& scenario);

/// The least `memory_bytes` that would do: a multiple of 2 MiB.
[[nodiscard]] std::uint64_t memory_need(const Scenario& scenario);

} // namespace drywalk::scenario
