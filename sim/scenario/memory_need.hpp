// SPDX-License-Identifier: MIT
// How much of the kernel's frame pool a scenario takes.
#pragma once

#include "sim/scenario/scenario.hpp"

namespace drywalk::scenario {

/// The state cache is carved in pieces of 2 MiB.
inline constexpr std::uint32_t state_cache_unit = 512;
/// 2 GiB: what memory_bytes may be at most.
inline constexpr std::uint32_t most_state_cache_pages = 524'288;

/// Bytes of the frame pool that the kernel uses once all Images and Instances exist. The templates kernel's CALL and
/// RUN take no more. It mirrors build_kernel_space(), build_template() and build_instance_space() of the kernel, and
/// what CapabilityKernel does until its first operation, the state cache's own frames left out.
[[nodiscard]] std::uint64_t frame_pool_need(const Scenario& scenario);

/// The least `memory_bytes` that would do: a multiple of 2 MiB. The capability kernel can CALL an Instance without
/// memory then.
[[nodiscard]] std::uint64_t memory_need(const Scenario& scenario);

} // namespace drywalk::scenario
