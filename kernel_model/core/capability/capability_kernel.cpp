// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/capability_kernel.hpp"

#include "kernel_model/core/capability/kernel_state.hpp"

#include <cstddef>
#include <new>
#include <type_traits>

namespace drywalk::kernel {

namespace {

using x86::LinearAddress;

static_assert(std::is_trivially_destructible_v<CapabilityKernel>, "it is never destroyed");

[[nodiscard]] bool policies_go_together(const ProgramHeader& header)
{
    const Policies& policies = header.policies;
    const bool overlay = policies.mapping == MemoryMapping::overlay;
    const bool aligned = policies.storage == CapStorage::page_aligned;
    const bool global = has_global_leaves(header.discipline);
    const auto region = [](std::uint64_t linear) { return LinearAddress::truncate(linear).index(x86::Level::pml4e); };
    const bool one_region = region(header.template_base) == region(layout::context.value()) &&
                            region(header.stack_base) == region(layout::context.value());
    return !uses_pcids(header.discipline) && (overlay || aligned) && (policies.copy_on_write == 0 || !overlay) &&
           (!global || policies.arena != Arena::copied) && (policies.arena != Arena::template_pointers || one_region);
}

} // namespace

bool well_formed_capabilities(const ProgramHeader& header)
{
    const Policies& policies = header.policies;
    const std::uint64_t cache_bytes = std::uint64_t{policies.state_cache_pages} * x86::small_page_bytes;
    return policies.runtime_limit >= 1 && policies.runtime_limit <= max_runtime_limit && header.cap_count <= max_caps &&
           cache_bytes % page_bytes(x86::PageSize::size_2m) == 0 &&
           header.memory_end > layout::frame_pool.value() + cache_bytes && policies_go_together(header);
}

Refusal run_capability_kernel()
{
    alignas(CapabilityKernel) static std::byte storage[sizeof(CapabilityKernel)]; // too large for a kernel stack
    return (new (storage) CapabilityKernel{hal::program_header()})->run();
}

} // namespace drywalk::kernel
