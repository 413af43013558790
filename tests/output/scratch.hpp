// SPDX-License-Identifier: MIT
// A folder of its own for each test that writes files.
#pragma once

#include "sim/input/input_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <unistd.h>

namespace drywalk::output::test {

namespace fs = std::filesystem;

class Scratch : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }

    void put(const std::string& name, const std::string& text) const { std::ofstream{folder / name} << text; }
    [[nodiscard]] std::string get(const std::string& name) const
    {
        std::ifstream stream{folder / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }
    /// Everything in the folder, by its name in it.
    [[nodiscard]] std::set<std::string> names() const
    {
        std::set<std::string> all;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator{folder})
            all.insert(entry.path().lexically_relative(folder).string());
        return all;
    }

    fs::path folder = fs::path{testing::TempDir()} / ("drywalk_output_test_" + std::to_string(::getpid()));
};

/// What `work` is refused with; empty if it is not.
template <typename Work>
[[nodiscard]] std::string refusal(const Work& work)
{
    try {
        work();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

} // namespace drywalk::output::test
