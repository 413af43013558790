// SPDX-License-Identifier: MIT
// ChampSim's instruction records (inc/trace_instruction.h there, struct input_instr).
#pragma once

#include "sim/replay/byte_window.hpp"
#include "sim/replay/reader.hpp"

namespace drywalk::replay {

/// 64 bytes each, little-endian: ip, is_branch, branch_taken, 2 destination and 4 source registers, 2 addresses that
/// are written and 4 that are read, 0 where there is none. A record gives its fetch, its loads, then its stores. The
/// format knows no sizes: every reference is to one byte.
class ChampsimReader final : public ReferenceReader {
public:
    ChampsimReader(std::unique_ptr<trace::ByteSource> source, const std::string& file)
        : window_{std::move(source), file}
    {
    }

    [[nodiscard]] std::size_t read(std::span<Reference> into) override;
    [[nodiscard]] InputFormat format() const override { return InputFormat::champsim; }
    [[nodiscard]] std::uint64_t consumed() const override { return window_.consumed(); }

    /// True if an input that begins with `front` may be such records: flags are 0 or 1, addresses canonical, and there
    /// is an instruction.
    [[nodiscard]] static bool recognises(std::string_view front);

private:
    void check(const unsigned char* record) const;

    ByteWindow window_;
};

} // namespace drywalk::replay
