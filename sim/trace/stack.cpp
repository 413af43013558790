// SPDX-License-Identifier: MIT
#include "sim/trace/stack.hpp"

#include <algorithm>

namespace drywalk::trace {

Frame frame_of(std::string_view text)
{
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {{}, text};
    return {text.substr(0, space), text.substr(space + 1)};
}

bool is_accessor(const Frame& frame, std::string_view accessor)
{
    if (accessor.empty()) return false;
    if (frame.function == accessor) return true;
    const std::string_view file = frame.place.substr(0, frame.place.rfind(':'));
    if (!file.ends_with(accessor)) return false;
    return file.size() == accessor.size() || file[file.size() - accessor.size() - 1] == '/';
}

std::string_view blamed_place(std::string_view stack, std::span<const std::string> accessors)
{
    for (;;) {
        const std::size_t before = stack.rfind('\n');
        const Frame frame = frame_of(before == std::string_view::npos ? stack : stack.substr(before + 1));
        const bool passed_on =
            std::ranges::any_of(accessors, [&](std::string_view accessor) { return is_accessor(frame, accessor); });
        if (!passed_on || before == std::string_view::npos) return frame.place;
        stack = stack.substr(0, before);
    }
}

} // namespace drywalk::trace
