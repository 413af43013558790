// SPDX-License-Identifier: MIT
// Boots the kernel with a workload program on a machine and brings its log home.

#include "sim/boot/machine_run.hpp"

#include "kernel_model/program/workload.hpp"
#include "sim/boot/virtual_machines.hpp"
#include "sim/boot/work_directory.hpp"
#include "sim/process/command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

namespace drywalk::boot {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
/// For the firmware's tables at the end of memory and for the boot loader's own needs.
constexpr std::uint64_t spare_mib = 16;
/// A KVM that works boots in a tenth of this.
constexpr std::chrono::seconds kvm_time_limit{20};

/// The host's processor, if need be without the register whose emulation some hosts refuse.
constexpr const char* kvm_processors[] = {"host", "host,-arch-capabilities"};

[[nodiscard]] std::uint64_t machine_memory_mib(const MachineRequest& request)
{
    if (request.memory_bytes != 0) return (request.memory_bytes + mib - 1) / mib;
    kernel::ProgramHeader header;
    if (request.program.size() < sizeof(header)) return spare_mib;
    std::memcpy(&header, request.program.data(), sizeof(header));
    // The loader holds a copy of the program before it hands it over.
    return (header.memory_end + 2 * request.program.size()) / mib + spare_mib;
}

[[nodiscard]] RunFiles write_files(const MachineRequest& request, const fs::path& directory)
{
    RunFiles files{directory, fs::absolute(request.kernel), directory / "program", directory / "serial.txt"};
    std::ofstream stream{files.program, std::ios::binary};
    stream.write(reinterpret_cast<const char*>(request.program.data()),
                 static_cast<std::streamsize>(request.program.size()));
    if (!stream.flush()) {
        throw fs::filesystem_error{"cannot write", files.program, std::make_error_code(std::errc::io_error)};
    }
    fs::remove(files.serial_output);
    return files;
}

[[nodiscard]] std::string read_text(const fs::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The end of what the tool said, indented, or nothing.
[[nodiscard]] std::string output_tail(std::string_view output)
{
    constexpr std::size_t last_lines = 4;
    while (output.ends_with('\n'))
        output.remove_suffix(1);
    std::size_t start = output.size();
    for (std::size_t line = 0; line < last_lines && start != std::string_view::npos && start != 0; ++line) {
        start = output.rfind('\n', start - 1);
    }
    output = output.substr(start == std::string_view::npos || start == 0 ? 0 : start + 1);
    std::string text;
    while (!output.empty()) {
        const auto end = output.find('\n');
        text += fmt::format("\n    {}", output.substr(0, end));
        output = end == std::string_view::npos ? std::string_view{} : output.substr(end + 1);
    }
    return text;
}

/// What the machine's end and its log amount to.
[[nodiscard]] MachineResult judge(const MachineRequest& request, const RunFiles& files, const process::Exit& exit)
{
    MachineResult result;
    result.seconds = exit.seconds;
    if (!exit.started) {
        result.message =
            fmt::format("{} could not be started{}", target_name(request.target), output_tail(exit.output));
        return result;
    }
    auto parsed = parse_serial_log(read_text(files.serial_output));
    result.log = std::move(parsed.log);
    if (parsed.problem == LogProblem::none) {
        result.status = MachineStatus::completed;
        return result;
    }
    if (exit.timed_out) {
        result.status = MachineStatus::timed_out;
        result.message = fmt::format("{} did not finish in {:.0f} s ({} observations so far)",
                                     target_name(request.target), exit.seconds, result.log.observations.size());
        return result;
    }
    result.message = fmt::format("{} ended with status {}; {}{}", target_name(request.target), exit.status,
                                 parsed.message, output_tail(exit.output));
    return result;
}

[[nodiscard]] MachineResult run_qemu(const MachineRequest& request, const RunFiles& files, const char* accelerator,
                                     const char* processor, std::chrono::seconds time_limit)
{
    const QemuOptions options{accelerator, processor, machine_memory_mib(request), request.count_instructions};
    const process::Exit exit = run_process(in_directory(files, qemu_command(files, options), time_limit));
    return judge(request, files, exit);
}

[[nodiscard]] MachineResult run_bochs(const MachineRequest& request, const RunFiles& files)
{
    const process::Exit image = run_process(in_directory(files, prepare_cd_image(files), request.time_limit));
    if (!image.started || image.timed_out || image.status != 0) {
        return {MachineStatus::failed, {}, "grub-mkrescue failed" + output_tail(image.output), image.seconds};
    }
    const process::Exit exit =
        run_process(in_directory(files, prepare_bochs(files, machine_memory_mib(request)), request.time_limit));
    auto result = judge(request, files, exit);
    result.seconds += image.seconds;
    return result;
}

/// True if the log ends because ring 3 was left by something that a real processor would not have done.
[[nodiscard]] bool ring3_ended_unexpectedly(const SerialLog& log)
{
    if (log.observations.empty()) return false;
    const auto& last = log.observations.back();
    return last.kind == kernel::ObservationKind::refused &&
           last.b == static_cast<std::uint64_t>(kernel::Refusal::unexpected_exit);
}

[[nodiscard]] MachineResult run_kvm(const MachineRequest& request, const RunFiles& files)
{
    MachineResult result;
    std::string findings;
    const auto time_limit = std::min(request.time_limit, kvm_time_limit);
    for (const char* processor : kvm_processors) {
        fs::remove(files.serial_output);
        const double before = result.seconds;
        result = run_qemu(request, files, "kvm", processor, time_limit);
        result.seconds += before;
        const bool left_wrongly = ring3_ended_unexpectedly(result.log);
        if (result.status == MachineStatus::completed && !left_wrongly) return result;
        if (left_wrongly) {
            result.message = "the kernel ran, but the software interrupt that ends ring 3 did not arrive as one";
        }
        findings += fmt::format("\n  -cpu {}: {}", processor, result.message);
    }
    result.status = MachineStatus::unusable;
    result.message = "/dev/kvm is there, but this host's KVM does not run the kernel:" + findings;
    return result;
}

[[nodiscard]] std::optional<std::string> kvm_device_problem()
{
    constexpr const char* device = "/dev/kvm";
    const int descriptor = ::open(device, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return fmt::format("{} cannot be opened: {}", device, std::strerror(errno));
    ::close(descriptor);
    return std::nullopt;
}

} // namespace

const char* target_name(Target target)
{
    switch (target) {
    case Target::qemu: return "qemu";
    case Target::bochs: return "bochs";
    case Target::kvm: return "kvm";
    }
    return "unknown";
}

std::optional<std::string> missing_for(Target target)
{
    if (target == Target::bochs) return missing_requirement(bochs_requirements());
    auto missing = missing_requirement(qemu_requirements());
    if (!missing && target == Target::kvm) missing = kvm_device_problem();
    return missing;
}

MachineResult run_on(const MachineRequest& request)
{
    if (request.target == Target::kvm) {
        if (auto problem = kvm_device_problem()) return {MachineStatus::unusable, {}, std::move(*problem), 0};
    }
    if (auto missing = missing_for(request.target)) return {MachineStatus::missing_tool, {}, std::move(*missing), 0};

    const WorkDirectory directory{request.work_directory};
    const RunFiles files = write_files(request, directory.path());
    switch (request.target) {
    case Target::qemu: return run_qemu(request, files, "tcg", "max", request.time_limit);
    case Target::bochs: return run_bochs(request, files);
    case Target::kvm: return run_kvm(request, files);
    }
    return {};
}

} // namespace drywalk::boot
