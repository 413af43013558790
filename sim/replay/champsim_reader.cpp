// SPDX-License-Identifier: MIT
#include "sim/replay/champsim_reader.hpp"

#include <fmt/format.h>

#include <cstring>

namespace drywalk::replay {

namespace {

constexpr std::size_t record_bytes = 64;
constexpr std::size_t is_branch_offset = 8;
constexpr std::size_t branch_taken_offset = 9;
constexpr std::size_t destinations_offset = 16;
constexpr std::size_t destination_count = 2;
constexpr std::size_t sources_offset = 32;
constexpr std::size_t source_count = 4;
constexpr std::size_t most_references = 1 + source_count + destination_count;

static_assert(record_bytes <= ByteWindow::most_record_bytes);
static_assert(most_references <= ReferenceReader::least_batch);

/// Byte by byte, so that the host's byte order does not matter; compilers make one load of it.
[[nodiscard]] std::uint64_t word_at(const unsigned char* bytes)
{
    std::uint64_t value = 0;
    for (unsigned index = 0; index < 8; ++index)
        value |= std::uint64_t{bytes[index]} << (8 * index);
    return value;
}

[[nodiscard]] bool flags_are_valid(const unsigned char* record)
{
    return record[is_branch_offset] <= 1 && record[branch_taken_offset] <= 1;
}

/// The first address of a record that is not canonical, if there is one.
[[nodiscard]] std::optional<std::uint64_t> bad_address(const unsigned char* record)
{
    if (const std::uint64_t ip = word_at(record); !x86::is_canonical(ip)) return ip;
    for (std::size_t offset = destinations_offset; offset < record_bytes; offset += 8) {
        if (const std::uint64_t address = word_at(record + offset); !x86::is_canonical(address)) return address;
    }
    return std::nullopt;
}

/// Appends the addresses at `words` that are not 0.
[[nodiscard]] std::size_t append(std::span<Reference> into, std::size_t count, const unsigned char* words,
                                 std::size_t how_many, ReferenceKind kind)
{
    for (std::size_t index = 0; index < how_many; ++index) {
        const std::uint64_t address = word_at(words + 8 * index);
        if (address != 0) into[count++] = {x86::LinearAddress::truncate(address), 1, kind};
    }
    return count;
}

} // namespace

bool ChampsimReader::recognises(std::string_view front)
{
    if (front.size() < record_bytes) return false;
    unsigned char record[record_bytes];
    std::memcpy(record, front.data(), record_bytes);
    return flags_are_valid(record) && !bad_address(record) && word_at(record) != 0;
}

std::size_t ChampsimReader::read(std::span<Reference> into)
{
    std::size_t count = 0;
    while (count + most_references <= into.size()) {
        window_.slide();
        if (window_.left() == 0) break;
        const unsigned char* const record = window_.at();
        check(record);
        into[count++] = {x86::LinearAddress::truncate(word_at(record)), 1, ReferenceKind::fetch};
        count = append(into, count, record + sources_offset, source_count, ReferenceKind::load);
        count = append(into, count, record + destinations_offset, destination_count, ReferenceKind::store);
        static_cast<void>(window_.advance(record + record_bytes)); // check() knows that it is all there
    }
    return count;
}

void ChampsimReader::check(const unsigned char* record) const
{
    if (window_.left() < record_bytes) {
        window_.fail(
            fmt::format("the trace ends in the middle of a record ({} of {} bytes)", window_.left(), record_bytes));
    }
    if (!flags_are_valid(record)) {
        window_.fail("no ChampSim record: is_branch and branch_taken, its bytes 8 and 9, are not 0 or 1");
    }
    if (const auto address = bad_address(record)) {
        window_.fail(fmt::format("a record with {:#x}: not a canonical address", *address));
    }
}

} // namespace drywalk::replay
