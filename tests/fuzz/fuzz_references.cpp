// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a trace of memory references, in the format that they look like and in each of the others.
// Only InputError may come out.
#include "sim/input/input_error.hpp"
#include "sim/replay/native_writer.hpp"
#include "sim/replay/reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace drywalk;
using replay::Reference;

std::vector<Reference> read(const std::string& bytes, std::optional<replay::InputFormat> format)
{
    const auto reader = replay::open_references(trace::open_memory(bytes, "fuzz"), "fuzz", format);
    std::vector<Reference> references;
    std::vector<Reference> batch(replay::ReferenceReader::least_batch);
    for (std::size_t count = 0; (count = reader->read(batch)) != 0;)
        references.insert(references.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
    return references;
}

/// No reference may leave the canonical addresses, or be longer than the replay expects.
bool valid(const Reference& each)
{
    return each.bytes >= 1 && each.bytes <= replay::most_reference_bytes &&
           replay::reference_address(each.linear.value(), each.bytes) == each.linear;
}

/// What was read, written in the native format and read again, is the same.
void require_round_trip(const std::vector<Reference>& references)
{
    std::vector<unsigned char> bytes;
    replay::NativeEncoder encoder{bytes};
    for (const Reference& each : references)
        encoder.append(each);
    encoder.finish(false);
    if (read({bytes.begin(), bytes.end()}, replay::InputFormat::native) != references) std::abort();
}

void try_as(const std::string& bytes, std::optional<replay::InputFormat> format)
{
    try {
        const std::vector<Reference> references = read(bytes, format);
        if (!std::ranges::all_of(references, valid)) std::abort();
        require_round_trip(references);
    } catch (const InputError&) {
        return; // one of the two ways out
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes{reinterpret_cast<const char*>(data), size};
    try_as(bytes, std::nullopt);
    for (const auto format : {replay::InputFormat::lackey, replay::InputFormat::champsim, replay::InputFormat::native})
        try_as(bytes, format);
    return 0;
}
