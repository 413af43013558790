// SPDX-License-Identifier: MIT
// What the replay tests share: traces in memory, and what reading them gives.
#pragma once

#include "sim/input/input_error.hpp"
#include "sim/replay/native_writer.hpp"
#include "sim/replay/reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::replay::test {

[[nodiscard]] inline Reference reference(ReferenceKind kind, std::uint64_t address, std::uint32_t bytes)
{
    return {x86::LinearAddress::truncate(address), bytes, kind};
}
[[nodiscard]] inline Reference fetch(std::uint64_t address, std::uint32_t bytes = 4)
{
    return reference(ReferenceKind::fetch, address, bytes);
}
[[nodiscard]] inline Reference load(std::uint64_t address, std::uint32_t bytes = 8)
{
    return reference(ReferenceKind::load, address, bytes);
}
[[nodiscard]] inline Reference store(std::uint64_t address, std::uint32_t bytes = 8)
{
    return reference(ReferenceKind::store, address, bytes);
}
[[nodiscard]] inline Reference modify(std::uint64_t address, std::uint32_t bytes = 8)
{
    return reference(ReferenceKind::modify, address, bytes);
}

/// Gives at most `at_once` bytes a read, as a slow pipe does.
class Trickle : public trace::ByteSource {
public:
    Trickle(std::string bytes, std::size_t at_once) : inner_{trace::open_memory(std::move(bytes), "t")}, most_{at_once}
    {
    }
    [[nodiscard]] std::size_t read(char* into, std::size_t most) override
    {
        return inner_->read(into, std::min(most, most_));
    }
    [[nodiscard]] std::uint64_t consumed() const override { return inner_->consumed(); }

private:
    std::unique_ptr<trace::ByteSource> inner_;
    std::size_t most_;
};

struct Read {
    InputFormat format = InputFormat::lackey;
    std::vector<Reference> references;
    bool cut_short = false;
};

[[nodiscard]] inline Read read_all(std::unique_ptr<trace::ByteSource> source, std::optional<InputFormat> format = {})
{
    const auto reader = open_references(std::move(source), "t", format);
    Read read{reader->format(), {}, false};
    std::vector<Reference> batch(ReferenceReader::least_batch);
    for (std::size_t count = 0; (count = reader->read(batch)) != 0;)
        read.references.insert(read.references.end(), batch.begin(),
                               batch.begin() + static_cast<std::ptrdiff_t>(count));
    read.cut_short = reader->cut_short();
    return read;
}
[[nodiscard]] inline Read read_all(std::string bytes, std::optional<InputFormat> format = {})
{
    return read_all(trace::open_memory(std::move(bytes), "t"), format);
}

/// What the reader complains about; empty if it does not.
[[nodiscard]] inline std::string failure(std::string bytes, std::optional<InputFormat> format = {})
{
    try {
        (void)read_all(std::move(bytes), format);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

[[nodiscard]] inline std::string native_bytes(const std::vector<Reference>& references, bool cut_short = false)
{
    std::vector<unsigned char> bytes;
    NativeEncoder encoder{bytes};
    for (const Reference& each : references)
        encoder.append(each);
    encoder.finish(cut_short);
    return {bytes.begin(), bytes.end()};
}

/// One record of ChampSim's, addresses of 0 left out.
struct ChampsimRecord {
    std::uint64_t ip = 0;
    std::vector<std::uint64_t> loads = {};
    std::vector<std::uint64_t> stores = {};
    unsigned char is_branch = 0;

    [[nodiscard]] std::string bytes() const
    {
        std::string text(64, '\0');
        const auto put = [&](std::size_t at, std::uint64_t value) {
            for (unsigned index = 0; index < 8; ++index)
                text[at + index] = static_cast<char>(value >> (8 * index));
        };
        put(0, ip);
        text[8] = static_cast<char>(is_branch);
        for (std::size_t index = 0; index < stores.size(); ++index)
            put(16 + 8 * index, stores[index]);
        for (std::size_t index = 0; index < loads.size(); ++index)
            put(32 + 8 * index, loads[index]);
        return text;
    }
};

} // namespace drywalk::replay::test
