// SPDX-License-Identifier: MIT
// Makes a failing program smaller.
#pragma once

#include "tests/kernel_model/capability/sketch.hpp"

#include <functional>

namespace drywalk::reference {

/// Drops operations, items and slot contents as long as `fails` says that what is left still fails.
[[nodiscard]] Sketch minimised(Sketch sketch, const std::function<bool(const Sketch&)>& fails);

} // namespace drywalk::reference
