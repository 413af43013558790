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
        count += read_window(into.subspan(count));
    }
    return count;
}

/// Records that surely lie in the window, and at least one.
std::size_t NativeReader::read_window(std::span<Reference> into)
{
    const std::size_t surely = window_.left() < most_record_bytes ? 0 : window_.left() - most_record_bytes;
    const unsigned char* const last = window_.at() + surely;
    const unsigned char* begin = nullptr;
    Decoder decoder{window_.at(), expected_};
    Outcome outcome = Outcome::reference;
    std::size_t count = 0;
    do {
        begin = decoder.at();
        outcome = decoder.next(into[count]);
        if (outcome != Outcome::reference) break;
        ++count;
    } while (count < into.size() && decoder.at() <= last);
    records_ += count;
    expected_ = decoder.expected();
    if (outcome != Outcome::reference || decoder.at() > window_.at() + window_.left()) {
        advance(begin);
        settle(outcome, decoder);
        if (finished_) return count;
    }
    advance(decoder.at());
    return count;
}

/// The window stands where the record begins that `decoder` has read.
void NativeReader::settle(Outcome outcome, Decoder& decoder)
{
    switch (outcome) {
    case Outcome::reference: break;
    case Outcome::end: return finish(decoder);
    case Outcome::number_too_long: fail(decoder, "a number of more than 64 bits");
    case Outcome::bad_size:
        fail(decoder,
             fmt::format("a long size that is not from {} to {} bytes", most_short_size + 1, most_reference_bytes));
    case Outcome::not_canonical: fail(decoder, fmt::format("{:#x}: not a canonical address", decoder.address()));
    }
}

void NativeReader::finish(Decoder& decoder)
{
    std::uint64_t promised = 0;
    if (!decoder.number(promised)) fail(decoder, "a number of more than 64 bits");
    if (promised != records_) {
        fail(decoder, fmt::format("the end record tells of {} records, there are {}", promised, records_));
    }
    std::uint64_t flags = 0;
    if (!decoder.number(flags) || flags > flag_cut_short) fail(decoder, "unknown flags in the end record");
    advance(decoder.at());
    window_.slide();
    if (window_.left() != 0) window_.fail("something follows the end record");
    finished_ = true;
    cut_short_ = flags == flag_cut_short;
}

void NativeReader::advance(const unsigned char* to)
{
    if (!window_.advance(to)) window_.fail(was_cut);
}

void NativeReader::fail(const Decoder& decoder, std::string_view what) const
{
    const bool is_there = static_cast<std::size_t>(decoder.at() - window_.at()) <= window_.left();
    window_.fail(is_there ? what : was_cut);
}

} // namespace drywalk::replay
