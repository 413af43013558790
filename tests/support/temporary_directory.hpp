// SPDX-License-Identifier: MIT
// A place for files that go away again.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cstdlib>

namespace drywalk::test {

/// A directory that nobody else has; it is removed at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        std::string pattern = std::filesystem::temp_directory_path() / "drywalk_test_XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
        path_ = pattern;
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    /// The file's path.
    [[nodiscard]] std::string write(const std::string& name, std::string_view bytes) const
    {
        std::ofstream{path_ / name, std::ios::binary} << bytes;
        return file(name);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace drywalk::test
