// SPDX-License-Identifier: MIT
// What the trace tests share: traces as text, and files that go away again.
#pragma once

#include "sim/input/input_error.hpp"
#include "sim/trace/reader.hpp"
#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace drywalk::trace::test {

using drywalk::test::TemporaryDirectory;

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
    explicit OwnedEvent(const Event& from)
        : event{from}, name{from.name}, src{from.src}, note{from.note}, stack{from.stack}, data{from.data}
    {
    }

    /// Good as long as this object stays where it is.
    [[nodiscard]] Event view() const
    {
        Event view = event;
        view.name = name;
        view.src = src;
        view.note = note;
        view.stack = stack;
        view.data = data;
        return view;
    }

    Event event;
    std::string name;
    std::string src;
    std::string note;
    std::string stack;
    std::string data;
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
