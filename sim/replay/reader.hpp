// SPDX-License-Identifier: MIT
// References from a file, whatever its format; in memory that does not depend on its length.
#pragma once

#include "sim/replay/reference.hpp"
#include "sim/trace/byte_source.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace drywalk::replay {

enum class InputFormat : std::uint8_t {
    lackey,   ///< text of valgrind --tool=lackey --trace-mem=yes
    champsim, ///< 64-byte instruction records
    native,   ///< drywalk's own, see native_format.hpp
};

inline constexpr std::string_view legal_input_formats = "lackey, champsim and native";

[[nodiscard]] std::string_view name_of(InputFormat format);
[[nodiscard]] std::optional<InputFormat> input_format_named(std::string_view name);

class ReferenceReader {
public:
    /// The least room that read() needs.
    static constexpr std::size_t least_batch = 16;

    ReferenceReader() = default;
    virtual ~ReferenceReader() = default;
    ReferenceReader(const ReferenceReader&) = delete;
    ReferenceReader& operator=(const ReferenceReader&) = delete;

    /// Fills the front of `into`, which has room for least_batch, and says how far; 0 at the end. Throws InputError for
    /// the first thing that is wrong, and then says nothing of the references that came before it in the same call.
    [[nodiscard]] virtual std::size_t read(std::span<Reference> into) = 0;
    [[nodiscard]] virtual InputFormat format() const = 0;
    /// Bytes taken from the file so far, still compressed.
    [[nodiscard]] virtual std::uint64_t consumed() const = 0;
    /// At the end: whether the trace says of itself that its recording was interrupted.
    [[nodiscard]] virtual bool cut_short() const { return false; }
};

/// Reads `source`; its first bytes tell the format unless `format` does. `file` is what errors call it. Throws
/// InputError.
[[nodiscard]] std::unique_ptr<ReferenceReader> open_references(std::unique_ptr<trace::ByteSource> source,
                                                               const std::string& file,
                                                               std::optional<InputFormat> format = std::nullopt);

} // namespace drywalk::replay
