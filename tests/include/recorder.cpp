// SPDX-License-Identifier: MIT
// Holds the header's implementation, compiled as C++.
#pragma GCC diagnostic ignored "-Wold-style-cast"
#define DRYWALK_IMPLEMENTATION
#include "tests/include/recorder.hpp"

#include <regex>
#include <sstream>

namespace drywalk::tracing {
namespace {

std::string recorded;
thread_local uint32_t this_processor = 0;

} // namespace

std::string taken()
{
    std::string text;
    text.swap(recorded);
    return text;
}

std::string without_seq(const std::string& text)
{
    static const std::regex number{R"re(,"seq":"0x[0-9a-f]+")re"};
    return std::regex_replace(text, number, "");
}

void put(char character) { recorded += character; }

uint32_t processor() { return this_processor; }
void be_processor(uint32_t number) { this_processor = number; }

std::string without_header(const std::string& text) { return text.substr(text.find('\n') + 1); }

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

uint64_t seq_of(const std::string& line)
{
    const std::string key = "\"seq\":\"";
    return std::stoull(line.substr(line.find(key) + key.size()), nullptr, 16);
}

} // namespace drywalk::tracing
