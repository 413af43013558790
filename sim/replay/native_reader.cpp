// SPDX-License-Identifier: MIT
#include "sim/replay/native_reader.hpp"

#include <fmt/format.h>

#include <cstring>

namespace drywalk::replay {

using namespace native;

static_assert(most_record_bytes <= ByteWindow::most_record_bytes);

namespace {

constexpr std::string_view was_cut = "the trace ends without its end record: it was cut";

} // namespace

NativeReader::NativeReader(std::unique_ptr<trace::ByteSource> source, const std::string& file)
    : window_{std::move(source), file}
{
    window_.slide();
    const unsigned char* const at = window_.at();
    if (window_.left() < header_bytes) window_.fail("the trace ends in its header");
    if (std::memcmp(at, magic.data(), magic.size()) != 0) {
        window_.fail("no magic number of a drywalk reference trace (was it transferred as text?)");
    }
    if (at[magic.size()] != version) {
        window_.fail(
            fmt::format("version {} of the format (this program reads version {})", at[magic.size()], version));
    }
    advance(at + header_bytes);
}

std::size_t NativeReader::read(std::span<Reference> into)
{
    std::size_t count = 0;
    while (count < into.size() && !finished_) {
        window_.slide();
        const unsigned char* at = window_.at();
        const unsigned head = *at++;
        const auto kind = static_cast<ReferenceKind>(head & ((1U << kind_bits) - 1));
        std::uint32_t bytes = head >> kind_bits;
        if (bytes == 0) {
            bytes = long_size(kind, at);
            if (bytes == 0) {
                finish(at, records_ + count);
                break;
            }
        }
        const std::uint64_t address = expected_.of(kind) + unzigzag(number(at));
        const std::optional<x86::LinearAddress> linear = reference_address(address, bytes);
        if (!linear) fail(at, fmt::format("{:#x}: not a canonical address", address));
        advance(at);
        expected_.learn(kind, address, bytes);
        into[count++] = {*linear, bytes, kind};
    }
    records_ += count;
    return count;
}

std::uint64_t NativeReader::number(const unsigned char*& at) const
{
    if (const unsigned char first = *at; first < 0x80) {
        ++at;
        return first;
    }
    return long_number(at);
}

std::uint64_t NativeReader::long_number(const unsigned char*& at) const
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t byte = *at++;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (shift == 63 && byte > 1) break;
            return value;
        }
    }
    fail(at, "a number of more than 64 bits");
}

std::uint32_t NativeReader::long_size(ReferenceKind kind, const unsigned char*& at) const
{
    const std::uint64_t bytes = number(at);
    if (bytes == 0 && kind == ReferenceKind::fetch) return 0;
    if (bytes <= most_short_size || bytes > most_reference_bytes) {
        fail(at, fmt::format("a long size that is not from {} to {} bytes", most_short_size + 1, most_reference_bytes));
    }
    return static_cast<std::uint32_t>(bytes);
}

void NativeReader::finish(const unsigned char* at, std::uint64_t records)
{
    const std::uint64_t promised = number(at);
    const unsigned char flags = *at++;
    if (promised != records) {
        fail(at, fmt::format("the end record tells of {} records, there are {}", promised, records));
    }
    if (flags > flag_cut_short) fail(at, "unknown flags in the end record");
    advance(at);
    window_.slide();
    if (window_.left() != 0) window_.fail("something follows the end record");
    finished_ = true;
    cut_short_ = flags == flag_cut_short;
}

void NativeReader::advance(const unsigned char* to)
{
    if (!window_.advance(to)) window_.fail(was_cut);
}

void NativeReader::fail(const unsigned char* at, std::string_view what) const
{
    const bool is_there = static_cast<std::size_t>(at - window_.at()) <= window_.left();
    window_.fail(is_there ? what : was_cut);
}

} // namespace drywalk::replay
