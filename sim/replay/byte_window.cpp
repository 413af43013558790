// SPDX-License-Identifier: MIT
#include "sim/replay/byte_window.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace drywalk::replay {

namespace {

constexpr std::size_t block = std::size_t{256} * 1024;

} // namespace

ByteWindow::ByteWindow(std::unique_ptr<trace::ByteSource> source, std::string file)
    : source_{std::move(source)}, file_{std::move(file)},
      buffer_(block + 2 * most_record_bytes), at_{buffer_.data()}, end_{buffer_.data()}
{
}

void ByteWindow::refill()
{
    const std::size_t kept = left();
    std::memmove(buffer_.data(), at_, kept);
    unsigned char* end = buffer_.data() + kept;
    while (!at_end_ && static_cast<std::size_t>(end - buffer_.data()) < most_record_bytes) {
        const std::size_t count = source_->read(reinterpret_cast<char*>(end), block);
        end += count;
        end_offset_ += count;
        at_end_ = count == 0;
    }
    if (at_end_) std::fill_n(end, most_record_bytes, static_cast<unsigned char>(0));
    at_ = buffer_.data();
    end_ = end;
}

void ByteWindow::fail(std::string_view what) const
{
    throw InputError{one_line(fmt::format("{}: byte {}: {}", file_, end_offset_ - left(), what))};
}

} // namespace drywalk::replay
