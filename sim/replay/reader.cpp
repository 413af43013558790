// SPDX-License-Identifier: MIT
#include "sim/replay/reader.hpp"

#include "sim/input/complaint.hpp"
#include "sim/replay/champsim_reader.hpp"
#include "sim/replay/lackey_reader.hpp"
#include "sim/replay/native_reader.hpp"
#include "sim/trace/peeked_source.hpp"

#include <fmt/format.h>

#include <array>

namespace drywalk::replay {

namespace {

constexpr std::array<std::string_view, 3> names{"lackey", "champsim", "native"};
/// A whole ChampSim record, and more than any of the others needs.
constexpr std::size_t front_bytes = 64;

[[nodiscard]] std::string_view hint(std::string_view front)
{
    return front.starts_with('{') ? "; is it a trace for drywalk check?" : "";
}

[[nodiscard]] InputFormat recognised(std::string_view front, const std::string& file)
{
    if (NativeReader::recognises(front)) return InputFormat::native;
    if (LackeyReader::recognises(front)) return InputFormat::lackey;
    if (ChampsimReader::recognises(front)) return InputFormat::champsim;
    throw InputError{one_line(fmt::format("{}: no trace of memory references: it begins with {} (legal are {}{})", file,
                                          in_quotes(front), legal_input_formats, hint(front)))};
}

} // namespace

std::string_view name_of(InputFormat format) { return names[static_cast<unsigned>(format)]; }

std::optional<InputFormat> input_format_named(std::string_view name)
{
    for (unsigned index = 0; index < names.size(); ++index) {
        if (names[index] == name) return static_cast<InputFormat>(index);
    }
    return std::nullopt;
}

std::unique_ptr<ReferenceReader> open_references(std::unique_ptr<trace::ByteSource> source, const std::string& file,
                                                 std::optional<InputFormat> format)
{
    auto peeked = std::make_unique<trace::PeekedSource>(std::move(source), front_bytes);
    if (peeked->front().empty()) {
        throw InputError{one_line(fmt::format("{}: is empty (a trace is expected)", file))};
    }
    switch (format ? *format : recognised(peeked->front(), file)) {
    case InputFormat::lackey: return std::make_unique<LackeyReader>(std::move(peeked), file);
    case InputFormat::champsim: return std::make_unique<ChampsimReader>(std::move(peeked), file);
    case InputFormat::native: break;
    }
    return std::make_unique<NativeReader>(std::move(peeked), file);
}

} // namespace drywalk::replay
