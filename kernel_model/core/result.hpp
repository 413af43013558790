// SPDX-License-Identifier: MIT
// A value, or the reason why there is none.
#pragma once

#include "kernel_model/program/observation.hpp"

#include <utility>

namespace drywalk::kernel {

/// std::expected is C++23 and needs a hosted library; this is what the kernel needs of it.
template <typename T>
class [[nodiscard]] Result {
public:
    constexpr Result(T value) : value_{std::move(value)} {}  // NOLINT: implicit on purpose
    constexpr Result(Refusal refusal) : refusal_{refusal} {} // NOLINT: implicit on purpose

    [[nodiscard]] constexpr bool ok() const { return refusal_ == Refusal::none; }
    [[nodiscard]] constexpr Refusal refusal() const { return refusal_; }
    /// Only if ok().
    [[nodiscard]] constexpr const T& value() const { return value_; }
    [[nodiscard]] constexpr T take() && { return std::move(value_); }

private:
    T value_{};
    Refusal refusal_ = Refusal::none;
};

} // namespace drywalk::kernel
