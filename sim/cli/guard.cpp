// SPDX-License-Identifier: MIT
#include "sim/cli/guard.hpp"

#include "sim/cli/exit_code.hpp"
#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>

namespace drywalk::cli {

namespace {

/// Names of files may be long; a line has room for what is wrong with them.
[[nodiscard]] std::string bounded(std::string_view line)
{
    constexpr std::size_t beginning = 1000;
    constexpr std::size_t end = 400;
    if (line.size() <= beginning + end) return std::string{line};
    return fmt::format("{} ... {}", line.substr(0, beginning), line.substr(line.size() - end));
}

/// One line for each mistake.
int bad_input(std::string_view lines)
{
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        fmt::print(stderr, "drywalk: {}\n", one_line(bounded(lines.substr(0, end))));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return exit_bad_input;
}

int internal_error(std::string_view what)
{
    fmt::print(
        stderr,
        "drywalk: internal error: {} (a mistake in drywalk: please report this line, the command with its files, "
        "and what drywalk --version says)\n",
        one_line(bounded(what)));
    return exit_internal_error;
}

} // namespace

int guarded(const std::string& about, const std::function<int()>& run)
{
    try {
        return run();
    } catch (const std::bad_alloc&) {
        return bad_input(fmt::format("{}: not enough memory (what it takes grows with the memory, the items and the "
                                     "findings of the input: give it less, or the process more)",
                                     about));
    } catch (const std::runtime_error& error) { // InputError, and what the operating system refuses
        return bad_input(error.what());
    } catch (const std::exception& error) {
        return internal_error(error.what());
    } catch (...) {
        return internal_error("an unknown exception");
    }
}

} // namespace drywalk::cli
