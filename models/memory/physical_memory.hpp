// SPDX-License-Identifier: MIT
// Physical memory: sparse, zero until written, held in host memory frame by frame.
#pragma once

#include "models/x86/address.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace drywalk::memory {

/// Addresses run from 0 to size() - 1 bytes. An access outside, or one that is not aligned to 8 bytes, is the caller's
/// mistake and throws std::out_of_range.
class PhysicalMemory {
public:
    /// `bytes` is a multiple of 4 KiB.
    explicit PhysicalMemory(std::uint64_t bytes);

    [[nodiscard]] std::uint64_t size() const { return frames_.size() * x86::small_page_bytes; }

    [[nodiscard]] std::uint64_t read(x86::PhysicalAddress address) const
    {
        const Frame* frame = frames_[frame_index(address)].get();
        return frame == nullptr ? 0 : (*frame)[word_index(address)];
    }

    /// As read(), but zero where there is no memory, as a processor may see it.
    [[nodiscard]] std::uint64_t read_anywhere(x86::PhysicalAddress address) const
    {
        const std::uint64_t index = address.value() / x86::small_page_bytes;
        const Frame* frame = index < frames_.size() ? frames_[index].get() : nullptr;
        return frame == nullptr ? 0 : (*frame)[word_index(address)];
    }

    void write(x86::PhysicalAddress address, std::uint64_t value)
    {
        Frame* frame = frames_[frame_index(address)].get();
        if (frame == nullptr) frame = new_frame(address);
        (*frame)[word_index(address)] = value;
    }
    /// Keeps the host's memory for the page, which is likely to be written again.
    void zero_page(x86::PhysicalAddress page)
    {
        if (Frame* const frame = frames_[frame_index(page)].get()) frame->fill(0);
    }

private:
    using Frame = std::array<std::uint64_t, x86::small_page_bytes / 8>;

    [[nodiscard]] std::size_t frame_index(x86::PhysicalAddress address) const
    {
        const std::uint64_t index = address.value() / x86::small_page_bytes;
        if (index >= frames_.size() || address.value() % 8 != 0) throw_out_of_range(address);
        return index;
    }
    [[nodiscard]] static std::size_t word_index(x86::PhysicalAddress address)
    {
        return address.offset(x86::PageSize::size_4k) / 8;
    }
    Frame* new_frame(x86::PhysicalAddress address);
    [[noreturn]] static void throw_out_of_range(x86::PhysicalAddress address);

    std::vector<std::unique_ptr<Frame>> frames_;
};

} // namespace drywalk::memory
