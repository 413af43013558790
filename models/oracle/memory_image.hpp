// SPDX-License-Identifier: MIT
// Physical memory as the oracle sees it: every word with the event that stored it.
#pragma once

#include "models/oracle/trail.hpp"
#include "models/x86/entry.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace drywalk::oracle {

/// Sparse; zero until stored to, and zero beyond the end.
class MemoryImage {
public:
    struct Frame {
        std::array<std::uint64_t, x86::entries_per_table> words{};
        std::array<EventIndex, x86::entries_per_table> stored_by{};
        /// By which event software last stored A = 0 over something; null if it never did in this frame. The
        /// processor may have set A in what stood there before. [intel/vol3] 4.10.2.3
        std::unique_ptr<std::array<EventIndex, x86::entries_per_table>> accessed_cleared_by;
        /// Bit `level` is set while the frame is a known table of that level; see TableGraph.
        std::uint8_t table_levels = 0;
    };

    explicit MemoryImage(std::uint64_t bytes) : bytes_{bytes} {}

    /// The frame that holds `address`; null if nothing was ever stored there.
    [[nodiscard]] Frame* find(x86::PhysicalAddress address)
    {
        const std::uint64_t number = address.value() / x86::small_page_bytes;
        Recent& recent = recent_[number % recent_.size()];
        if (recent.number == number) return recent.frame;
        const auto found = frames_.find(number);
        if (found == frames_.end()) return nullptr;
        recent = {number, found->second.get()};
        return recent.frame;
    }
    [[nodiscard]] const Frame* find(x86::PhysicalAddress address) const
    {
        const auto found = frames_.find(address.value() / x86::small_page_bytes);
        return found == frames_.end() ? nullptr : found->second.get();
    }

    /// The frame that holds `address`, made if need be.
    [[nodiscard]] Frame& frame(x86::PhysicalAddress address)
    {
        if (Frame* const known = find(address)) return *known;
        auto& slot = frames_[address.value() / x86::small_page_bytes];
        slot = std::make_unique<Frame>();
        return *slot;
    }

    [[nodiscard]] x86::Entry read(x86::PhysicalAddress address)
    {
        const Frame* const known = address.value() < bytes_ ? find(address) : nullptr;
        return x86::Entry{known == nullptr ? 0 : known->words[word_of(address)]};
    }
    [[nodiscard]] EventIndex stored_by(x86::PhysicalAddress address)
    {
        const Frame* const known = find(address);
        return known == nullptr ? 0 : known->stored_by[word_of(address)];
    }

    /// Software stores `value` at `address`.
    void store(x86::PhysicalAddress address, std::uint64_t value, EventIndex event)
    {
        Frame& stored = frame(address);
        const std::size_t word = word_of(address);
        if (stored.words[word] != 0 && !x86::Entry{value}.accessed()) {
            auto& cleared = stored.accessed_cleared_by;
            if (!cleared) cleared = std::make_unique<std::array<EventIndex, x86::entries_per_table>>();
            (*cleared)[word] = event;
        }
        stored.words[word] = value;
        stored.stored_by[word] = event;
    }

    /// Calls `visit` with the address of each frame of [address, address + bytes) that something was stored to.
    template <typename Visit>
    void for_each_frame(x86::PhysicalAddress address, std::uint64_t bytes, Visit&& visit)
    {
        const std::uint64_t first = address.value() / x86::small_page_bytes;
        const std::uint64_t last = (address.value() + bytes - 1) / x86::small_page_bytes;
        const auto offer = [&](std::uint64_t number, Frame& frame) {
            visit(x86::PhysicalAddress{number * x86::small_page_bytes}, frame);
        };
        if (last - first >= frames_.size()) {
            for (const auto& [number, frame] : frames_) {
                if (number >= first && number <= last) offer(number, *frame);
            }
            return;
        }
        for (std::uint64_t number = first; number <= last; ++number) {
            if (const auto found = frames_.find(number); found != frames_.end()) offer(number, *found->second);
        }
    }

    /// True if software cleared A in the slot after what was read of it.
    [[nodiscard]] bool accessed_cleared_since(const Trail::Slot& slot)
    {
        if (slot.address == Trail::none) return false;
        const x86::PhysicalAddress address{slot.address};
        const Frame* const known = find(address);
        if (known == nullptr || !known->accessed_cleared_by) return false;
        return (*known->accessed_cleared_by)[word_of(address)] > slot.stored_by;
    }

    [[nodiscard]] static std::size_t word_of(x86::PhysicalAddress address)
    {
        return address.offset(x86::PageSize::size_4k) / x86::entry_bytes;
    }

private:
    struct Recent {
        std::uint64_t number = ~std::uint64_t{0};
        Frame* frame = nullptr;
    };

    std::uint64_t bytes_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Frame>> frames_;
    std::array<Recent, 256> recent_{}; ///< saves most searches
};

} // namespace drywalk::oracle
