// SPDX-License-Identifier: MIT
#include "sim/calibrate/native.hpp"

#include "sim/calibrate/random_order.hpp"
#include "sim/calibrate/undisturbed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>

#include <sched.h>
#include <sys/mman.h>

namespace drywalk::calibrate {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t large_page_bytes = x86::page_bytes(x86::PageSize::size_2m);
constexpr std::uint64_t most_pages = 65536;     ///< of 4 KiB: 256 MiB
constexpr std::uint64_t most_large_pages = 256; ///< 512 MiB
constexpr unsigned repeats = 15;
constexpr std::uint64_t piece_loads = 8192; ///< timed at once: below a millisecond, well below a scheduler's slice

[[nodiscard]] double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Memory of its own, aligned to 2 MiB, given back at the end.
class Region {
public:
    Region(std::uint64_t bytes, bool large_pages) : bytes_{bytes + large_page_bytes}
    {
        mapped_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped_ == MAP_FAILED) throw std::runtime_error("the kernel gives no memory to measure with");
        const std::uint64_t past = reinterpret_cast<std::uintptr_t>(mapped_) % large_page_bytes;
        start_ = static_cast<char*>(mapped_) + (past == 0 ? 0 : large_page_bytes - past);
        (void)madvise(start_, bytes, large_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;
    ~Region() { munmap(mapped_, bytes_); }

    [[nodiscard]] char* start() const { return start_; }

private:
    std::uint64_t bytes_;
    void* mapped_ = nullptr;
    char* start_ = nullptr;
};

[[nodiscard]] const void* chase(const void* at, std::uint64_t loads)
{
    for (; loads != 0; --loads)
        at = *static_cast<const void* const*>(at);
    return at;
}

/// Keeps a result that nobody looks at.
const void* volatile sink; // NOLINT: written, never read, on purpose
volatile std::uint64_t one = 1;

/// Nanoseconds that reading the clock adds to what is timed, at least.
[[nodiscard]] double clock_nanoseconds()
{
    double least = 1e9;
    for (unsigned attempt = 0; attempt < 100; ++attempt)
        least = std::min(least, seconds_since(Clock::now()) * 1e9);
    return least;
}

/// Nanoseconds of a step that takes one core cycle: additions and exclusive ors, each of which waits for the last. The
/// least of three attempts: one that is preempted would make every latency too short.
[[nodiscard]] double cycle_nanoseconds()
{
    constexpr unsigned pairs = 7'000;
    const std::uint64_t addend = one;
    const std::uint64_t mask = one + 2;
    std::uint64_t value = one;
    double least = 1e9;
    for (unsigned attempt = 0; attempt < 3; ++attempt) {
        const Clock::time_point start = Clock::now();
        for (unsigned pair = 0; pair < pairs; ++pair)
            value = (value + addend) ^ mask;
        sink = reinterpret_cast<const void*>(value); // NOLINT: a number is as good as a pointer to nowhere
        least = std::min(least, seconds_since(start) * 1e9 / (2.0 * pairs));
    }
    return least;
}

/// Links the elements into one cycle; the first of them.
[[nodiscard]] const void* link(const Pattern& pattern, char* buffer, std::uint64_t seed)
{
    const RandomOrder order{pattern.elements, seed};
    const auto at = [&](std::uint64_t position) { return buffer + pattern.offset(order[position]); };
    char* here = at(0);
    for (std::uint64_t position = 1; position <= pattern.elements; ++position) {
        char* const next = position == pattern.elements ? at(0) : at(position);
        *reinterpret_cast<char**>(here) = next; // NOLINT: offsets are aligned
        here = next;
    }
    return here;
}

struct Sample {
    Undisturbed latency;
    double ghz = 0; ///< the greatest
};

/// One repeat of a chase: nanoseconds of each of its pieces.
[[nodiscard]] std::vector<double> timed_pieces(const void*& at, std::uint64_t pieces, double clock)
{
    std::vector<double> nanoseconds;
    for (; pieces != 0; --pieces) {
        const Clock::time_point start = Clock::now();
        at = chase(at, piece_loads);
        nanoseconds.push_back(std::max(0.0, seconds_since(start) * 1e9 - clock));
    }
    return nanoseconds;
}

[[nodiscard]] Sample sample(const Pattern& pattern, char* buffer, std::uint64_t seed)
{
    const std::uint64_t pieces = std::clamp<std::uint64_t>(2 * pattern.elements / piece_loads, 3, 8);
    const double clock = clock_nanoseconds();
    const void* at = chase(link(pattern, buffer, seed), std::max<std::uint64_t>(pattern.elements, 20'000));
    TimedRepeats timed;
    Sample result;
    for (unsigned repeat = 0; repeat < repeats; ++repeat) {
        const double before = cycle_nanoseconds();
        std::vector<double> cycles = timed_pieces(at, pieces, clock);
        const double cycle = std::min(before, cycle_nanoseconds());
        for (double& each : cycles)
            each /= cycle * static_cast<double>(piece_loads);
        timed.push_back(std::move(cycles));
        result.ghz = std::max(result.ghz, 1 / cycle);
    }
    sink = at;
    result.latency = undisturbed(timed);
    return result;
}

/// Once more if that could not be trusted.
[[nodiscard]] Sample sample_with_patience(const Pattern& pattern, char* buffer, std::uint64_t seed)
{
    const Sample first = sample(pattern, buffer, seed);
    if (first.latency.trustworthy) return first;
    const Sample second = sample(pattern, buffer, seed);
    return second.latency.trustworthy || second.latency.cycles < first.latency.cycles ? second : first;
}

/// Eight sizes a power of two.
[[nodiscard]] std::vector<std::uint64_t> sizes_up_to(std::uint64_t most)
{
    std::vector<std::uint64_t> sizes;
    for (std::uint64_t base = 8; base <= most; base *= 2) {
        for (std::uint64_t eighth = 8; eighth < 16 && base * eighth / 8 <= most; ++eighth) {
            if (base * eighth / 8 >= 16 || eighth == 8) sizes.push_back(base * eighth / 8);
        }
    }
    return sizes;
}

[[nodiscard]] Pattern pattern_of(const std::string& series, std::uint64_t elements)
{
    Pattern pattern;
    pattern.series = series;
    pattern.size = pattern.elements = elements;
    pattern.spacing = series == "packed_lines" ? 64 : x86::small_page_bytes;
    if (series != "packed_lines") pattern.lines = Lines::varied;
    if (series == "one_line_per_4k_page") return pattern;
    pattern.page_size = x86::PageSize::size_2m;
    if (series == "one_line_per_2m_page") {
        pattern.spacing = large_page_bytes;
        pattern.lines = Lines::varied_in_large_page;
    }
    return pattern;
}

[[nodiscard]] bool file_has_word(const char* file, const std::string& word)
{
    std::ifstream stream{file};
    for (std::string each; stream >> each;) {
        if (each == word) return true;
    }
    return false;
}

[[nodiscard]] bool pin_to_this_processor()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

/// KiB of this process that the kernel holds in large pages.
[[nodiscard]] std::uint64_t large_page_kib()
{
    std::ifstream stream{"/proc/self/smaps_rollup"};
    for (std::string word; stream >> word;) {
        std::uint64_t kib = 0;
        if (word == "AnonHugePages:" && stream >> kib) return kib;
    }
    return 0;
}

class Campaign {
public:
    explicit Campaign(const NativeOptions& options) : options_{options}
    {
        result_.curves.size_name = "elements";
        result_.pinned = pin_to_this_processor();
        result_.hypervisor = file_has_word("/proc/cpuinfo", "hypervisor");
    }

    [[nodiscard]] NativeCurves run()
    {
        measure("one_line_per_4k_page", most_pages, false);
        measure("packed_lines", most_pages, true);
        result_.large_pages = judge_large_pages();
        if (result_.large_pages == LargePages::usable) measure("one_line_per_2m_page", most_large_pages, true);
        return result_;
    }

private:
    void measure(const std::string& series, std::uint64_t most, bool large_pages)
    {
        const std::vector<std::uint64_t> sizes = sizes_up_to(most);
        const Region region{pattern_of(series, most).span(), large_pages};
        for (std::size_t index = 0; index < sizes.size(); ++index) {
            if (options_.progress) options_.progress(series, index, sizes.size());
            if (seconds_since(start_) > options_.seconds) {
                result_.complete = false;
                return;
            }
            const Pattern pattern = pattern_of(series, sizes[index]);
            const Sample best = sample_with_patience(pattern, region.start(), options_.seed);
            result_.core_ghz = std::max(result_.core_ghz, best.ghz);
            result_.curves.points.push_back({pattern, best.latency.cycles});
            if (best.latency.disturbed) ++result_.disturbed;
            if (!best.latency.trustworthy) ++result_.untrustworthy;
        }
    }

    /// 256 small pages inside one large page take one entry if it is held whole, and more than a first level otherwise.
    [[nodiscard]] LargePages judge_large_pages() const
    {
        constexpr std::uint64_t small_pages = 256;
        const Region region{2 * large_page_bytes, true};
        const Pattern inside = pattern_of("4k_in_2m", small_pages);
        const std::uint64_t before = large_page_kib();
        const double one_page = sample(pattern_of("4k_in_2m", 8), region.start(), options_.seed).latency.cycles;
        if (large_page_kib() <= before) return LargePages::refused;
        const double many_pages = sample(inside, region.start(), options_.seed).latency.cycles;
        return many_pages < one_page * 1.3 ? LargePages::usable : LargePages::fragmented;
    }

    const NativeOptions& options_;
    Clock::time_point start_ = Clock::now();
    NativeCurves result_;
};

} // namespace

NativeCurves measure_here(const NativeOptions& options) { return Campaign{options}.run(); }

std::string preemption_warning(const NativeCurves& native)
{
    if (native.untrustworthy == 0) return "";
    return fmt::format("{} of {} points were preempted whenever they were measured and may be too high: measure again "
                       "on an idle machine\n",
                       native.untrustworthy, native.curves.points.size());
}

std::string csv_of(const MeasuredCurves& curves)
{
    std::string text = "pattern,elements,stride_pages,cycles\n";
    for (const MeasuredPoint& point : curves.points) {
        const int stride = point.pattern.series == "packed_lines" ? 0 : 1;
        text += fmt::format("{},{},{},{:.2f}\n", point.pattern.series, point.pattern.elements, stride, point.cycles);
    }
    return text;
}

} // namespace drywalk::calibrate
