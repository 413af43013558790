// SPDX-License-Identifier: MIT
// Takes records of the compact format apart. It knows neither files nor errors' words, and stays in registers.
#pragma once

#include "sim/replay/native_format.hpp"

namespace drywalk::replay::native {

class Decoder {
public:
    enum class Outcome : std::uint8_t { reference, end, number_too_long, bad_size, not_canonical };

    /// Reads from `at`, where most_record_bytes can be read whether or not they belong to the trace.
    explicit Decoder(const unsigned char* at, Expectation expected = {}) : at_{at}, expected_{expected} {}

    /// Where the next record begins; after anything but a reference, how far the record was read.
    [[nodiscard]] const unsigned char* at() const { return at_; }
    [[nodiscard]] const Expectation& expected() const { return expected_; }
    /// Of the record that was read last.
    [[nodiscard]] std::uint64_t address() const { return address_; }

    /// Reads a record into `into`, if it is a reference. Of the end record, head and size are read.
    [[nodiscard]] Outcome next(Reference& into)
    {
        const unsigned head = *at_++;
        const auto kind = static_cast<ReferenceKind>(head & ((1U << kind_bits) - 1));
        std::uint64_t bytes = head >> kind_bits;
        if (bytes == 0) [[unlikely]] {
            if (!number(bytes)) return Outcome::number_too_long;
            if (bytes == 0 && kind == ReferenceKind::fetch) return Outcome::end;
            if (bytes <= most_short_size || bytes > most_reference_bytes) return Outcome::bad_size;
        }
        std::uint64_t delta = 0;
        if (!number(delta)) return Outcome::number_too_long;
        address_ = expected_.of(kind) + unzigzag(delta);
        const auto size = static_cast<std::uint32_t>(bytes);
        const std::optional<x86::LinearAddress> linear = reference_address(address_, size);
        if (!linear) return Outcome::not_canonical;
        expected_.learn(kind, address_, size);
        into = {*linear, size, kind};
        return Outcome::reference;
    }

    /// False if the number at at() has more than 64 bits.
    [[nodiscard]] bool number(std::uint64_t& value)
    {
        std::uint64_t byte = *at_++;
        value = byte & 0x7f;
        for (unsigned shift = 7; byte >= 0x80; shift += 7) {
            byte = *at_++;
            if (shift == 63 && byte > 1) return false;
            value |= (byte & 0x7f) << shift;
        }
        return true;
    }

private:
    const unsigned char* at_;
    Expectation expected_;
    std::uint64_t address_ = 0;
};

} // namespace drywalk::replay::native
