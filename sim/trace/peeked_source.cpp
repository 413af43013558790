// SPDX-License-Identifier: MIT
#include "sim/trace/peeked_source.hpp"

#include <algorithm>
#include <cstring>

namespace drywalk::trace {

PeekedSource::PeekedSource(std::unique_ptr<ByteSource> inner, std::size_t bytes)
    : inner_{std::move(inner)}, front_(bytes, '\0')
{
    std::size_t taken = 0;
    while (taken < bytes) {
        const std::size_t count = inner_->read(front_.data() + taken, bytes - taken);
        if (count == 0) break;
        taken += count;
    }
    front_.resize(taken);
}

std::size_t PeekedSource::read(char* into, std::size_t most)
{
    if (given_ == front_.size()) return inner_->read(into, most);
    const std::size_t count = std::min(most, front_.size() - given_);
    std::memcpy(into, front_.data() + given_, count);
    given_ += count;
    return count;
}

} // namespace drywalk::trace
