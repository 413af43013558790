// SPDX-License-Identifier: MIT
// The one exception for bad input. main() catches it, prints what() as one line and exits with code 2.
#pragma once

#include <stdexcept>
#include <string>

namespace drywalk {

/// `what()` is one line: where (file:line:column or file and JSON pointer), what, and what would be legal.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace drywalk
