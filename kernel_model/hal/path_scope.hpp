// SPDX-License-Identifier: MIT
// A counted path that lasts as long as the block it stands in.
#pragma once

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel::hal {

class PathScope {
public:
    explicit PathScope(Path path) : path_{path} { begin_path(path_); }
    ~PathScope() { end_path(path_); }
    PathScope(const PathScope&) = delete;
    PathScope& operator=(const PathScope&) = delete;

private:
    Path path_;
};

} // namespace drywalk::kernel::hal
