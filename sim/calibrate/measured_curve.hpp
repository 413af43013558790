// SPDX-License-Identifier: MIT
// Measured latencies of pointer chases, as a CSV file has them.
#pragma once

#include "sim/calibrate/frame_placement.hpp"
#include "sim/calibrate/pattern.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::calibrate {

struct MeasuredPoint {
    Pattern pattern;
    double cycles = 0; ///< core cycles per load
};

/// What the sizes of a table of whole buffers count.
inline constexpr const char* kib_of_buffer = "KiB of buffer";

/// The points of one file, in its order.
struct MeasuredCurves {
    std::string size_name; ///< what the x axis counts: kib_of_buffer or "elements"
    std::vector<MeasuredPoint> points;
    Placement placement = Placement::random; ///< how the operating system that it was measured under places frames
};

/// Two headings are known. `size_kb,stride_bytes,cycles`: dependent loads in random order over all slots of a buffer,
/// 4 KiB pages, under Windows. `pattern,elements,stride_pages,cycles...`: one load an element, where `pattern` is one
/// of one_line_per_4k_page, one_line_per_2m_page, packed_lines (64-byte lines in 2 MiB pages) and
/// one_line_per_page_at_stride. Throws InputError as `file:line:column: what`.
[[nodiscard]] MeasuredCurves parse_measured(const std::string& text, const std::string& file);
[[nodiscard]] MeasuredCurves load_measured(const std::filesystem::path& file);

} // namespace drywalk::calibrate
