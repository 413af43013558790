// SPDX-License-Identifier: MIT
// Tells C++ code from comments and literals.
#include "tests/architecture/rules.hpp"

#include <cctype>
#include <cstddef>

namespace drywalk::architecture {
namespace {

/// Goes through a text once, copying code and blanking the rest.
class Stripper {
public:
    explicit Stripper(const std::string& text) : text_{text}, code_{text} {}

    [[nodiscard]] std::string run()
    {
        while (position_ < text_.size())
            step();
        return code_;
    }

private:
    void step()
    {
        if (at("//")) return blank_until("\n", 0);
        if (at("/*")) return blank_until("*/", 2);
        if (!directive_ && at("R\"")) return blank_raw_string();
        const char here = text_[position_];
        if (here == '"' || (here == '\'' && !separates_digits())) return literal(here);
        note_line(here);
        ++position_;
    }

    /// Keeps track of whether the line is one of the preprocessor's.
    void note_line(char here)
    {
        if (here == '\n') {
            line_is_blank_ = true;
            directive_ = false;
        } else if (std::isspace(static_cast<unsigned char>(here)) == 0) {
            directive_ = directive_ || (line_is_blank_ && here == '#');
            line_is_blank_ = false;
        }
    }

    [[nodiscard]] bool at(const char* token) const { return text_.compare(position_, 2, token) == 0; }

    [[nodiscard]] bool separates_digits() const
    {
        return position_ > 0 && std::isalnum(static_cast<unsigned char>(text_[position_ - 1])) != 0;
    }

    /// Blanks up to `end`, and `extra` characters of it.
    void blank_until(const std::string& end, std::size_t extra)
    {
        const std::size_t found = text_.find(end, position_ + 2);
        blank_to(found == std::string::npos ? text_.size() : found + extra);
    }

    void blank_raw_string()
    {
        const std::size_t open = text_.find('(', position_);
        if (open == std::string::npos) return blank_to(text_.size());
        const std::string end = ")" + text_.substr(position_ + 2, open - position_ - 2) + "\"";
        blank_until(end, end.size());
    }

    void literal(char quote)
    {
        std::size_t end = position_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
            end += text_[end] == '\\' ? 2U : 1U;
        line_is_blank_ = false;
        if (end < text_.size() && text_[end] == quote) ++end;
        if (directive_)
            position_ = end;
        else
            blank_to(end);
    }

    void blank_to(std::size_t end)
    {
        for (; position_ < end && position_ < text_.size(); ++position_) {
            if (text_[position_] != '\n') code_[position_] = ' ';
        }
    }

    const std::string& text_;
    std::string code_;
    std::size_t position_ = 0;
    bool line_is_blank_ = true;
    bool directive_ = false;
};

} // namespace

std::string code_of(const std::string& text) { return Stripper{text}.run(); }

} // namespace drywalk::architecture
