// SPDX-License-Identifier: MIT
#include "sim/input/json_text.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <vector>

namespace drywalk {

namespace {

using nlohmann::json;

/// Reads a text and remembers how far: the parser does not tell its position in the middle of a document.
class Cursor {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor() = default;
    Cursor(const char* at, const char** furthest) : at_{at}, furthest_{furthest} {}

    reference operator*() const { return *at_; }
    Cursor& operator++()
    {
        *furthest_ = ++at_;
        return *this;
    }
    Cursor operator++(int)
    {
        const Cursor before{*this};
        ++*this;
        return before;
    }
    bool operator==(const Cursor& other) const { return at_ == other.at_; }

private:
    const char* at_ = nullptr;
    const char** furthest_ = nullptr;
};

/// A place in a text, counted from 1; columns count bytes.
struct Place {
    std::size_t line = 1;
    std::size_t column = 1;
};

[[nodiscard]] Place place_of(const std::string& text, std::size_t offset)
{
    Place place;
    for (std::size_t at = 0; at < std::min(offset, text.size()); ++at) {
        ++place.column;
        if (text[at] == '\n') place = {place.line + 1, 1};
    }
    return place;
}

[[noreturn]] void fail_at(const std::string& text, const std::string& file, std::size_t offset, const std::string& what)
{
    const Place place = place_of(text, offset);
    throw InputError{one_line(fmt::format("{}:{}:{}: {}", file, place.line, place.column, what))};
}

/// The parser repeats what it read last; of a long number or word the beginning will do.
[[nodiscard]] std::string cut(const std::string& text)
{
    constexpr std::size_t longest = 160;
    return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

/// What the parser's message says beyond its own name and the position.
[[nodiscard]] std::string plain_message(const std::string& message)
{
    const std::string column = ", column ";
    const std::size_t at = message.find(column);
    const std::size_t colon = at == std::string::npos ? std::string::npos : message.find(": ", at);
    const std::size_t bracket = message.find("] ");
    std::string plain = message;
    if (colon != std::string::npos) {
        plain = message.substr(colon + 2);
    } else if (bracket != std::string::npos) {
        plain = message.substr(bracket + 2);
    }
    const bool ascii = std::all_of(plain.begin(), plain.end(), [](char c) { return static_cast<signed char>(c) > 0; });
    return ascii ? cut(plain) : "a string that is not UTF-8 (JSON is UTF-8)";
}

/// Watches the parser and refuses what nlohmann's own document builder would let pass.
class StrictReader : public nlohmann::json_sax<json> {
public:
    StrictReader(const std::string& text, std::string file) : text_{text}, file_{std::move(file)}, read_{text.data()} {}

    void read()
    {
        const char* const end = text_.data() + text_.size();
        json::sax_parse(Cursor{text_.data(), &read_}, Cursor{end, &read_}, this);
    }

    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(number_integer_t /*value*/) override { return true; }
    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return true; }
    bool string(string_t& value) override
    {
        check_length(value);
        return true;
    }
    bool start_object(std::size_t /*size*/) override { return descend(); }
    bool start_array(std::size_t /*size*/) override { return descend(); }
    bool end_object() override { return ascend(); }
    bool end_array() override { return ascend(); }
    bool key(string_t& name) override
    {
        check_length(name);
        if (!keys_.back().insert(name).second) {
            fail_at(text_, file_, offset() - 1, fmt::format("key {} appears twice (each key once)", in_quotes(name)));
        }
        return true;
    }
    bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& error) override
    {
        fail_at(text_, file_, position == 0 ? 0 : position - 1, plain_message(error.what()));
    }

private:
    [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(read_ - text_.data()); }

    void check_length(const string_t& value) const
    {
        if (value.size() <= longest_string) return;
        fail_at(text_, file_, offset() - 1,
                fmt::format("a string of {} bytes (at most {})", value.size(), longest_string));
    }

    bool descend()
    {
        keys_.emplace_back();
        if (keys_.size() > deepest_nesting) {
            fail_at(text_, file_, offset() - 1, fmt::format("nested too deeply (at most {} levels)", deepest_nesting));
        }
        return true;
    }

    bool ascend()
    {
        keys_.pop_back();
        return true;
    }

    const std::string& text_;
    std::string file_;
    const char* read_;
    std::vector<std::unordered_set<std::string>> keys_; ///< of the open objects and, empty, arrays
};

/// The parser takes a NUL byte for the end of the text; JSON has none, not even in strings.
void refuse_nul(const std::string& text, const std::string& file)
{
    const std::size_t at = text.find('\0');
    if (at != std::string::npos)
        fail_at(text, file, at, "a NUL byte (JSON has none, and nothing may follow the value)");
}

} // namespace

json parse_json(const std::string& text, const std::string& file)
{
    if (text.empty()) fail_at(text, file, 0, "the file is empty (a JSON object is expected)");
    refuse_nul(text, file);
    StrictReader{text, file}.read();
    return json::parse(text);
}

} // namespace drywalk
