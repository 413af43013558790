// SPDX-License-Identifier: MIT
// Which frame of a call stack an event is blamed on.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace drywalk::trace {

/// One frame: "file:line" or "function file:line", cut at the first space.
struct Frame {
    std::string_view function; ///< empty: not given
    std::string_view place;    ///< "file:line"
};

[[nodiscard]] Frame frame_of(std::string_view text);

/// True if `accessor` is the frame's function, its file, or the last parts of the file's path ("asm/pgtable.h").
[[nodiscard]] bool is_accessor(const Frame& frame, std::string_view accessor);

/// The "file:line" of the innermost frame that is no accessor; if all are, of the outermost one. `stack` holds at least
/// one frame, innermost last, with line feeds between them.
[[nodiscard]] std::string_view blamed_place(std::string_view stack, std::span<const std::string> accessors);

} // namespace drywalk::trace
