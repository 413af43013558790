// SPDX-License-Identifier: MIT
#include "sim/cli/output.hpp"

#include "sim/scenario/input_error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include <unistd.h>

namespace drywalk::cli {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot_write(const fs::path& file, const std::string& why)
{
    throw InputError(fmt::format("{}: cannot be written: {}", file.string(), why));
}

} // namespace

void write_whole(const fs::path& file, const std::string& text)
{
    std::error_code error;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
    if (error) cannot_write(file, error.message());
    const fs::path partial = fmt::format("{}.{}.partial", file.string(), ::getpid());
    std::ofstream stream{partial, std::ios::binary | std::ios::trunc};
    stream << text;
    stream.close();
    if (!stream) {
        fs::remove(partial, error);
        cannot_write(file, "no such folder, no permission, or no space left");
    }
    fs::rename(partial, file, error);
    if (error) {
        const std::string why = error.message();
        fs::remove(partial, error);
        cannot_write(file, why);
    }
}

ProgressLine::ProgressLine(std::string what)
    : what_{std::move(what)}, terminal_{::isatty(STDERR_FILENO) != 0}, start_{std::chrono::steady_clock::now()}
{
}

ProgressLine::~ProgressLine()
{
    if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(std::size_t done, std::size_t all)
{
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    if (!terminal_ || elapsed.count() < 1) return;
    const double left = done == 0 ? 0 : elapsed.count() / static_cast<double>(done) * static_cast<double>(all - done);
    fmt::print(stderr, "\r\033[K{} {}/{}, about {:.0f} s left", what_, done, all, left);
    std::fflush(stderr);
    shown_ = true;
}

} // namespace drywalk::cli
