// SPDX-License-Identifier: MIT
// The one exception for bad input. main() catches it, prints what() and exits with code 2.
#pragma once

#include <stdexcept>
#include <string>

namespace drywalk {

/// `what()` is a line for each mistake: where (file:line:column, or file and JSON pointer), what, what is legal.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace drywalk
