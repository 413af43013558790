// SPDX-License-Identifier: MIT
// Follows an explicit list of operations as far as it can be known before it runs: whose frame is the current one,
// and what its slots hold.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace drywalk::scenario {

class FrameWalk {
public:
    explicit FrameWalk(const Scenario& scenario);

    /// The number of frames that are open, the host's left out.
    [[nodiscard]] std::size_t depth() const { return frames_.size() - 1; }
    /// The Image of the current frame, if it is known; nothing for the host.
    [[nodiscard]] std::optional<std::uint32_t> image() const { return frames_.back().image; }
    /// The Image of the Instance in `slot` of the current frame, if it is known that there is one.
    [[nodiscard]] std::optional<std::uint32_t> callee(std::uint32_t slot) const;
    /// It is known that no Instance lies in `slot` of the current frame.
    [[nodiscard]] bool no_callee(std::uint32_t slot) const;

    /// `operation` is carried out. HALT and REPLY need an open frame. Whatever may fault leaves unknown behind what
    /// depends on it.
    void take(const Operation& operation);

private:
    struct Cnode;
    using Version = std::shared_ptr<const Cnode>; ///< of an Instance

    struct Content {
        enum class Kind : std::uint8_t { unknown, empty, data, instance };

        Kind kind = Kind::empty;
        std::uint32_t image = 0; ///< of an Instance
        Version version;
        bool operator==(const Content&) const = default;
    };

    struct Cnode {
        std::array<Content, 256> slots;
    };

    struct Frame {
        std::optional<std::uint32_t> image;
        std::uint32_t called_through = 0; ///< the caller's slot
        Version before;                   ///< the callee's slots as they were; null: unknown
        Cnode slots;
    };

    void call(std::uint32_t slot);
    void leave();

    std::vector<Version> initial_; ///< by Instance
    std::vector<Frame> frames_;    ///< the host's first
};

} // namespace drywalk::scenario
