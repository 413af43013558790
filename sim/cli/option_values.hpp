// SPDX-License-Identifier: MIT
// Values of options with their type: numbers within a range and names out of a list.
#pragma once

#include <boost/program_options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace drywalk::cli {

/// A value that an option cannot have; Options makes a usage error of it.
class IllegalValue : public boost::program_options::error_with_option_name {
public:
    /// `reason` names what is legal.
    IllegalValue(const std::string& value, const std::string& reason);
    ~IllegalValue() noexcept override = default;

    [[nodiscard]] const std::string& value() const { return value_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    std::string value_;
    std::string reason_;
};

/// `text` as a whole number: decimal digits and nothing else. Throws IllegalValue.
[[nodiscard]] std::uint64_t whole_number(const std::string& text, std::uint64_t least, std::uint64_t most);

/// `text` as a finite decimal number. Throws IllegalValue.
[[nodiscard]] double decimal_number(const std::string& text, double least, double most);

/// The one of `legal` that `text` names, in its own spelling: capitals are as good as small letters, '_' as '-'.
/// Throws IllegalValue.
[[nodiscard]] std::string choice_of(const std::string& text, const std::vector<std::string>& legal);

/// A std::uint64_t from `least` to `most`.
[[nodiscard]] boost::program_options::typed_value<std::uint64_t>* number(std::uint64_t least, std::uint64_t most);
/// A double from `least` to `most`.
[[nodiscard]] boost::program_options::typed_value<double>* decimal(double least, double most);
/// A std::string out of `legal`.
[[nodiscard]] boost::program_options::typed_value<std::string>* choice(std::vector<std::string> legal);
/// A std::vector<std::string>: texts, each given once at most.
[[nodiscard]] boost::program_options::typed_value<std::vector<std::string>>* texts();
/// The same out of `legal`.
[[nodiscard]] boost::program_options::typed_value<std::vector<std::string>>* choices(std::vector<std::string> legal);

} // namespace drywalk::cli
