// SPDX-License-Identifier: MIT
// What the kernel's paths cost: measured instruction counts.
#pragma once

#include "kernel_model/hal/hal.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace drywalk::platform {

/// The names of kernel::hal::Path, in its order.
inline constexpr auto path_names = std::to_array<const char*>({"boot",
                                                               "create_image",
                                                               "create_instance",
                                                               "call",
                                                               "run",
                                                               "page_fault",
                                                               "halt",
                                                               "switch_image",
                                                               "invalidate_page",
                                                               "boot_capabilities",
                                                               "create_capability_image",
                                                               "create_capability_instance",
                                                               "run_frame",
                                                               "frame_fault",
                                                               "publish_cap",
                                                               "hash_page",
                                                               "copy_words",
                                                               "directory_probe",
                                                               "evict_cap",
                                                               "release_frame",
                                                               "allocate_frame",
                                                               "derive",
                                                               "set_slot",
                                                               "call_slot",
                                                               "build_runtime",
                                                               "acquire_runtime",
                                                               "drop_runtime",
                                                               "map_leaf",
                                                               "unmap_memory",
                                                               "apply_mapping",
                                                               "demand_page",
                                                               "copy_on_write",
                                                               "end_frame",
                                                               "publish_mapping",
                                                               "merge_page",
                                                               "discard_frame",
                                                               "hold_slot",
                                                               "let_go_slot",
                                                               "address_page",
                                                               "examine_page",
                                                               "rearm_page",
                                                               "release_private",
                                                               "source_page",
                                                               "fill_page",
                                                               "victim",
                                                               "allocate_zeroed",
                                                               "new_table",
                                                               "choose_cap",
                                                               "note_mapping",
                                                               "release_mapping",
                                                               "unmap_cap",
                                                               "destroy_instance",
                                                               "drop_cap",
                                                               "drop_page",
                                                               "make_cap",
                                                               "merge_packed_page",
                                                               "compare_mapping",
                                                               "clear_private",
                                                               "drop_private",
                                                               "touch_runtime",
                                                               "retire_runtime",
                                                               "map_memory",
                                                               "arena_leaf",
                                                               "choose_pcid",
                                                               "recycle_pcid",
                                                               "exchange_pages"});
static_assert(path_names.size() == kernel::hal::path_count);

/// Instructions of one pass through each of the kernel's paths, measured on the bare-metal build. A path that was never
/// measured has none: a program that takes it cannot be simulated.
using PathCosts = std::array<std::optional<std::uint32_t>, kernel::hal::path_count>;

struct KernelCosts {
    PathCosts instructions = nothing(); ///< unless told otherwise, the kernel's instructions take no time

    [[nodiscard]] static constexpr PathCosts nothing()
    {
        PathCosts costs;
        costs.fill(0);
        return costs;
    }
};

} // namespace drywalk::platform
