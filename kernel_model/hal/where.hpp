// SPDX-License-Identifier: MIT
// The line of the kernel that asks the machine for something: what a judge names.
#pragma once

#if __STDC_HOSTED__
#include <cstdint>
#endif

namespace drywalk::kernel::hal {

#if __STDC_HOSTED__
/// As much of std::source_location as a judge needs; Clang 14 cannot read the one of GCC's library.
class Where {
public:
    /// As a default argument: the place of the call.
    [[nodiscard]] static constexpr Where current(const char* file = __builtin_FILE(),
                                                 std::uint_least32_t line = __builtin_LINE())
    {
        Where where;
        where.file_ = file;
        where.line_ = line;
        return where;
    }
    [[nodiscard]] constexpr const char* file_name() const { return file_; }
    [[nodiscard]] constexpr std::uint_least32_t line() const { return line_; }

private:
    const char* file_ = "";
    std::uint_least32_t line_ = 0;
};
#else
/// A real machine has no use for it: nothing is passed, and the kernel's paths cost what they cost without.
struct Where {
    [[nodiscard]] static constexpr Where current() { return {}; }
};
#endif

} // namespace drywalk::kernel::hal
