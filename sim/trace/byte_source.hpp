// SPDX-License-Identifier: MIT
// Where the bytes of a trace come from: a file, standard input or memory; gzip, xz and zstd are undone on the way.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace drywalk::trace {

class ByteSource {
public:
    ByteSource() = default;
    virtual ~ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    /// Puts at most `most` bytes, and at least one, at `into`; 0 at the end. Throws InputError.
    [[nodiscard]] virtual std::size_t read(char* into, std::size_t most) = 0;
    /// Bytes taken from the file so far, still compressed.
    [[nodiscard]] virtual std::uint64_t consumed() const = 0;
};

/// Bytes in memory that somebody else keeps, as they are.
class BorrowedBytes : public ByteSource {
public:
    explicit BorrowedBytes(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t most) override;
    [[nodiscard]] std::uint64_t consumed() const override { return at_; }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

/// Thrown out of a read that a signal interrupted after somebody had asked to stop.
struct Interrupted {};

/// Opens `file`, or standard input for "-". Compression is recognised by the first bytes, not by the name. Once a
/// signal handler has set `stop`, which outlives the source, a read that waits for input throws Interrupted.
[[nodiscard]] std::unique_ptr<ByteSource> open_bytes(const std::string& file, const std::atomic<bool>* stop = nullptr);

/// The same for bytes that come from `raw`; `file` is what errors call them.
[[nodiscard]] std::unique_ptr<ByteSource> open_source(std::unique_ptr<ByteSource> raw, const std::string& file);

/// A descriptor of `file`, which is no folder. Throws InputError.
[[nodiscard]] int open_descriptor(const std::string& file);

/// The same for bytes in memory; `file` is what errors call them.
[[nodiscard]] std::unique_ptr<ByteSource> open_memory(std::string bytes, const std::string& file);

} // namespace drywalk::trace
