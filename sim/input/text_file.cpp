// SPDX-License-Identifier: MIT
#include "sim/input/text_file.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/files_read.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace drywalk {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what)
{
    throw InputError{one_line(file.string() + ": " + what)};
}

[[nodiscard]] std::string expectation(Expected expected)
{
    switch (expected) {
    case Expected::json: return "(a JSON file is expected)";
    case Expected::csv: return "(a CSV file is expected)";
    case Expected::baseline: return "(a baseline is expected; --write-baseline writes one)";
    }
    return "";
}

/// An open file; closed again with it.
class Descriptor {
public:
    explicit Descriptor(const std::filesystem::path& file) : number_{::open(file.c_str(), O_RDONLY | O_CLOEXEC)} {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] bool is_directory() const
    {
        struct stat status {};
        return ::fstat(number_, &status) == 0 && S_ISDIR(status.st_mode);
    }
    /// -1 with errno on failure.
    template <std::size_t Size>
    [[nodiscard]] ssize_t read(std::array<char, Size>& into) const
    {
        for (;;) {
            const ssize_t count = ::read(number_, into.data(), into.size());
            if (count >= 0 || errno != EINTR) return count;
        }
    }

private:
    int number_;
};

} // namespace

std::string read_text(const std::filesystem::path& file, Expected expected, std::size_t most)
{
    const Descriptor descriptor{file};
    if (!descriptor.is_open() && errno == ENOENT) fail(file, "no such file " + expectation(expected));
    if (!descriptor.is_open()) fail(file, "cannot be read: " + std::generic_category().message(errno));
    if (descriptor.is_directory()) fail(file, "is a directory " + expectation(expected));
    note_read(descriptor.number());
    std::string text;
    std::array<char, std::size_t{64} * 1024> block{};
    while (text.size() <= most) {
        const ssize_t count = descriptor.read(block);
        if (count < 0) fail(file, "cannot be read: " + std::generic_category().message(errno));
        if (count == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
    }
    fail(file, fmt::format("is longer than {} MiB", most / 1024 / 1024));
}

} // namespace drywalk
