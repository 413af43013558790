// SPDX-License-Identifier: MIT
// What the processors of a machine share: memory, data caches, the watch over the tables, and the observers.
#pragma once

#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/table_watch.hpp"
#include "sim/platform/event_observer.hpp"

#include <utility>
#include <vector>

namespace drywalk::platform {

class SharedMemory {
public:
    using Where = kernel::hal::Where;

    /// `caches` and the observers outlive this. `fast_path` as for mmu::TableWatch's precision.
    SharedMemory(std::uint64_t bytes, memory::Port& caches, std::vector<EventObserver*> observers, bool fast_path)
        : memory_{bytes}, caches_{caches}, watch_{bytes, fast_path}, observers_{std::move(observers)}
    {
    }

    [[nodiscard]] memory::PhysicalMemory& memory() { return memory_; }
    [[nodiscard]] const memory::PhysicalMemory& memory() const { return memory_; }
    [[nodiscard]] memory::Port& caches() { return caches_; }
    [[nodiscard]] mmu::TableWatch& watch() { return watch_; }

    [[nodiscard]] const std::vector<EventObserver*>& observers() const { return observers_; }
    template <typename Tell>
    void observe(Tell&& tell)
    {
        for (EventObserver* const observer : observers_)
            tell(*observer);
    }

    /// Processor `cpu` stores a word.
    void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where)
    {
        memory_.write(address, value);
        watch_.store(address);
        note_write(cpu, address, value, where);
    }
    /// The same if that changes the word; the caller tells the watch when it has changed all that it wants to.
    void change(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where)
    {
        if (memory_.read(address) == value) return;
        memory_.write(address, value);
        note_write(cpu, address, value, where);
    }
    /// Tells the observers alone.
    void note_write(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where)
    {
        observe([&](EventObserver& observer) { observer.store(cpu, address, value, where); });
    }

private:
    memory::PhysicalMemory memory_;
    memory::Port& caches_;
    mmu::TableWatch watch_;
    std::vector<EventObserver*> observers_;
};

} // namespace drywalk::platform
