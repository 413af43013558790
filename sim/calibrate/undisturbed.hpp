// SPDX-License-Identifier: MIT
// The latency of a chase that was timed in pieces, some of which another program or the host interrupted.
#pragma once

#include <cstddef>
#include <vector>

namespace drywalk::calibrate {

/// Cycles per load of pieces of equally many loads: by repeat of the chase, by piece.
using TimedRepeats = std::vector<std::vector<double>>;

struct Undisturbed {
    double cycles = 0;       ///< per load: the least mean of a repeat's undisturbed pieces
    bool disturbed = false;  ///< more than a tenth of the pieces were left out
    bool trustworthy = true; ///< false: fewer than half of the repeats had mostly undisturbed pieces
};

/// A piece is left out if it took half as long again as the fastest quarter of all pieces: preemption takes
/// milliseconds, a piece less than one. `repeats` has at least one piece.
[[nodiscard]] Undisturbed undisturbed(const TimedRepeats& repeats);

} // namespace drywalk::calibrate
