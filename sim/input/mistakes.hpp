// SPDX-License-Identifier: MIT
// Several mistakes of one input, reported together.
#pragma once

#include "sim/input/input_error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace drywalk {

/// The most lines of one report of mistakes.
inline constexpr std::size_t most_reported_mistakes = 20;

/// Collects what checks that do not depend on each other complain about.
class Mistakes {
public:
    /// Runs `check` and keeps the InputError that it may throw; false if it threw one.
    template <typename Check>
    bool gather(const Check& check)
    {
        try {
            check();
            return true;
        } catch (const InputError& error) {
            add(error.what());
            return false;
        }
    }

    /// One mistake a line; a line that is there already is not repeated.
    void add(std::string_view lines);

    [[nodiscard]] bool empty() const { return lines_.empty(); }
    /// There are more than will be told: no need to look for others.
    [[nodiscard]] bool full() const { return lines_.size() > most_reported_mistakes; }

    /// Throws InputError with the first of them, one a line.
    void throw_if_any() const;

private:
    std::vector<std::string> lines_; ///< at most one more than are reported
};

} // namespace drywalk
