// SPDX-License-Identifier: MIT
// The serial log: hal::report() and its closing lines.

#include "kernel_model/hal/x86_64/log.hpp"

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/path_counters.hpp"
#include "kernel_model/hal/x86_64/serial.hpp"
#include "kernel_model/program/log_format.hpp"

namespace drywalk::kernel {

namespace {

constinit log::Crc32 observations_crc;
std::uint64_t observation_count;

} // namespace

void hal::report(const Observation& observation)
{
    const x86_64::UncountedScope uncounted;
    log::Line line{log::observation_tag};
    line.hex(observation_count++)
        .decimal(static_cast<std::uint64_t>(observation.kind))
        .hex(observation.code)
        .hex(observation.a)
        .hex(observation.b);
    const auto text = line.finish();
    observations_crc.add(text);
    x86_64::write_serial(text);
}

void x86_64::finish_log()
{
    for (unsigned path = 0; path < hal::path_count; ++path) {
        const PathTotal total = path_total(hal::Path{static_cast<std::uint8_t>(path)});
        write_serial(log::Line{log::path_tag}.decimal(path).hex(total.passes).hex(total.ticks).finish());
    }
    write_serial(log::Line{log::end_tag}.hex(observation_count).hex(observations_crc.value()).finish());
}

} // namespace drywalk::kernel
