// SPDX-License-Identifier: MIT
// A byte source whose front can be looked at before it is read.
#pragma once

#include "sim/trace/byte_source.hpp"

#include <memory>
#include <string>

namespace drywalk::trace {

/// Gives back first what was taken to see what kind of input it is.
class PeekedSource : public ByteSource {
public:
    /// Takes `bytes` from `inner`, or as many as there are.
    PeekedSource(std::unique_ptr<ByteSource> inner, std::size_t bytes);

    [[nodiscard]] const std::string& front() const { return front_; }
    [[nodiscard]] std::size_t read(char* into, std::size_t most) override;
    [[nodiscard]] std::uint64_t consumed() const override { return inner_->consumed(); }

private:
    std::unique_ptr<ByteSource> inner_;
    std::string front_;
    std::size_t given_ = 0;
};

} // namespace drywalk::trace
