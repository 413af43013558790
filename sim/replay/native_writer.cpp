// SPDX-License-Identifier: MIT
#include "sim/replay/native_writer.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace drywalk::replay {

namespace {

constexpr std::size_t block = std::size_t{256} * 1024;

} // namespace

NativeEncoder::NativeEncoder(std::vector<unsigned char>& bytes) : bytes_{bytes}
{
    bytes_.insert(bytes_.end(), native::magic.begin(), native::magic.end());
    bytes_.push_back(native::version);
}

void NativeEncoder::append(const Reference& reference)
{
    const std::uint64_t address = reference.linear.value();
    const bool is_short = reference.bytes <= native::most_short_size;
    const std::uint32_t short_size = is_short ? reference.bytes : 0;
    bytes_.push_back(
        static_cast<unsigned char>(short_size << native::kind_bits | static_cast<unsigned>(reference.kind)));
    if (!is_short) append_number(reference.bytes);
    append_number(native::zigzag(address - expected_.of(reference.kind)));
    expected_.learn(reference.kind, address, reference.bytes);
    ++records_;
}

void NativeEncoder::finish(bool cut_short)
{
    bytes_.insert(bytes_.end(), {0, 0});
    append_number(records_);
    bytes_.push_back(cut_short ? native::flag_cut_short : 0);
}

void NativeEncoder::append_number(std::uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        bytes_.push_back(static_cast<unsigned char>(number | 0x80));
    bytes_.push_back(static_cast<unsigned char>(number));
}

NativeWriter::NativeWriter(std::filesystem::path file)
    : file_{std::move(file)}, partial_{fmt::format("{}.{}.partial", file_.string(), ::getpid())},
      stream_{std::fopen(partial_.c_str(), "wbe"), &std::fclose}, encoder_{bytes_}
{
    if (stream_ == nullptr) fail();
    if (std::filesystem::is_directory(file_)) {
        errno = EISDIR;
        fail();
    }
}

NativeWriter::~NativeWriter()
{
    std::error_code ignored;
    if (stream_ != nullptr) std::filesystem::remove(partial_, ignored);
}

void NativeWriter::write(std::span<const Reference> references)
{
    for (const Reference& reference : references)
        encoder_.append(reference);
    if (bytes_.size() >= block) flush();
}

void NativeWriter::finish(bool cut_short)
{
    encoder_.finish(cut_short);
    flush();
    if (std::fflush(stream_.get()) != 0 || std::rename(partial_.c_str(), file_.c_str()) != 0) fail();
    stream_.reset();
}

void NativeWriter::flush()
{
    if (std::fwrite(bytes_.data(), 1, bytes_.size(), stream_.get()) != bytes_.size()) fail();
    bytes_.clear();
}

void NativeWriter::fail() const
{
    throw InputError{
        one_line(fmt::format("{}: cannot be written: {}", file_.string(), std::generic_category().message(errno)))};
}

} // namespace drywalk::replay
