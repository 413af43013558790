// SPDX-License-Identifier: MIT
// A 16550 UART, polled, and the emulators' power switches.

#include "kernel_model/hal/x86_64/serial.hpp"

#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/program/machine_ports.hpp"

#include <cstdint>

namespace drywalk::kernel::x86_64 {

namespace {

constexpr std::uint16_t com1 = 0x3f8;
constexpr std::uint16_t data = com1;
constexpr std::uint16_t interrupt_enable = com1 + 1;
constexpr std::uint16_t fifo_control = com1 + 2;
constexpr std::uint16_t line_control = com1 + 3;
constexpr std::uint16_t modem_control = com1 + 4;
constexpr std::uint16_t line_status = com1 + 5;

constexpr std::uint8_t divisor_access = 0x80;
constexpr std::uint8_t eight_bits = 0x03;
constexpr std::uint8_t enable_and_clear_fifos = 0x07;
constexpr std::uint8_t terminal_ready_and_request = 0x03;
constexpr std::uint8_t transmitter_ready = 0x20; ///< takes the next byte
constexpr std::uint8_t transmitter_idle = 0x40;  ///< has sent all of them

void wait_for(std::uint8_t status)
{
    while ((in_byte(line_status) & status) == 0) {
    }
}

} // namespace

void initialize_serial()
{
    out_byte(interrupt_enable, 0);
    out_byte(line_control, divisor_access);
    out_byte(data, 1);
    out_byte(interrupt_enable, 0);
    out_byte(line_control, eight_bits);
    out_byte(fifo_control, enable_and_clear_fifos);
    out_byte(modem_control, terminal_ready_and_request);
}

void write_serial(std::string_view text)
{
    for (const char character : text) {
        wait_for(transmitter_ready);
        out_byte(data, static_cast<std::uint8_t>(character));
    }
}

void shut_down(Ending ending)
{
    using namespace machine_ports;
    wait_for(transmitter_idle);
    out_long(qemu_exit_port, ending == Ending::success ? qemu_success : qemu_failure);
    for (const char character : bochs_shutdown_word)
        out_byte(bochs_shutdown_port, static_cast<std::uint8_t>(character));
    halt_forever();
}

} // namespace drywalk::kernel::x86_64
