// SPDX-License-Identifier: MIT
// Boots the payload with a module of programs.

#include "tests/differential/machine.hpp"

#include "sim/boot/virtual_machines.hpp"
#include "sim/boot/work_directory.hpp"
#include "sim/process/command.hpp"

#include <fmt/format.h>
#include <fstream>
#include <iterator>

namespace drywalk::differential {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t spare_mib = 16; ///< for firmware and boot loader

void write_file(const fs::path& file, std::span<const std::byte> bytes)
{
    std::ofstream stream{file, std::ios::binary};
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!stream.flush()) throw fs::filesystem_error{"cannot write", file, std::make_error_code(std::errc::io_error)};
}

[[nodiscard]] std::string read_file(const fs::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The generic processor that sim/boot chooses has no SMEP, SMAP or 1 GiB pages that CPUID tells of. The processor
/// models share one MMU; of two such lines the last counts.
constexpr std::string_view bochs_processor =
    "cpu: model=broadwell_ult, count=1, ips=1000000, reset_on_triple_fault=0\n";

[[nodiscard]] process::Exit run_bochs(const boot::RunFiles& files, std::uint64_t memory_mib, std::chrono::seconds limit)
{
    process::Exit image = process::run_process(boot::in_directory(files, boot::prepare_cd_image(files), limit));
    if (!image.started || image.timed_out || image.status != 0) return image;
    const auto command = boot::prepare_bochs(files, memory_mib);
    std::ofstream{files.directory / "bochsrc", std::ios::app} << bochs_processor;
    return process::run_process(boot::in_directory(files, command, limit));
}

[[nodiscard]] process::Exit run_machine(const Boot& boot, const boot::RunFiles& files, std::uint64_t memory_mib)
{
    if (boot.target == Target::bochs) return run_bochs(files, memory_mib, boot.time_limit);
    const boot::QemuOptions options{"tcg", "max", memory_mib, false};
    return process::run_process(boot::in_directory(files, boot::qemu_command(files, options), boot.time_limit));
}

} // namespace

MachineAnswers run_programs(const Boot& boot, std::span<const Program> programs)
{
    if (auto missing = boot::missing_for(boot.target)) return {std::move(*missing), {}, 0};
    const boot::WorkDirectory directory{std::nullopt};
    const boot::RunFiles files{directory.path(), fs::absolute(boot.payload), directory.path() / "program",
                               directory.path() / "serial.txt"};
    const auto module = module_of(programs, boot.report_slots);
    write_file(files.program, module);
    // The loader holds a copy of the module before it hands it over.
    const std::uint64_t memory_mib = (arena_end.value() + 2 * module.size()) / mib + spare_mib;
    const process::Exit exit = run_machine(boot, files, memory_mib);
    auto answers = parse_answers(read_file(files.serial_output), emulated_processor, programs);
    answers.seconds = exit.seconds;
    if (!answers.problem.empty()) {
        answers.problem =
            fmt::format("{}: {} (exit status {}{}) {}", boot::target_name(boot.target), answers.problem, exit.status,
                        exit.timed_out ? ", timed out" : "",
                        exit.output.substr(exit.output.size() - std::min<std::size_t>(exit.output.size(), 400)));
    }
    return answers;
}

} // namespace drywalk::differential
