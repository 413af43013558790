// SPDX-License-Identifier: MIT
// What version 2 of the format adds is read; a trace that says version 1 has none of it.
#include "sim/trace/event_parser.hpp"

#include "sim/trace/fields.hpp"
#include "sim/trace/page_data.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace drywalk::trace::test {
namespace {

const std::string header_2 = R"({"drywalk_trace":2,"cpus":2,"cr4":"0x4200a0","memory_bytes":65536})"
                             "\n"; // CR4.PKE, CR4.PCIDE

OwnedEvent only_event(const std::string& line)
{
    TraceReader reader = reader_of(header_2 + line + "\n");
    const std::vector<OwnedEvent> events = read_all(reader);
    EXPECT_EQ(events.size(), 1U) << line;
    return events.at(0);
}

[[nodiscard]] std::string complaint_2(const std::string& line) { return complaint(header_2 + line + "\n"); }

TEST(Version2, HeaderHasKeyRightsAndABeginning)
{
    const Header plain = reader_of(R"({"drywalk_trace":2})").header();
    EXPECT_EQ(plain.version, 2U);
    EXPECT_EQ(plain.mode.pkru, 0U);
    EXPECT_EQ(plain.mode.pkrs, 0U);
    EXPECT_EQ(plain.from, From::boot);
    const Header full = reader_of(R"({"from":"middle","pkru":"0xfffffffc","pkrs":12,"drywalk_trace":2})").header();
    EXPECT_EQ(full.mode.pkru, 0xffff'fffcU);
    EXPECT_EQ(full.mode.pkrs, 12U);
    EXPECT_EQ(full.from, From::middle);
}

TEST(Version2, HeaderRefusesWrongValues)
{
    EXPECT_EQ(complaint(R"({"drywalk_trace":2,"from":"end"})"),
              R"(t:1:27: "from" is "end" (legal are "boot" and "middle"))");
    EXPECT_EQ(complaint(R"({"drywalk_trace":2,"pkru":"0x100000000"})"),
              R"(t:1:27: "pkru" is 4294967296 (0 to 4294967295))");
    EXPECT_EQ(complaint(R"({"pkrs":1,"drywalk_trace":1})"),
              R"(t:1:2: "pkrs" belongs to version 2 of the format (write {"drywalk_trace":2}))");
    EXPECT_EQ(complaint(R"({"drywalk_trace":1,"from":"boot"})"),
              R"(t:1:20: "from" belongs to version 2 of the format (write {"drywalk_trace":2}))");
}

TEST(Version2, ReadsItsEvents)
{
    EXPECT_EQ(describe(only_event(R"({"op":"wrpkru","value":"0xc"})").view()), "wrpkru value=0xc");
    EXPECT_EQ(describe(only_event(R"({"op":"wrmsr_pkrs","value":"0xc"})").view()), "wrmsr_pkrs value=0xc");
    EXPECT_EQ(describe(only_event(R"({"op":"tlbsync","cpu":1})").view()), "tlbsync");
    EXPECT_EQ(describe(only_event(R"({"op":"fill","pa":"0xf000","value":"0x3"})").view()), "fill pa=0xf000 value=0x3");
    EXPECT_EQ(describe(only_event(R"({"op":"invlpgb"})").view()), "invlpgb");
    EXPECT_EQ(describe(only_event(R"({"op":"invlpgb","va":"0x5000","pcid":5,"asid":65535,"count":7,"global":true,)"
                                  R"("final":true,"nested":true,"stride_2m":true})")
                           .view()),
              "invlpgb pcid=0x5 asid=0xffff va=0x5000 count=7 global final nested stride_2m");
    EXPECT_EQ(describe(only_event(R"({"op":"write","va":"0x5000","shadow_stack":true})").view()),
              "write va=0x5000 shadow_stack");
}

TEST(Version2, TellsAFilterOfZeroFromNone)
{
    const Broadcast none = only_event(R"({"op":"invlpgb"})").event.broadcast;
    EXPECT_FALSE(none.has_va || none.has_pcid || none.has_asid);
    const Broadcast zero = only_event(R"({"op":"invlpgb","va":0,"pcid":0,"asid":0})").event.broadcast;
    EXPECT_TRUE(zero.has_va && zero.has_pcid && zero.has_asid);
}

[[nodiscard]] std::string counting_page()
{
    std::string bytes;
    for (std::uint64_t word = 0; word < 512; ++word) {
        const std::uint64_t value = word * 0x0123'4567'89ab'cdef;
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
}

[[nodiscard]] std::string hexadecimal(std::string_view bytes)
{
    std::string digits;
    for (const char byte : bytes) {
        digits += "0123456789abcDEF"[static_cast<unsigned char>(byte) >> 4];
        digits += "0123456789ABCdef"[static_cast<unsigned char>(byte) & 15];
    }
    return digits;
}

TEST(Version2, ReadsAPageInBase64AndInHexadecimal)
{
    const std::string bytes = counting_page();
    std::string base64;
    append_base64(base64, bytes);
    EXPECT_EQ(base64.size(), 5464U);
    EXPECT_TRUE(base64.starts_with("AAAAAAAAAADvzauJZ0UjAd6b")) << base64.substr(0, 40);
    EXPECT_EQ(only_event(R"({"op":"page","pa":"0x1000","base64":")" + base64 + "\"}").data, bytes);
    EXPECT_EQ(only_event(R"({"op":"page","hex":")" + hexadecimal(bytes) + R"(","pa":"0x1000"})").data, bytes);
}

TEST(Version2, RefusesWhatIsNoPage)
{
    std::string base64;
    append_base64(base64, std::string(4096, '\0'));
    const std::string page = R"({"op":"page","pa":"0x1000",)";
    const std::string no_base64 =
        R"(t:2:37: "base64" does not hold 4096 bytes (5464 characters of base64, the padding )"
        "included)";
    const auto with = [&](std::size_t at, char character) {
        std::string changed = base64;
        changed[at] = character;
        return complaint_2(page + R"("base64":")" + changed + "\"}");
    };
    EXPECT_EQ(with(0, 'B'), "");
    EXPECT_EQ(with(0, '*'), no_base64);
    EXPECT_EQ(with(2000, '='), no_base64);
    EXPECT_EQ(with(5463, 'A'), no_base64);
    EXPECT_EQ(with(5461, 'B'), no_base64) << "bits beyond the last byte";
    EXPECT_EQ(complaint_2(page + R"("base64":""})"), no_base64);
    EXPECT_EQ(complaint_2(page + R"("base64":")" + base64 + "AAAA\"}"), no_base64);
    const std::string no_hex = R"(t:2:34: "hex" does not hold 4096 bytes (8192 hexadecimal digits, no 0x before them))";
    EXPECT_EQ(complaint_2(page + R"("hex":")" + std::string(8191, '0') + "\"}"), no_hex);
    EXPECT_EQ(complaint_2(page + R"("hex":")" + std::string(8191, '0') + "g\"}"), no_hex);
    EXPECT_EQ(complaint_2(page + R"("hex":"0x)" + std::string(8190, '0') + "\"}"), no_hex);
    EXPECT_EQ(complaint_2(R"({"op":"page","pa":0})"), R"(t:2:1: neither "base64" nor "hex" (page has one of them))");
    EXPECT_EQ(
        complaint_2(R"({"op":"page","pa":0,"base64":")" + base64 + R"(","hex":")" + std::string(8192, '0') + "\"}"),
        R"(t:2:1: both "base64" and "hex" (page has one of them))");
    EXPECT_EQ(complaint_2(R"({"op":"fill","pa":"0x1008","value":0})"),
              R"(t:2:19: "pa" is 0x1008 (a page begins at a multiple of 4096))");
    EXPECT_EQ(complaint_2(R"({"op":"fill","pa":"0x10000","value":0})"),
              R"(t:2:19: "pa" is 0x10000: 4096 bytes from there go beyond the memory (the header's "memory_bytes" is )"
              "0x10000)");
}

