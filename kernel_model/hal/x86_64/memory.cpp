// SPDX-License-Identifier: MIT
// Physical memory through the direct map or the state cache window, and the functions that a freestanding compiler may
// call.

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/hal/x86_64/path_counters.hpp"
#include "kernel_model/program/layout.hpp"

#include <cstddef>

namespace drywalk::kernel::hal {

namespace {

constexpr std::size_t words_per_page = 512;

PhysicalAddress window_begin; ///< of the pages that the state cache window shows
std::uint64_t window_bytes;

template <typename T>
[[nodiscard]] T* direct(PhysicalAddress address)
{
    return reinterpret_cast<T*>(layout::direct_map.value() + address.value());
}

template <typename T>
[[nodiscard]] T* windowed(PhysicalAddress address)
{
    const std::uint64_t offset = address - window_begin;
    if (offset >= window_bytes) return direct<T>(address);
    return reinterpret_cast<T*>(layout::state_cache_window.value() + offset);
}

// These are opaque to their callers, so that each call is one access.
std::uint64_t load_direct(PhysicalAddress address) { return *direct<const std::uint64_t>(address); }
void store_direct(PhysicalAddress address, std::uint64_t value) { *direct<std::uint64_t>(address) = value; }
std::uint64_t load_windowed(PhysicalAddress address) { return *windowed<const std::uint64_t>(address); }
void store_windowed(PhysicalAddress address, std::uint64_t value) { *windowed<std::uint64_t>(address) = value; }

/// A kernel without a window pays nothing for asking whether there is one.
constinit auto* load_word = load_direct;
constinit auto* store_word = store_direct;

} // namespace

std::uint64_t load(PhysicalAddress address) { return load_word(address); }

void store(PhysicalAddress address, std::uint64_t value, Where /*where*/) { store_word(address, value); }

void zero_page(PhysicalAddress page, Where /*where*/)
{
    const x86_64::UncountedScope uncounted;
    x86_64::fill_words(windowed<void>(page), 0, words_per_page);
}

void copy_page(PhysicalAddress to, PhysicalAddress from, Where /*where*/)
{
    const x86_64::UncountedScope uncounted;
    x86_64::copy_words(windowed<void>(to), windowed<const void>(from), words_per_page);
}

/// There is no observer here.
void release_page(PhysicalAddress /*page*/, Where /*where*/) {}

void use_state_cache_window(PhysicalAddress begin, PhysicalAddress end)
{
    window_begin = begin;
    window_bytes = end - begin;
    load_word = load_windowed;
    store_word = store_windowed;
}

} // namespace drywalk::kernel::hal

extern "C" {

void* memset(void* destination, int value, std::size_t bytes)
{
    drywalk::kernel::x86_64::fill_bytes(destination, static_cast<std::uint8_t>(value), bytes);
    return destination;
}

void* memcpy(void* destination, const void* source, std::size_t bytes)
{
    drywalk::kernel::x86_64::copy_forward(destination, source, bytes);
    return destination;
}

void* memmove(void* destination, const void* source, std::size_t bytes)
{
    const auto distance = reinterpret_cast<std::uintptr_t>(destination) - reinterpret_cast<std::uintptr_t>(source);
    if (distance >= bytes) return memcpy(destination, source, bytes);
    if (distance != 0) drywalk::kernel::x86_64::copy_backward(destination, source, bytes);
    return destination;
}

int memcmp(const void* left, const void* right, std::size_t bytes)
{
    const auto* one = static_cast<const volatile unsigned char*>(left);
    const auto* other = static_cast<const volatile unsigned char*>(right);
    for (std::size_t at = 0; at < bytes; ++at) {
        if (one[at] != other[at]) return one[at] < other[at] ? -1 : 1;
    }
    return 0;
}

std::size_t strlen(const char* text)
{
    const volatile char* end = text;
    while (*end != '\0')
        ++end;
    return static_cast<std::size_t>(end - text);
}
}
