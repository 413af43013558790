// SPDX-License-Identifier: MIT
// What the processor did over time, as a VCD file for a waveform viewer. IEEE 1364, clause 18
#pragma once

#include "sim/output/atomic_file.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drywalk::platform {

/// One nanosecond of the file is one core cycle. Two runs of the same program write the same bytes: there is no date.
/// SystemC's own writer would not tell that the disk is full.
class Waveform {
public:
    struct Signal {
        std::string_view name;
        unsigned bits;
    };
    static constexpr std::array<Signal, 7> signals{{{"activity", 32},
                                                    {"walking", 1},
                                                    {"ring_3", 1},
                                                    {"cr3", 64},
                                                    {"walks", 64},
                                                    {"invlpgs", 64},
                                                    {"stale_uses", 64}}};
    /// In the order of `signals`.
    using Values = std::array<std::uint64_t, signals.size()>;

    /// The caller commits `file`, after finish(). Every function throws InputError if it cannot be written.
    explicit Waveform(output::AtomicFile& file);

    /// The signals from `cycle` on; of several for one cycle the last counts.
    void sample(std::uint64_t cycle, const Values& values);
    void finish();

private:
    void emit_pending();
    void emit_value(std::size_t signal, std::uint64_t value);

    output::AtomicFile& file_;
    std::string text_; ///< not yet written
    std::uint64_t cycle_ = 0;
    Values pending_{}; ///< from `cycle_` on
    std::optional<Values> emitted_;
};

} // namespace drywalk::platform
