// SPDX-License-Identifier: MIT
#include "sim/trace/trace_input.hpp"

#include "sim/input/complaint.hpp"
#include "sim/trace/spooled_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <unistd.h>

namespace drywalk::trace {

namespace {

namespace fs = std::filesystem;

/// One way through an input that is shared.
class SpooledSource : public ByteSource {
public:
    explicit SpooledSource(std::shared_ptr<SpooledInput> input) : input_{std::move(input)} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override
    {
        const std::size_t count = input_->read_at(at_, into, most);
        at_ += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return at_; }

private:
    std::shared_ptr<SpooledInput> input_;
    std::uint64_t at_ = 0;
};

[[nodiscard]] std::function<std::unique_ptr<ByteSource>()> opener_of(std::shared_ptr<SpooledInput> input)
{
    return [input = std::move(input)] { return open_source(std::make_unique<SpooledSource>(input), input->name()); };
}

/// A file that ends and that reads the same the next time, or one that open_file() will complain about.
[[nodiscard]] bool readable_again(const std::string& file)
{
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    return !fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status);
}

} // namespace

TraceInput::TraceInput(const std::vector<std::string>& files, ReadOptions options) : TraceInput{std::move(options)}
{
    if (std::ranges::count(files, "-") > 1) throw InputError{"-: standard input can be read only once"};
    for (const std::string& file : files)
        add_file(file);
    name_ = parts_.front().name;
    if (parts_.size() > 1) name_ += fmt::format(" and {} more", parts_.size() - 1);
    std::uint64_t sum = 0;
    for (const std::string& file : files) {
        std::error_code error;
        const std::uintmax_t size = file != "-" && readable_again(file) ? fs::file_size(file, error) : 0;
        if (error || size == 0) return;
        sum += size;
    }
    bytes_ = sum;
}

TraceInput::TraceInput(const std::string& file, ReadOptions options)
    : TraceInput{std::vector<std::string>{file}, std::move(options)}
{
}

TraceInput TraceInput::of_memory(std::string bytes, std::string name, ReadOptions options)
{
    TraceInput input{std::move(options)};
    input.name_ = name;
    input.bytes_ = bytes.size();
    input.parts_.push_back({name, [bytes = std::move(bytes), name] { return open_memory(bytes, name); }});
    return input;
}

void TraceInput::add_file(const std::string& file)
{
    if (file == "-") {
        const std::string name = "standard input";
        return parts_.push_back({name, opener_of(std::make_shared<SpooledInput>(STDIN_FILENO, name))});
    }
    if (readable_again(file)) return parts_.push_back({file, [file] { return open_bytes(file); }});
    parts_.push_back({file, opener_of(std::make_shared<SpooledInput>(open_descriptor(file), file))});
}

TraceReader TraceInput::open() const
{
    std::vector<NamedSource> sources;
    for (const Part& part : parts_)
        sources.push_back({part.name, part.open()});
    return TraceReader{std::move(sources), options_};
}

} // namespace drywalk::trace
