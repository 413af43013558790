// SPDX-License-Identifier: MIT
// The text that valgrind --tool=lackey --trace-mem=yes writes.
#pragma once

#include "sim/replay/reader.hpp"
#include "sim/trace/line_reader.hpp"

namespace drywalk::replay {

/// "I  ADDRESS,SIZE" is a fetch; " L", " S" and " M" are loads, stores and both in this order. Addresses are
/// hexadecimal, sizes decimal. Valgrind's own lines ("==123== ...") are passed over.
class LackeyReader final : public ReferenceReader {
public:
    LackeyReader(std::unique_ptr<trace::ByteSource> source, const std::string& file) : lines_{std::move(source), file}
    {
    }

    [[nodiscard]] std::size_t read(std::span<Reference> into) override;
    [[nodiscard]] InputFormat format() const override { return InputFormat::lackey; }
    [[nodiscard]] std::uint64_t consumed() const override { return lines_.consumed(); }

    /// True if a text that begins with `front` may be one of lackey's.
    [[nodiscard]] static bool recognises(std::string_view front);

private:
    [[nodiscard]] Reference parse(const trace::Line& line) const;

    trace::LineReader lines_;
};

} // namespace drywalk::replay
