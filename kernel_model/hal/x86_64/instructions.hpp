// SPDX-License-Identifier: MIT
// The instructions that C++ has no words for. Together with the .S files this is all the assembly there is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace drywalk::kernel::x86_64 {

inline void out_byte(std::uint16_t port, std::uint8_t value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

inline void out_long(std::uint16_t port, std::uint32_t value)
{
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

[[nodiscard]] inline std::uint8_t in_byte(std::uint16_t port)
{
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

[[nodiscard]] inline std::uint64_t read_cr0()
{
    std::uint64_t value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

[[nodiscard]] inline std::uint64_t read_cr2()
{
    std::uint64_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

[[nodiscard]] inline std::uint64_t read_cr3()
{
    std::uint64_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

[[nodiscard]] inline std::uint64_t read_cr4()
{
    std::uint64_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

inline void write_cr0(std::uint64_t value) { asm volatile("mov %0, %%cr0" : : "r"(value) : "memory"); }

inline void write_cr3(std::uint64_t value) { asm volatile("mov %0, %%cr3" : : "r"(value) : "memory"); }

inline void write_cr4(std::uint64_t value) { asm volatile("mov %0, %%cr4" : : "r"(value) : "memory"); }

[[nodiscard]] inline std::uint64_t read_msr(std::uint32_t index)
{
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return std::uint64_t{high} << 32 | low;
}

inline void write_msr(std::uint32_t index, std::uint64_t value)
{
    asm volatile("wrmsr"
                 :
                 : "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32)), "c"(index)
                 : "memory");
}

inline void invalidate_page(std::uint64_t linear) { asm volatile("invlpg (%0)" : : "r"(linear) : "memory"); }

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};

[[nodiscard]] inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0)
{
    CpuidResult result;
    asm volatile("cpuid"
                 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                 : "a"(leaf), "c"(subleaf));
    return result;
}

/// The time-stamp counter, read after everything before it has been done.
[[nodiscard]] inline std::uint64_t read_time_stamp()
{
    std::uint32_t low, high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return std::uint64_t{high} << 32 | low;
}

inline void fill_words(void* destination, std::uint64_t value, std::size_t words)
{
    asm volatile("rep stosq" : "+D"(destination), "+c"(words) : "a"(value) : "memory");
}

inline void copy_words(void* destination, const void* source, std::size_t words)
{
    asm volatile("rep movsq" : "+D"(destination), "+S"(source), "+c"(words) : : "memory");
}

inline void fill_bytes(void* destination, std::uint8_t value, std::size_t bytes)
{
    asm volatile("rep stosb" : "+D"(destination), "+c"(bytes) : "a"(value) : "memory");
}

inline void copy_forward(void* destination, const void* source, std::size_t bytes)
{
    asm volatile("rep movsb" : "+D"(destination), "+S"(source), "+c"(bytes) : : "memory");
}

/// From the last byte to the first, for a destination that overlaps the source from above.
inline void copy_backward(void* destination, const void* source, std::size_t bytes)
{
    void* last_destination = static_cast<std::byte*>(destination) + bytes - 1;
    const void* last_source = static_cast<const std::byte*>(source) + bytes - 1;
    asm volatile("std\n\trep movsb\n\tcld" : "+D"(last_destination), "+S"(last_source), "+c"(bytes) : : "memory");
}

/// The operand of LGDT and LIDT. [intel/vol3] 3.5.1
struct [[gnu::packed]] DescriptorTablePointer {
    std::uint16_t limit;
    const void* base;
};

inline void load_gdt(const DescriptorTablePointer& table) { asm volatile("lgdt %0" : : "m"(table)); }

inline void load_idt(const DescriptorTablePointer& table) { asm volatile("lidt %0" : : "m"(table)); }

inline void load_task_register(std::uint16_t selector) { asm volatile("ltr %0" : : "r"(selector)); }

/// Loads CS by a far return to the next instruction.
inline void load_code_segment(std::uint64_t selector)
{
    asm volatile("push %0\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tlretq\n1:" : : "r"(selector) : "rax", "memory");
}

[[noreturn]] inline void halt_forever()
{
    for (;;)
        asm volatile("hlt");
}

} // namespace drywalk::kernel::x86_64
