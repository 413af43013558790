// SPDX-License-Identifier: MIT
// A variable of the environment for the length of a scope: the next test has it as it was.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace drywalk::test {

class EnvironmentVariable {
public:
    explicit EnvironmentVariable(const char* name) : name_{name}
    {
        if (const char* const before = std::getenv(name)) before_ = before;
    }
    EnvironmentVariable(const char* name, const std::string& value) : EnvironmentVariable{name} { set(value); }
    EnvironmentVariable(const EnvironmentVariable&) = delete;
    EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
    ~EnvironmentVariable()
    {
        if (before_)
            set(*before_);
        else
            unset();
    }

    void set(const std::string& value) const { ::setenv(name_, value.c_str(), 1); }
    void unset() const { ::unsetenv(name_); }

private:
    const char* name_;
    std::optional<std::string> before_;
};

} // namespace drywalk::test
