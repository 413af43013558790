// SPDX-License-Identifier: MIT
// The command lines and files of QEMU, Bochs and GRUB.

#include "sim/boot/virtual_machines.hpp"

#include "kernel_model/program/machine_ports.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

namespace drywalk::boot {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view grub_modules = "/usr/lib/grub/i386-pc";
constexpr std::string_view bochs_bios = "/usr/share/bochs/BIOS-bochs-latest";
constexpr std::string_view bochs_vga_bios = "/usr/share/bochs/VGABIOS-lgpl-latest";

/// Bochs's simulated instructions per second. Its devices keep time by it: the fewer, the less the kernel polls the
/// serial port for each byte, and the sooner the BIOS's delays are over.
constexpr int bochs_instructions_per_second = 1'000'000;
/// What Bochs allocates at most; more guest memory than that it pages itself.
constexpr std::uint64_t bochs_host_mib = 1024;

constexpr std::string_view grub_configuration = "set timeout=0\n"
                                                "menuentry \"drywalk\" {\n"
                                                "    multiboot /boot/kernel.elf\n"
                                                "    module /boot/program\n"
                                                "}\n";

void write_file(const fs::path& file, std::string_view text)
{
    std::ofstream stream{file, std::ios::binary};
    stream << text;
    if (!stream.flush()) {
        throw fs::filesystem_error{"cannot write", file, std::make_error_code(std::errc::io_error)};
    }
}

[[nodiscard]] fs::path cd_image(const RunFiles& files) { return files.directory / "drywalk.iso"; }

} // namespace

const std::vector<Requirement>& qemu_requirements()
{
    static const std::vector<Requirement> all{{"qemu-system-x86_64", "qemu-system-x86"}};
    return all;
}

const std::vector<Requirement>& bochs_requirements()
{
    static const std::vector<Requirement> all{
        {"bochs", "bochs"},
        {bochs_bios, "bochsbios"},
        {bochs_vga_bios, "vgabios"},
        {"grub-mkrescue", "grub-common"},
        {grub_modules, "grub-pc-bin"},
        {"xorriso", "xorriso"},
        {"mformat", "mtools"},
    };
    return all;
}

std::optional<std::string> missing_requirement(const std::vector<Requirement>& requirements)
{
    for (const auto& [name, package] : requirements) {
        const bool found = name.starts_with('/') ? fs::exists(name) : process::find_program(name).has_value();
        if (!found) return fmt::format("{} is not installed: sudo apt-get install {}", name, package);
    }
    return std::nullopt;
}

std::vector<std::string> qemu_command(const RunFiles& files, const QemuOptions& options)
{
    std::vector<std::string> words{
        "qemu-system-x86_64",
        "-accel",
        options.accelerator,
        "-cpu",
        options.processor,
        "-m",
        fmt::format("{}M", options.memory_mib),
        "-kernel",
        files.kernel,
        "-initrd",
        files.program.filename(),
        "-serial",
        "file:" + files.serial_output.filename().string(),
        "-display",
        "none",
        "-monitor",
        "none",
        "-nic",
        "none",
        "-no-reboot",
        "-device",
        fmt::format("isa-debug-exit,iobase={:#x},iosize=4", kernel::machine_ports::qemu_exit_port)};
    if (options.count_instructions) words.insert(words.end(), {"-icount", "shift=0"});
    return words;
}

std::vector<std::string> prepare_cd_image(const RunFiles& files)
{
    const fs::path tree = files.directory / "cd";
    fs::create_directories(tree / "boot" / "grub");
    fs::copy_file(files.kernel, tree / "boot" / "kernel.elf", fs::copy_options::overwrite_existing);
    fs::copy_file(files.program, tree / "boot" / "program", fs::copy_options::overwrite_existing);
    write_file(tree / "boot" / "grub" / "grub.cfg", grub_configuration);
    // Only what a BIOS machine needs to load a multiboot kernel: a tenth of the usual image, in half the time.
    return {"grub-mkrescue",
            "--directory",
            std::string{grub_modules},
            "--install-modules=normal multiboot iso9660 biosdisk configfile",
            "--locales=",
            "--fonts=",
            "--themes=",
            "-o",
            cd_image(files).filename(),
            tree.filename()};
}

std::vector<std::string> prepare_bochs(const RunFiles& files, std::uint64_t memory_mib)
{
    // The remote-framebuffer display is the one that needs no display; timeout=0: it waits for no viewer.
    write_file(files.directory / "bochsrc",
               fmt::format("plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, serial=1, iodebug=1\n"
                           "config_interface: textconfig\n"
                           "display_library: rfb, options=\"timeout=0\"\n"
                           "memory: guest={}, host={}\n"
                           "romimage: file={}\n"
                           "vgaromimage: file={}\n"
                           "cpu: model=bx_generic, count=1, ips={}, reset_on_triple_fault=0\n"
                           "cpuid: pcid=1\n"
                           "boot: cdrom\n"
                           "ata0-master: type=cdrom, path=\"{}\", status=inserted\n"
                           "com1: enabled=1, mode=file, dev=\"{}\"\n"
                           "port_e9_hack: enabled=0\n"
                           "log: \"{}\"\n"
                           "panic: action=fatal\n"
                           "error: action=report\n"
                           "clock: sync=none\n",
                           memory_mib, std::min(memory_mib, bochs_host_mib), bochs_bios, bochs_vga_bios,
                           bochs_instructions_per_second, cd_image(files).filename().string(),
                           files.serial_output.filename().string(), bochs_log(files).filename().string()));
    // Debian's Bochs has its debugger built in, which waits for a command: continue.
    write_file(files.directory / "bochs-commands", "c\n");
    return {"bochs", "-q", "-f", "bochsrc", "-rc", "bochs-commands"};
}

process::Command in_directory(const RunFiles& files, std::vector<std::string> words,
                              std::chrono::milliseconds time_limit)
{
    // grub-mkrescue makes its own temporary folder: in this one, so that it goes away with it.
    return {std::move(words), files.directory, time_limit, {"TMPDIR=."}};
}

fs::path bochs_log(const RunFiles& files) { return files.directory / "bochs.log"; }

} // namespace drywalk::boot
