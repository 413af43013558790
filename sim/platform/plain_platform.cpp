// SPDX-License-Identifier: MIT
#include "sim/platform/plain_platform.hpp"

#include "models/memory/hierarchy.hpp"

namespace drywalk::platform {

namespace {

/// Nobody watches the time; the processor adds it up itself.
class UnobservedTimeline final : public Timeline {
public:
    void advance(std::uint64_t /*cycles*/, Activity /*activity*/) override {}
};

} // namespace

RunResult run_plain(const machine::Profile& profile, const KernelCosts& costs, std::span<const std::byte> program,
                    const CpuOptions& options)
{
    memory::Hierarchy caches{profile.memory};
    UnobservedTimeline timeline;
    return KernelRun{{.profile = profile,
                      .costs = costs,
                      .program = program,
                      .caches = caches,
                      .timeline = timeline,
                      .options = options}}
        .run();
}

} // namespace drywalk::platform
