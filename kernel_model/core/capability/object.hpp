// SPDX-License-Identifier: MIT
// Kernel objects that lie in physical frames, so that what they cost is what the machine says.
#pragma once

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

/// One frame seen as 512 words of 8 bytes. Copies are other views of the same object.
class Object {
public:
    constexpr Object() = default;
    constexpr explicit Object(x86::PhysicalAddress frame) : frame_{frame} {}

    [[nodiscard]] constexpr x86::PhysicalAddress frame() const { return frame_; }
    /// False: the view of no object. Frame 0 holds none.
    [[nodiscard]] constexpr bool exists() const { return frame_.value() != 0; }
    constexpr bool operator==(const Object&) const = default;

protected:
    [[nodiscard]] std::uint64_t word(std::uint64_t index) const { return hal::load(frame_ + index * 8); }
    void set_word(std::uint64_t index, std::uint64_t value) const { hal::store(frame_ + index * 8, value); }

private:
    x86::PhysicalAddress frame_;
};

} // namespace drywalk::kernel
