// SPDX-License-Identifier: MIT
// usage: replay_memory_long [MIB [FORMAT]]: feeds drywalk replay so much of a trace (2048) through a pipe, in this
// format or in each, and looks at its memory afterwards.
#include "sim/replay/native_writer.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace drywalk::replay;

constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::uint64_t footprint = std::uint64_t{1} << 30;
constexpr long most_resident_kib = 128 * 1024;

/// A reference somewhere in a GiB, now and then; otherwise near the last one.
class Program {
public:
    Reference next()
    {
        const std::uint64_t draw = random_();
        at_ = draw % 64 == 0 ? (draw >> 8) % footprint : (at_ + 8) % footprint;
        return {drywalk::x86::LinearAddress::truncate(0x10'0000'0000 + at_), 8, static_cast<ReferenceKind>(draw >> 62)};
    }

private:
    std::mt19937_64 random_{1};
    std::uint64_t at_ = 0;
};

std::string lackey_line(const Reference& reference)
{
    constexpr const char* kinds[] = {"I ", " L", " S", " M"};
    char line[64];
    std::snprintf(line, sizeof line, "%s %lx,%u\n", kinds[static_cast<unsigned>(reference.kind)],
                  static_cast<unsigned long>(reference.linear.value()), reference.bytes);
    return line;
}

std::string champsim_record(const Reference& reference)
{
    std::string record(64, '\0');
    const std::uint64_t address = reference.linear.value();
    std::memcpy(record.data(), &address, sizeof address);
    std::memcpy(record.data() + 32, &address, sizeof address);
    return record;
}

bool write_all(int descriptor, const char* bytes, std::size_t count)
{
    while (count != 0) {
        const ssize_t written = ::write(descriptor, bytes, count);
        if (written <= 0) return false;
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
    return true;
}

/// Appends one more reference's bytes to what is to be written next.
using Encode = std::function<void(std::string& bytes, const Reference& reference)>;

struct Format {
    const char* name;
    std::string begin;
    Encode encode;
    std::function<std::string()> end = [] { return std::string{}; };
};

/// Writes `total` bytes, or as many as are taken.
void feed(int descriptor, const Format& format, std::uint64_t total)
{
    Program program;
    std::string block = format.begin;
    for (std::uint64_t written = 0; written < total; written += block.size(), block.clear()) {
        while (block.size() < block_bytes)
            format.encode(block, program.next());
        if (!write_all(descriptor, block.data(), block.size())) return;
    }
    block = format.end();
    static_cast<void>(write_all(descriptor, block.data(), block.size()));
}

[[noreturn]] void become_drywalk(int input)
{
    ::dup2(input, STDIN_FILENO);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(127);
    ::execl(DRYWALK_PROGRAM, "drywalk", "replay", "--machine", "skylake_sp", "-", nullptr);
    ::_exit(127);
}

/// The most memory that drywalk had, in KiB.
long resident(const Format& format, std::uint64_t total)
{
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[1]);
        become_drywalk(ends[0]);
    }
    ::close(ends[0]);
    feed(ends[1], format, total);
    ::close(ends[1]);
    int status = 0;
    rusage used{};
    ::wait4(child, &status, 0, &used);
    std::printf("%s: %ld KiB resident, %ld s of processor time, exit status %d\n", format.name, used.ru_maxrss,
                used.ru_utime.tv_sec, WEXITSTATUS(status));
    return used.ru_maxrss;
}

/// What was encoded since the last call.
std::string taken(std::vector<unsigned char>& encoded)
{
    std::string bytes{encoded.begin(), encoded.end()};
    encoded.clear();
    return bytes;
}

std::vector<Format> formats(NativeEncoder& encoder, std::vector<unsigned char>& encoded)
{
    const auto lackey = [](std::string& bytes, const Reference& each) { bytes += lackey_line(each); };
    const auto champsim = [](std::string& bytes, const Reference& each) { bytes += champsim_record(each); };
    const auto native = [&](std::string& bytes, const Reference& each) {
        encoder.append(each);
        bytes += taken(encoded);
    };
    const auto native_end = [&] {
        encoder.finish(false);
        return taken(encoded);
    };
    return {{"lackey", {}, lackey}, {"champsim", {}, champsim}, {"native", taken(encoded), native, native_end}};
}

} // namespace

int main(int count, char** arguments)
{
    ::signal(SIGPIPE, SIG_IGN);
    const std::uint64_t mebibytes = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 2048;
    const std::string_view wanted = count > 2 ? arguments[2] : "";
    std::vector<unsigned char> encoded;
    NativeEncoder encoder{encoded};
    bool tried = false;
    bool bounded = true;
    for (const Format& format : formats(encoder, encoded)) {
        if (!wanted.empty() && wanted != format.name) continue;
        tried = true;
        bounded = resident(format, mebibytes << 20) <= most_resident_kib && bounded;
    }
    return tried && bounded ? EXIT_SUCCESS : EXIT_FAILURE;
}