TEST(Version2, IsRefusedInVersion1)
{
    const std::string hint = R"( belongs to version 2 of the format (line 1 says version 1: write {"drywalk_trace":2} )"
                             "there)";
    const auto says = [](const std::string& line) { return complaint_about_event(line); };
    EXPECT_EQ(says(R"({"op":"tlbsync"})"), R"(t:2:7: "tlbsync")" + hint);
    EXPECT_EQ(says(R"({"op":"fill","pa":0,"value":0})"), R"(t:2:7: "fill")" + hint);
    EXPECT_EQ(says(R"({"seq":1,"op":"read","va":0})"), R"(t:2:2: "seq")" + hint);
    EXPECT_EQ(says(R"({"op":"read","va":0,"stack":["a.c:1"]})"), R"(t:2:21: "stack")" + hint);
    EXPECT_EQ(says(R"({"op":"read","va":0,"shadow_stack":false})"), R"(t:2:21: "shadow_stack")" + hint);
    EXPECT_EQ(says(R"({"op":"read","va":0,"nested":false})"), R"(t:2:21: "nested")" + hint);
}

TEST(Version2, RefusesWrongValues)
{
    EXPECT_EQ(complaint_2(R"({"op":"invlpgb","asid":65536})"), R"(t:2:24: "asid" is 65536 (0 to 65535))");
    EXPECT_EQ(complaint_2(R"({"op":"invlpgb","count":65536})"), R"(t:2:25: "count" is 65536 (0 to 65535))");
    EXPECT_EQ(complaint_2(R"({"op":"invlpgb","pcid":4096})"), R"(t:2:24: "pcid" is 4096 (0 to 4095))");
    EXPECT_EQ(complaint_2(R"({"op":"invlpgb","final":1})"),
              R"(t:2:25: "final" is a number (it must be true or false))");
    EXPECT_EQ(complaint_2(R"({"op":"tlbsync","va":0})"),
              R"(t:2:17: "va" does not belong to tlbsync (legal are op, cpu, src, note, seq, stack))");
    EXPECT_EQ(complaint_2(R"({"op":"invlpg","va":0,"shadow_stack":true})"),
              R"(t:2:23: "shadow_stack" does not belong to invlpg (legal are op, cpu, src, note, va, seq, stack))");
    EXPECT_EQ(complaint_2(R"({"op":"read","va":0,"seq":-1})"),
              R"(t:2:27: "seq" is negative (it must be a number: an integer from 0 or "0x..." in quotes))");
}

