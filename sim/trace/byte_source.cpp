// SPDX-License-Identifier: MIT
#include "sim/trace/byte_source.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/files_read.hpp"
#include "sim/trace/decompressor.hpp"
#include "sim/trace/peeked_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace drywalk::trace {

namespace {

[[noreturn]] void fail(const std::string& file, const std::string& what)
{
    throw InputError{one_line(fmt::format("{}: {}", file, what))};
}

class DescriptorSource : public ByteSource {
public:
    DescriptorSource(int descriptor, std::string file, const std::atomic<bool>* stop)
        : descriptor_{descriptor}, file_{std::move(file)}, stop_{stop}
    {
    }
    ~DescriptorSource() override
    {
        if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
    }
    DescriptorSource(const DescriptorSource&) = delete;
    DescriptorSource& operator=(const DescriptorSource&) = delete;

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override
    {
        for (;;) {
            const ssize_t count = ::read(descriptor_, into, most);
            if (count >= 0) {
                consumed_ += static_cast<std::uint64_t>(count);
                return static_cast<std::size_t>(count);
            }
            if (errno == EINTR && stop_ != nullptr && *stop_) throw Interrupted{};
            if (errno != EINTR) fail(file_, "cannot be read: " + std::generic_category().message(errno));
        }
    }
    [[nodiscard]] std::uint64_t consumed() const override { return consumed_; }

private:
    int descriptor_;
    std::string file_;
    const std::atomic<bool>* stop_;
    std::uint64_t consumed_ = 0;
};

class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::string bytes) : kept_{std::move(bytes)}, bytes_{kept_} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override { return bytes_.read(into, most); }
    [[nodiscard]] std::uint64_t consumed() const override { return bytes_.consumed(); }

private:
    std::string kept_;
    BorrowedBytes bytes_;
};

} // namespace

std::size_t BorrowedBytes::read(char* into, std::size_t most)
{
    const std::size_t count = std::min(most, bytes_.size() - at_);
    std::memcpy(into, bytes_.data() + at_, count);
    at_ += count;
    return count;
}

int open_descriptor(const std::string& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT) fail(file, "no such file (a trace is expected, or - for standard input)");
        fail(file, "cannot be read: " + std::generic_category().message(errno));
    }
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        ::close(descriptor);
        fail(file, "is a directory (a trace is expected)");
    }
    note_read(descriptor);
    return descriptor;
}

std::unique_ptr<ByteSource> open_source(std::unique_ptr<ByteSource> raw, const std::string& file)
{
    auto peeked = std::make_unique<PeekedSource>(std::move(raw), magic_bytes);
    const std::string magic = peeked->front();
    return decompressed(std::move(peeked), magic, file);
}

std::unique_ptr<ByteSource> open_bytes(const std::string& file, const std::atomic<bool>* stop)
{
    const bool standard_input = file == "-";
    const int descriptor = standard_input ? STDIN_FILENO : open_descriptor(file);
    const std::string name = standard_input ? "standard input" : file;
    return open_source(std::make_unique<DescriptorSource>(descriptor, name, stop), name);
}

std::unique_ptr<ByteSource> open_memory(std::string bytes, const std::string& file)
{
    return open_source(std::make_unique<MemorySource>(std::move(bytes)), file);
}

} // namespace drywalk::trace
