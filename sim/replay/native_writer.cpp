// SPDX-License-Identifier: MIT
#include "sim/replay/native_writer.hpp"

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

NativeWriter::NativeWriter(std::filesystem::path file) : file_{std::move(file)}, encoder_{bytes_} {}

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
    file_.commit();
}

void NativeWriter::flush()
{
    file_.write({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
    bytes_.clear();
}

} // namespace drywalk::replay
