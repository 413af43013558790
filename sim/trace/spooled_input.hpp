// SPDX-License-Identifier: MIT
// Input that comes only once (standard input, a pipe), kept so that it can be read again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace drywalk::trace {

/// Copies what it reads to a temporary file without a name: it goes away with the process. Readers at different
/// places share it.
class SpooledInput {
public:
    /// `name` is what errors call the input. Owns `descriptor`, unless it is that of standard input. See open_bytes()
    /// for `stop`.
    SpooledInput(int descriptor, std::string name, const std::atomic<bool>* stop = nullptr);
    ~SpooledInput();
    SpooledInput(const SpooledInput&) = delete;
    SpooledInput& operator=(const SpooledInput&) = delete;

    /// Puts at most `most` bytes, and at least one, of what stands at `offset` at `into`; 0 at the end. Nothing before
    /// `offset` is unread. Throws InputError.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, char* into, std::size_t most);
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    void keep(const char* bytes, std::size_t count);
    [[noreturn]] void fail_to_keep() const;

    int descriptor_;
    int kept_ = -1;
    std::string name_;
    std::string folder_;
    const std::atomic<bool>* stop_;
    std::uint64_t size_ = 0; ///< of what was kept
};

} // namespace drywalk::trace
