// SPDX-License-Identifier: MIT
// Reading what the payload writes to its serial port: payload/protocol.hpp.

#include "kernel_model/program/log_format.hpp"
#include "tests/differential/machine.hpp"

#include <charconv>
#include <fmt/format.h>

namespace drywalk::differential {

namespace {

[[nodiscard]] std::optional<std::uint64_t> hex(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

[[nodiscard]] std::optional<Outcome> page_fault_of(std::string_view word, const Operation& operation)
{
    const std::size_t at = word.find('@');
    const auto error = hex(word.substr(0, at));
    const auto address = at == std::string_view::npos ? operation.address() : hex(word.substr(at + 1));
    if (!error || !address) return std::nullopt;
    return Outcome{Outcome::Kind::page_fault, 0, static_cast<std::uint32_t>(*error), *address};
}

[[nodiscard]] std::optional<Outcome> outcome_of(std::string_view word, const Operation& operation)
{
    if (word.starts_with('!')) return page_fault_of(word.substr(1), operation);
    const bool exception = word.starts_with('#');
    const auto value = hex(word.substr(exception ? 1 : 0));
    if (!value) return std::nullopt;
    return Outcome{exception ? Outcome::Kind::other : Outcome::Kind::value, *value, 0, 0};
}

class Parser {
public:
    Parser(const Processor& processor, std::span<const Program> programs) : processor_{processor}, programs_{programs}
    {
    }

    [[nodiscard]] MachineAnswers run(std::string_view text)
    {
        while (!text.empty() && result_.problem.empty() && !ended_) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            take_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (result_.problem.empty() && !ended_) {
            complain(fmt::format("ended after {} of {} programs", result_.answers.size(), programs_.size()));
        }
        return std::move(result_);
    }

private:
    void complain(std::string what)
    {
        if (result_.problem.empty()) result_.problem = std::move(what);
    }

    void take_line(std::string_view line)
    {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.starts_with("dw")) return; // the firmware's, or the loader's
        const std::size_t last = line.rfind(' ');
        const auto check = last == std::string_view::npos ? std::nullopt : hex(line.substr(last + 1));
        if (!check || *check != kernel::log::line_check(line.substr(0, last))) {
            return complain(fmt::format("a damaged line: {}", line));
        }
        take_words(words_of(line.substr(0, last)), line);
    }

    void take_words(const std::vector<std::string_view>& words, std::string_view line)
    {
        bool understood = false;
        if (words[0] == program_tag) understood = take_program(words);
        if (words[0] == slots_tag) understood = take_slots(words);
        if (words[0] == cpu_tag) understood = take_processor(words);
        if (words[0] == end_tag) {
            ended_ = true;
            understood =
                words.size() == 2 && hex(words[1]) == programs_.size() && result_.answers.size() == programs_.size();
        }
        if (!understood) complain(fmt::format("not what was expected: {}", line));
    }

    [[nodiscard]] bool take_processor(const std::vector<std::string_view>& words)
    {
        if (words.size() != 3 || !hex(words[1]) || !hex(words[2])) return false;
        const Processor reported{static_cast<unsigned>(*hex(words[1])), static_cast<std::uint32_t>(*hex(words[2]))};
        return reported == processor_;
    }

    /// Outcomes, "=", the two sums.
    [[nodiscard]] bool take_program(const std::vector<std::string_view>& words)
    {
        const std::size_t number = result_.answers.size();
        if (number >= programs_.size() || words.size() < 2 || hex(words[1]) != number) return false;
        Answer answer;
        std::size_t at = 2;
        for (const Operation& operation : programs_[number].operations) {
            if (!is_access(operation.kind)) continue;
            const auto outcome = at < words.size() ? outcome_of(words[at++], operation) : std::nullopt;
            if (!outcome) return false;
            answer.outcomes.push_back(*outcome);
        }
        if (words.size() != at + 3 || words[at] != "=" || !hex(words[at + 1]) || !hex(words[at + 2])) return false;
        answer.state = static_cast<std::uint32_t>(*hex(words[at + 1]));
        answer.state_without_flags = static_cast<std::uint32_t>(*hex(words[at + 2]));
        result_.answers.push_back(std::move(answer));
        return true;
    }

    [[nodiscard]] bool take_slots(const std::vector<std::string_view>& words)
    {
        if (result_.answers.empty() || words.size() != 2 + slot_count) return false;
        Slots slots{};
        for (unsigned slot = 0; slot < slot_count; ++slot) {
            const auto word = hex(words[2 + slot]);
            if (!word) return false;
            slots[slot] = *word;
        }
        result_.answers.back().slots = slots;
        return true;
    }

    Processor processor_;
    std::span<const Program> programs_;
    MachineAnswers result_;
    bool ended_ = false;
};

} // namespace

MachineAnswers parse_answers(std::string_view text, const Processor& processor, std::span<const Program> programs)
{
    return Parser{processor, programs}.run(text);
}

} // namespace drywalk::differential
