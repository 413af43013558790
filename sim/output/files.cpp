// SPDX-License-Identifier: MIT
#include "sim/output/files.hpp"

#include "sim/input/input_error.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include <unistd.h>

namespace drywalk::output {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot_write(const fs::path& file, const std::string& why)
{
    throw InputError(fmt::format("{}: cannot be written: {}", file.string(), why));
}

/// A temporary file beside the one that it is to become; it goes away if it does not.
class PartialFile {
public:
    explicit PartialFile(const OutputFile& file)
        : path_{file.path}, partial_{fmt::format("{}.{}.partial", file.path.string(), ::getpid())}
    {
        std::error_code error;
        if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
        if (error) cannot_write(path_, error.message());
        if (fs::is_directory(path_)) cannot_write(path_, "a folder has this name");
        std::ofstream stream{partial_, std::ios::binary | std::ios::trunc};
        stream << file.text;
        stream.close();
        if (!stream) {
            fs::remove(partial_, error);
            cannot_write(path_, "no such folder, no permission, or no space left");
        }
    }
    PartialFile(PartialFile&& other) noexcept
        : path_{std::move(other.path_)}, partial_{std::exchange(other.partial_, {})}
    {
    }
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    PartialFile& operator=(PartialFile&&) = delete;
    ~PartialFile()
    {
        std::error_code ignored;
        if (!partial_.empty()) fs::remove(partial_, ignored);
    }

    void rename()
    {
        std::error_code error;
        fs::rename(partial_, path_, error);
        if (error) cannot_write(path_, error.message());
        partial_.clear();
    }

private:
    fs::path path_;
    fs::path partial_; ///< empty once it is renamed
};

} // namespace

void write_whole(const std::vector<OutputFile>& files)
{
    std::vector<PartialFile> partials;
    partials.reserve(files.size());
    for (const OutputFile& file : files)
        partials.emplace_back(file);
    for (PartialFile& partial : partials)
        partial.rename();
}

void write_whole(const fs::path& file, const std::string& text) { write_whole({OutputFile{file, text}}); }

} // namespace drywalk::output
