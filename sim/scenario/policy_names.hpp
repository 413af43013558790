// SPDX-License-Identifier: MIT
// The capability kernel's policies as scenarios and reports spell them: the names of the enumerators.
#pragma once

#include "kernel_model/program/observation.hpp"
#include "kernel_model/program/policies.hpp"

#include <array>
#include <string>

namespace drywalk::scenario {

inline constexpr std::array storage_names{"packed", "page_aligned"};
inline constexpr std::array arena_names{"copied", "shared", "template_directory", "template_pointers"};
inline constexpr std::array mapping_names{"overlay", "eager", "lazy"};
inline constexpr std::array space_switch_names{"cr3", "pcid_flush", "pcid_no_flush", "pcid_tracked"};
inline constexpr std::array rearm_names{"omit_invlpg", "invlpg"};
inline constexpr std::array eviction_names{"unmapped_only", "careless"};
inline constexpr std::array lookup_names{"hashed", "linear"};

/// By kernel::Counter.
inline constexpr std::array<const char*, kernel::counter_count> counter_names{
    "cr3_writes",       "cr4_writes",         "invlpgs",           "copy_on_writes",
    "pages_brought_in", "pages_copied",       "pages_zeroed",      "tables_allocated",
    "tables_released",  "runtimes_built",     "runtimes_reused",   "runtimes_dropped",
    "caps_published",   "caps_found",         "caps_evicted",      "caps_brought_again",
    "directory_probes", "heap_frames_in_use", "state_pages_in_use"};

/// By oracle::Verdict; scenarios expect violations and warnings alone.
inline constexpr std::array verdict_names{"ok",
                                          "architectural_fault",
                                          "stale_translation",
                                          "stale_permission",
                                          "stale_memory_type",
                                          "lost_dirty",
                                          "released_in_use",
                                          "released_while_reachable",
                                          "spurious_fault",
                                          "lost_accessed",
                                          "released_while_parked",
                                          "pcid_recycled"};

/// The optimisation ladder, from private overlays to global templates: each rung is the one before and one change.
inline constexpr std::array rung_names{"overlays",        "aligned_caps",  "image_arena",
                                       "template_tables", "runtime_cache", "direct_eager",
                                       "direct_lazy",     "copy_on_write", "global_templates"};
inline constexpr const char* global_rung = "global_templates";

/// The policies of a rung. `name` is one of rung_names.
[[nodiscard]] kernel::Policies policies_of_rung(const std::string& name);

/// All of `policies` in one line.
[[nodiscard]] std::string describe(const kernel::Policies& policies);

} // namespace drywalk::scenario