TEST(Version2, ReadsStacks)
{
    const OwnedEvent event =
        only_event(R"({"op":"read","va":0,"stack":[ "copy mm/fork.c:1" ,"set_pte \u0061sm/pgtable.h:2"]})");
    EXPECT_EQ(event.stack, "copy mm/fork.c:1\nset_pte asm/pgtable.h:2");
    EXPECT_EQ(event.src, "asm/pgtable.h:2");
}

TEST(Version2, RefusesWhatIsNoStack)
{
    const auto says = [](const std::string& stack) {
        return complaint_2(R"({"op":"read","va":0,"stack":)" + stack + "}");
    };
    EXPECT_EQ(says("[]"), R"(t:2:30: "stack" is ']' (it must be a list of strings, at least one))");
    EXPECT_EQ(says(R"("a.c:1")"), R"(t:2:29: "stack" is a string (it must be a list of strings, at least one))");
    EXPECT_EQ(says(R"(["a.c:1",7])"), R"(t:2:38: "stack" is a number (it must be a list of strings, at least one))");
    EXPECT_EQ(says(R"(["a.c:1",])"), R"(t:2:38: "stack" is ']' (it must be a list of strings, at least one))");
    EXPECT_EQ(says(R"(["a.c:1" "b.c:1"])"), "t:2:38: a string where a comma or the closing bracket must stand");
    EXPECT_EQ(says(R"(["a.c:1")"), "t:2:37: '}' where a comma or the closing bracket must stand");
    EXPECT_EQ(says(R"([""])"), R"(t:2:30: an empty string in "stack" (it must say something))");
    EXPECT_EQ(says(R"(["a\nb"])"), R"(t:2:30: a control character in "stack" (printable text))");
    EXPECT_EQ(says(R"([["a.c:1"]])"), R"(t:2:30: "stack" is an array (it must be a list of strings, at least one))");
    EXPECT_EQ(says(R"(["a.c:1"],"src":"b.c:2")"),
              R"(t:2:45: "src" beside "stack" (one of them: the stack tells the place, too))");
}

} // namespace
} // namespace drywalk::trace::test
