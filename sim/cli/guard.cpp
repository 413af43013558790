// SPDX-License-Identifier: MIT
#include "sim/cli/guard.hpp"

#include "sim/cli/exit_code.hpp"
#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>

namespace drywalk::cli {

namespace {

[[nodiscard]] int internal_error(std::string_view what)
{
    fmt::print(
        stderr,
        "drywalk: internal error: {} (a mistake in drywalk: please report this line, the command with its files, "
        "and what drywalk --version says)\n",
        one_line(what));
    return exit_internal_error;
}

} // namespace

int guarded(const std::function<int()>& run)
{
    try {
        return run();
    } catch (const std::bad_alloc&) {
        std::fputs("drywalk: not enough memory (what it takes grows with the memory and the findings of the input)\n",
                   stderr);
        return exit_bad_input;
    } catch (const std::runtime_error& error) { // InputError, and what the operating system refuses
        fmt::print(stderr, "drywalk: {}\n", error.what());
        return exit_bad_input;
    } catch (const std::exception& error) {
        return internal_error(error.what());
    } catch (...) {
        return internal_error("an unknown exception");
    }
}

} // namespace drywalk::cli
