// SPDX-License-Identifier: MIT
// What is to be judged: one trace, or the logs of several processors. It can be read as often as need be.
#pragma once

#include "sim/trace/reader.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drywalk::trace {

class TraceInput {
public:
    /// Files, "-" for standard input. What cannot be read twice (standard input, pipes) is copied to a temporary file
    /// as it is read. Throws InputError if standard input is named twice.
    explicit TraceInput(const std::vector<std::string>& files, ReadOptions options = {});
    explicit TraceInput(const std::string& file, ReadOptions options = {});
    /// A trace in memory; `name` is what errors and reports call it.
    [[nodiscard]] static TraceInput of_memory(std::string bytes, std::string name, ReadOptions options = {});

    /// A reader that begins at the first event. Each call begins anew; readers do not disturb each other. Throws
    /// InputError.
    [[nodiscard]] TraceReader open() const;

    /// "a.jsonl", "standard input", "a.jsonl and 3 more".
    [[nodiscard]] const std::string& name() const { return name_; }
    /// Of all files, compressed as they are; 0 if one of them is no regular file.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    struct Part {
        std::string name;
        std::function<std::unique_ptr<ByteSource>()> open;
    };

    explicit TraceInput(ReadOptions options) : options_{std::move(options)} {}
    void add_file(const std::string& file);

    ReadOptions options_;
    std::vector<Part> parts_;
    std::string name_;
    std::uint64_t bytes_ = 0;
};

} // namespace drywalk::trace
