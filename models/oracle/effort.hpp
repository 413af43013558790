// SPDX-License-Identifier: MIT
// A bound on what one event may cost. Tables that lead to themselves in hundreds of ways reach an entry from more
// addresses than anyone can follow; no kernel does that, but a hostile trace can.
#pragma once

#include "models/oracle/judgement.hpp"

#include <stdexcept>

namespace drywalk::oracle {

class Effort {
public:
    /// One more entry looked at for event `now`. Throws std::length_error beyond the bound.
    void spend(EventIndex now)
    {
        if (now != event_) {
            event_ = now;
            spent_ = 0;
        }
        if (++spent_ > bound) give_up();
    }

    [[noreturn]] static void give_up()
    {
        throw std::length_error("this event concerns more than 1048576 entries of tables that lead to each other; the "
                                "oracle follows no more");
    }

    static constexpr std::size_t bound = std::size_t{1} << 20;

private:
    EventIndex event_ = 0;
    std::size_t spent_ = 0;
};

} // namespace drywalk::oracle
