// SPDX-License-Identifier: MIT
// What the trace tests share: traces as text, and files that go away again.
#pragma once

#include "sim/scenario/input_error.hpp"
#include "sim/trace/reader.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace drywalk::trace::test {

/// A directory of this process; it is removed at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory()
        : path_{std::filesystem::temp_directory_path() / ("drywalk_trace_test_" + std::to_string(::getpid()))}
    {
        std::filesystem::create_directories(path_);
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream{path_ / name, std::ios::binary} << bytes;
        return file(name);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

[[nodiscard]] inline std::string bytes_of(const std::filesystem::path& file)
{
    std::ostringstream bytes;
    bytes << std::ifstream{file, std::ios::binary}.rdbuf();
    return bytes.str();
}

[[nodiscard]] inline TraceReader reader_of(std::string bytes)
{
    return TraceReader{open_memory(std::move(bytes), "t"), "t"};
}

/// An event whose texts live as long as it does.
struct OwnedEvent {
    explicit OwnedEvent(const Event& from) : event{from}, name{from.name}, src{from.src}, note{from.note} {}

    /// Good as long as this object stays where it is.
    [[nodiscard]] Event view() const
    {
        Event view = event;
        view.name = name;
        view.src = src;
        view.note = note;
        return view;
    }

    Event event;
    std::string name;
    std::string src;
    std::string note;
};

[[nodiscard]] inline std::vector<OwnedEvent> read_all(TraceReader& reader)
{
    std::vector<OwnedEvent> events;
    for (Event event; reader.next(event);)
        events.emplace_back(event);
    return events;
}

/// What is said about `bytes`; empty if all of them can be read.
[[nodiscard]] inline std::string complaint(const std::string& bytes)
{
    try {
        TraceReader reader = reader_of(bytes);
        (void)read_all(reader);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

inline const std::string plain_header = "{\"drywalk_trace\":1}\n";

/// The same about one event behind a header of two processors and 64 KiB.
[[nodiscard]] inline std::string complaint_about_event(const std::string& line)
{
    return complaint("{\"drywalk_trace\":1,\"cpus\":2,\"memory_bytes\":65536}\n" + line + "\n");
}

} // namespace drywalk::trace::test
