// SPDX-License-Identifier: MIT
#include "sim/trace/spooled_input.hpp"

#include "sim/input/complaint.hpp"
#include "sim/trace/byte_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <cstdlib>
#include <unistd.h>

namespace drywalk::trace {

namespace {

[[nodiscard]] int unnamed_file(const std::string& folder)
{
    std::string pattern = folder + "/drywalk.XXXXXX";
    const int descriptor = ::mkstemp(pattern.data());
    if (descriptor >= 0) ::unlink(pattern.c_str());
    return descriptor;
}

[[nodiscard]] std::string temporary_folder()
{
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(ignored);
    return folder.empty() ? "/tmp" : folder.string();
}

} // namespace

SpooledInput::SpooledInput(int descriptor, std::string name, const std::atomic<bool>* stop)
    : descriptor_{descriptor}, name_{std::move(name)}, folder_{temporary_folder()}, stop_{stop}
{
}

SpooledInput::~SpooledInput()
{
    if (kept_ >= 0) ::close(kept_);
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::size_t SpooledInput::read_at(std::uint64_t offset, char* into, std::size_t most)
{
    const bool again = offset < size_;
    if (again) most = static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - offset));
    for (;;) {
        const ssize_t count =
            again ? ::pread(kept_, into, most, static_cast<off_t>(offset)) : ::read(descriptor_, into, most);
        if (count >= 0) {
            if (!again) keep(into, static_cast<std::size_t>(count));
            return static_cast<std::size_t>(count);
        }
        if (errno == EINTR && stop_ != nullptr && *stop_) throw Interrupted{};
        if (errno != EINTR) {
            throw InputError{
                one_line(fmt::format("{}: cannot be read: {}", name_, std::generic_category().message(errno)))};
        }
    }
}

void SpooledInput::keep(const char* bytes, std::size_t count)
{
    if (kept_ < 0) kept_ = unnamed_file(folder_);
    if (kept_ < 0) fail_to_keep();
    while (count != 0) {
        const ssize_t written = ::pwrite(kept_, bytes, count, static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail_to_keep();
        bytes += written;
        count -= static_cast<std::size_t>(written);
        size_ += static_cast<std::uint64_t>(written);
    }
}

void SpooledInput::fail_to_keep() const
{
    throw InputError{one_line(fmt::format(
        "{}: cannot be kept in {} to be read twice: {} (set TMPDIR to a folder with room, or give it as a file)", name_,
        folder_, std::generic_category().message(errno)))};
}

} // namespace drywalk::trace
