// SPDX-License-Identifier: MIT
// Reading the log that the bare-metal kernel writes to its serial port.

#include "sim/boot/serial_log.hpp"

#include "kernel_model/program/log_format.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace drywalk::boot {

namespace {

namespace log = kernel::log;

/// The blank-separated words of a line, taken from the left. Failure sticks.
class Words {
public:
    explicit Words(std::string_view line) : rest_{line} {}

    [[nodiscard]] std::string_view next()
    {
        const auto end = rest_.find(' ');
        const auto word = rest_.substr(0, end);
        rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
        return word;
    }

    template <typename T>
    [[nodiscard]] T number(int base)
    {
        const auto word = next();
        T value{};
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
        good_ = good_ && error == std::errc{} && end == word.data() + word.size();
        return value;
    }

    /// True if every number was one and nothing is left over.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

/// `line` without its check, or nothing if the check does not fit.
[[nodiscard]] std::optional<std::string_view> checked(std::string_view line)
{
    const auto blank = line.rfind(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto text = line.substr(0, blank);
    if (line.substr(blank + 1) != fmt::format("{:02x}", log::line_check(text))) return std::nullopt;
    return text;
}

class Parser {
public:
    [[nodiscard]] ParsedLog parse(std::string_view text)
    {
        while (!text.empty() && !done()) {
            const auto end = text.find('\n');
            ++line_number_;
            // A line without its end was cut off; the closing line's absence tells it.
            if (end == std::string_view::npos) break;
            take(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        if (!done()) {
            if (seen_any_)
                fail(LogProblem::truncated, "the log ends without its closing line");
            else
                fail(LogProblem::nothing, "the kernel wrote nothing");
        }
        return std::move(parsed_);
    }

private:
    [[nodiscard]] bool done() const { return closed_ || parsed_.problem != LogProblem::none; }

    void fail(LogProblem problem, std::string_view what)
    {
        parsed_.problem = problem;
        parsed_.message = fmt::format("serial log, line {}: {}", line_number_, what);
    }

    void take(std::string_view line)
    {
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto tag = Words{line}.next();
        const bool ours =
            tag == log::observation_tag || tag == log::path_tag || tag == log::end_tag || tag == log::panic_tag;
        if (!ours) return;
        seen_any_ = true;
        const auto text = checked(line);
        if (!text) return fail(LogProblem::bad_check, fmt::format("the check does not fit: {}", line));
        if (tag == log::observation_tag) take_observation(line, *text);
        if (tag == log::path_tag) take_path(*text);
        if (tag == log::end_tag) take_end(*text);
        if (tag == log::panic_tag) fail(LogProblem::panicked, text->substr(tag.size() + 1));
    }

    void take_observation(std::string_view line, std::string_view text)
    {
        Words words = after_tag(text);
        const auto number = words.number<std::uint64_t>(16);
        const auto kind = words.number<std::uint8_t>(10);
        const auto code = words.number<std::uint32_t>(16);
        const auto a = words.number<std::uint64_t>(16);
        const auto b = words.number<std::uint64_t>(16);
        const bool known = kind < kernel::observation_kind_count;
        if (!words.complete() || !known) return malformed(text);
        if (number != parsed_.log.observations.size()) {
            return fail(LogProblem::out_of_order,
                        fmt::format("observation {} where {} was due", number, parsed_.log.observations.size()));
        }
        parsed_.log.observations.push_back({static_cast<kernel::ObservationKind>(kind), code, a, b});
        crc_.add(line);
        crc_.add("\n");
    }

    void take_path(std::string_view text)
    {
        Words words = after_tag(text);
        const auto path = words.number<unsigned>(10);
        const auto passes = words.number<std::uint64_t>(16);
        const auto ticks = words.number<std::uint64_t>(16);
        if (!words.complete() || path >= parsed_.log.paths.size()) return malformed(text);
        parsed_.log.paths[path] = {passes, ticks};
    }

    void take_end(std::string_view text)
    {
        Words words = after_tag(text);
        const auto count = words.number<std::uint64_t>(16);
        const auto crc = words.number<std::uint32_t>(16);
        if (!words.complete()) return malformed(text);
        if (count != parsed_.log.observations.size() || crc != crc_.value()) {
            return fail(LogProblem::bad_total,
                        fmt::format("the closing line is about {} observations, CRC {:08x}; read: "
                                    "{}, CRC {:08x}",
                                    count, crc, parsed_.log.observations.size(), crc_.value()));
        }
        closed_ = true;
    }

    void malformed(std::string_view text) { fail(LogProblem::malformed, fmt::format("not in the format: {}", text)); }

    [[nodiscard]] static Words after_tag(std::string_view text)
    {
        Words words{text};
        static_cast<void>(words.next());
        return words;
    }

    ParsedLog parsed_;
    log::Crc32 crc_;
    std::size_t line_number_ = 0;
    bool seen_any_ = false;
    bool closed_ = false;
};

} // namespace

ParsedLog parse_serial_log(std::string_view text) { return Parser{}.parse(text); }

} // namespace drywalk::boot
