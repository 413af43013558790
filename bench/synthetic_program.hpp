// SPDX-License-Identifier: MIT
// A program that never was, but whose memory references look like those of one: loops, a stack, tables, a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

namespace drywalk::bench {

/// An instruction and what it refers to. Data are 8 bytes and aligned.
struct Instruction {
    std::uint64_t ip = 0;
    std::uint32_t bytes = 0;
    std::optional<std::uint64_t> load;
    std::optional<std::uint64_t> store;
};

/// The shares are those that lackey records of `ls -l /`: of 100 references 73 are fetches, 18 loads and 9 stores. Of
/// the data, 900 of 1,000 are on a stack of 32 KiB, 80 in a stream through 64 MiB, 18 anywhere in a heap of 1 MiB and
/// 2 anywhere in 64 MiB. Code is 256 pages; most jumps stay in the loop of 512 bytes, one in 64 goes elsewhere.
class SyntheticProgram {
public:
    Instruction next()
    {
        Instruction instruction;
        instruction.ip = code + code_at_;
        instruction.bytes = 2 + below(5);
        advance(instruction.bytes);
        const std::uint32_t draw = below(1000);
        if (draw < 247) instruction.load = data();
        if (draw >= 200 && draw < 323) instruction.store = data();
        return instruction;
    }

private:
    static constexpr std::uint64_t code = 0x40'0000;
    static constexpr std::uint32_t code_bytes = 256 * 4096;
    static constexpr std::uint32_t loop_bytes = 512;
    static constexpr std::uint64_t stack = 0x7fff'fff0'0000;
    static constexpr std::uint64_t heap = 0x1000'0000;
    static constexpr std::uint64_t large = 0x7f00'0000'0000;
    static constexpr std::uint32_t large_bytes = 64U << 20;

    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    void advance(std::uint32_t bytes)
    {
        code_at_ += bytes;
        if (code_at_ < loop_ + loop_bytes) return;
        if (below(64) == 0) loop_ = below(code_bytes - loop_bytes - 8);
        code_at_ = loop_;
    }
    std::uint64_t data()
    {
        const std::uint32_t draw = below(1000);
        if (draw < 900) return stack + below(32 * 1024) / 8 * 8;
        if (draw < 980) return large + (stream_ = (stream_ + 8) % large_bytes);
        if (draw < 998) return heap + below(1U << 20) / 8 * 8;
        return large + below(large_bytes) / 8 * 8;
    }

    std::mt19937_64 random_{1};
    std::uint32_t loop_ = 0;
    std::uint32_t code_at_ = 0;
    std::uint32_t stream_ = 0;
};

} // namespace drywalk::bench
