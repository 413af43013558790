// SPDX-License-Identifier: MIT
#include "sim/cli/option_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

[[nodiscard]] std::string folded(std::string text)
{
    for (char& letter : text) {
        if (letter == '_') letter = '-';
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return text;
}

/// "a, b and c"
[[nodiscard]] std::string listed(const std::vector<std::string>& names)
{
    const auto last = names.end() - 1;
    return fmt::format("{} and {}", fmt::join(names.begin(), last, ", "), *last);
}

/// The one value of an option that may be given once.
[[nodiscard]] const std::string& single(const boost::any& store, const std::vector<std::string>& values)
{
    if (!store.empty() || values.size() > 1)
        throw IllegalValue(values.back(), "the option is given twice (legal: once)");
    return values.front();
}

class Number : public po::typed_value<std::uint64_t> {
public:
    Number(std::uint64_t least, std::uint64_t most) : typed_value{nullptr}, least_{least}, most_{most} {}
    void xparse(boost::any& store, const std::vector<std::string>& values) const override
    {
        store = whole_number(single(store, values), least_, most_);
    }

private:
    std::uint64_t least_;
    std::uint64_t most_;
};

class Decimal : public po::typed_value<double> {
public:
    Decimal(double least, double most) : typed_value{nullptr}, least_{least}, most_{most} {}
    void xparse(boost::any& store, const std::vector<std::string>& values) const override
    {
        store = decimal_number(single(store, values), least_, most_);
    }

private:
    double least_;
    double most_;
};

class Choice : public po::typed_value<std::string> {
public:
    explicit Choice(std::vector<std::string> legal) : typed_value{nullptr}, legal_{std::move(legal)} {}
    void xparse(boost::any& store, const std::vector<std::string>& values) const override
    {
        store = choice_of(single(store, values), legal_);
    }

private:
    std::vector<std::string> legal_;
};

/// Any number of values, none twice; out of `legal_` unless that is empty.
class Several : public po::typed_value<std::vector<std::string>> {
public:
    explicit Several(std::vector<std::string> legal) : typed_value{nullptr}, legal_{std::move(legal)} { composing(); }
    void xparse(boost::any& store, const std::vector<std::string>& values) const override
    {
        if (store.empty()) store = std::vector<std::string>{};
        auto& all = *boost::any_cast<std::vector<std::string>>(&store);
        for (const std::string& text : values) {
            const std::string value = legal_.empty() ? text : choice_of(text, legal_);
            if (std::ranges::find(all, value) != all.end())
                throw IllegalValue(text, "given twice (legal: each value once)");
            all.push_back(value);
        }
    }

private:
    std::vector<std::string> legal_;
};

} // namespace

IllegalValue::IllegalValue(const std::string& value, const std::string& reason)
    : error_with_option_name{"illegal value"}, value_{value}, reason_{reason}
{
}

std::uint64_t whole_number(const std::string& text, std::uint64_t least, std::uint64_t most)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && value >= least && value <= most) return value;
    throw IllegalValue(text, fmt::format("legal are {} to {}", least, most));
}

double decimal_number(const std::string& text, double least, double most)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && std::isfinite(value) && value >= least && value <= most) return value;
    throw IllegalValue(text, fmt::format("legal are {} to {}", least, most));
}

std::string choice_of(const std::string& text, const std::vector<std::string>& legal)
{
    for (const std::string& each : legal) {
        if (folded(each) == folded(text)) return each;
    }
    throw IllegalValue(text, "legal are " + listed(legal));
}

po::typed_value<std::uint64_t>* number(std::uint64_t least, std::uint64_t most) { return new Number{least, most}; }
po::typed_value<double>* decimal(double least, double most) { return new Decimal{least, most}; }
po::typed_value<std::string>* choice(std::vector<std::string> legal) { return new Choice{std::move(legal)}; }
po::typed_value<std::vector<std::string>>* texts() { return new Several{{}}; }
po::typed_value<std::vector<std::string>>* choices(std::vector<std::string> legal)
{
    return new Several{std::move(legal)};
}

} // namespace drywalk::cli
