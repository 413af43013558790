// SPDX-License-Identifier: MIT
// A fuzzer's input as a file, for what reads files by name. It lies in a folder of the process's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace drywalk::fuzz {

class InputFile {
public:
    /// `name` may name folders.
    explicit InputFile(const std::filesystem::path& name) : path_{folder_ / name}
    {
        std::filesystem::create_directories(path_.parent_path());
    }
    ~InputFile() { std::filesystem::remove_all(folder_); }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void write(const std::uint8_t* data, std::size_t size) const
    {
        std::ofstream{path_, std::ios::binary}.write(reinterpret_cast<const char*>(data),
                                                     static_cast<std::streamsize>(size));
    }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("drywalk_fuzz_" + std::to_string(::getpid()));
    std::filesystem::path path_;
};

} // namespace drywalk::fuzz
