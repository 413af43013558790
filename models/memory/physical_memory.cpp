// SPDX-License-Identifier: MIT
#include "models/memory/physical_memory.hpp"

#include <stdexcept>
#include <string>

namespace drywalk::memory {

PhysicalMemory::PhysicalMemory(std::uint64_t bytes) : frames_(bytes / x86::small_page_bytes) {}

PhysicalMemory::Frame* PhysicalMemory::new_frame(x86::PhysicalAddress address)
{
    std::unique_ptr<Frame>& frame = frames_[frame_index(address)];
    frame = std::make_unique<Frame>();
    return frame.get();
}

void PhysicalMemory::throw_out_of_range(x86::PhysicalAddress address)
{
    throw std::out_of_range("no 8-byte word of physical memory at " + std::to_string(address.value()));
}

} // namespace drywalk::memory
