// SPDX-License-Identifier: MIT
// Where simulated time passes. The processor says how many cycles something took; a platform lets them pass.
#pragma once

#include <cstdint>

namespace drywalk::platform {

/// What the processor is doing, for waveforms.
enum class Activity : std::uint8_t { kernel, user, walk, invalidation, control_register, transition };

class Timeline {
public:
    Timeline() = default;
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;
    virtual ~Timeline() = default;

    /// `cycles` of `activity` pass.
    virtual void advance(std::uint64_t cycles, Activity activity) = 0;
};

} // namespace drywalk::platform
