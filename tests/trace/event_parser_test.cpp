// SPDX-License-Identifier: MIT
// What the format allows is read, and whatever it does not allow is refused with a line that says where and why.
#include "sim/trace/event_parser.hpp"

#include "sim/trace/fields.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::trace::test {
namespace {

const std::string four_cpus = R"({"drywalk_trace":1,"cpus":4})";
const std::string pcids = R"({"drywalk_trace":1,"cpus":4,"cr4":"0x200a0","maxphyaddr":52})";

OwnedEvent only_event(const std::string& line, const std::string& header = four_cpus)
{
    TraceReader reader = reader_of(header + "\n" + line + "\n");
    const std::vector<OwnedEvent> events = read_all(reader);
    EXPECT_EQ(events.size(), 1U) << line;
    return events.at(0);
}

Header header_of(const std::string& line) { return reader_of(line).header(); }

TEST(Header, HasTheFormatsDefaults)
{
    const Header header = header_of(R"({"drywalk_trace":1})");
    EXPECT_EQ(header.cpus, 1U);
    EXPECT_EQ(header.memory_bytes, 16'777'216U);
    EXPECT_EQ(header.vendor, x86::Vendor::portable);
    EXPECT_EQ(header.mode.cr0.value, 0x8001'0001U);
    EXPECT_EQ(header.mode.cr3.value, 0U);
    EXPECT_EQ(header.mode.cr4.value, 0xa0U);
    EXPECT_EQ(header.mode.efer.value, 0xd00U);
    EXPECT_EQ(header.mode.features.physical_bits, 46U);
}

TEST(Header, TakesEveryKeyInAnyOrder)
{
    const Header header = header_of(R"({"maxphyaddr":52,"efer":"0x500","cr4":160,"cr3":"0x1000","cr0":"0x80000011",)"
                                    R"("vendor":"amd-tce","memory_bytes":"0x10000000000000","cpus":1024,)"
                                    R"("drywalk_trace":"0x1"})");
    EXPECT_EQ(header.cpus, 1024U);
    EXPECT_EQ(header.memory_bytes, std::uint64_t{1} << 52);
    EXPECT_EQ(header.vendor, x86::Vendor::amd_tce);
    EXPECT_EQ(header.mode.cr0.value, 0x8000'0011U);
    EXPECT_EQ(header.mode.cr3.value, 0x1000U);
    EXPECT_EQ(header.mode.cr4.value, 160U);
    EXPECT_EQ(header.mode.efer.value, 0x500U);
    EXPECT_EQ(header.mode.features.physical_bits, 52U);
}

TEST(Header, KnowsFourVendors)
{
    EXPECT_EQ(header_of(R"({"drywalk_trace":1,"vendor":"intel"})").vendor, x86::Vendor::intel);
    EXPECT_EQ(header_of(R"({"drywalk_trace":1,"vendor":"amd"})").vendor, x86::Vendor::amd);
    EXPECT_EQ(header_of(R"({"drywalk_trace":1,"vendor":"amd-tce"})").vendor, x86::Vendor::amd_tce);
    EXPECT_EQ(header_of(R"({"drywalk_trace":1,"vendor":"portable"})").vendor, x86::Vendor::portable);
}

struct BadInput {
    std::string text;
    std::string message;
};

TEST(Header, RefusesWhatIsNoHeader)
{
    const BadInput cases[] = {
        {"", R"(t:1:1: nothing to read (line 1 is the header, at least {"drywalk_trace":1}))"},
        {"\n", "t:1:1: an empty line (each line is one JSON object; --skip-noise skips others)"},
        {"{}", R"(t:1:1: no "drywalk_trace" (line 1 is the header, at least {"drywalk_trace":1}))"},
        {R"({"cpus":2})", R"(t:1:1: no "drywalk_trace" (line 1 is the header, at least {"drywalk_trace":1}))"},
        {"\xef\xbb\xbf{\"drywalk_trace\":1}", "t:1:1: a byte order mark (plain UTF-8 without one)"},
        {"hello",
         "t:1:1: hello where a JSON object must begin (each line is one JSON object; --skip-noise skips others)"},
        {"[1]",
         "t:1:1: an array where a JSON object must begin (each line is one JSON object; --skip-noise skips others)"},
        {R"({"drywalk_trace":3})", R"(t:1:18: "drywalk_trace" is 3 (1 to 2))"},
        {R"({"drywalk_trace":true})",
         R"(t:1:18: "drywalk_trace" is true (it must be a number: an integer from 0 or "0x..." in quotes))"},
        {R"({"drywalk_trace":1,"cpus":0})", R"(t:1:27: "cpus" is 0 (1 to 1024))"},
        {R"({"drywalk_trace":1,"cpus":1025})", R"(t:1:27: "cpus" is 1025 (1 to 1024))"},
        {R"({"drywalk_trace":1,"cpus":1,"cpus":1})", R"(t:1:29: key "cpus" appears twice (each key once))"},
        {R"({"drywalk_trace":1,"memory_bytes":0})",
         R"(t:1:35: "memory_bytes" is 0 (a multiple of 4096 from 4096 to 4503599627370496))"},
        {R"({"drywalk_trace":1,"memory_bytes":4097})",
         R"(t:1:35: "memory_bytes" is 4097 (a multiple of 4096 from 4096 to 4503599627370496))"},
        {R"({"drywalk_trace":1,"memory_bytes":"0x10000000001000"})",
         R"(t:1:35: "memory_bytes" is 4503599627374592 (a multiple of 4096 from 4096 to 4503599627370496))"},
        {R"({"drywalk_trace":1,"maxphyaddr":31})", R"(t:1:33: "maxphyaddr" is 31 (32 to 52))"},
        {R"({"drywalk_trace":1,"maxphyaddr":53})", R"(t:1:33: "maxphyaddr" is 53 (32 to 52))"},
        {R"({"drywalk_trace":1,"vendor":"via"})",
         R"(t:1:29: no such vendor: "via" (legal are intel, amd, amd-tce, portable))"},
        {R"({"drywalk_trace":1,"vendor":3})", R"(t:1:29: "vendor" is a number (it must be a string))"},
        {R"({"drywalk_trace":1,"cr2":0})",
         R"(t:1:20: no such key in the header: "cr2" (legal are drywalk_trace, cpus, memory_bytes, vendor, cr0, cr3, )"
         "cr4, efer, maxphyaddr, pkru, pkrs, from)"},
        {R"({"op":"read","va":0})",
         R"(t:1:2: no such key in the header: "op" (legal are drywalk_trace, cpus, memory_bytes, vendor, cr0, cr3, )"
         "cr4, efer, maxphyaddr, pkru, pkrs, from)"},
    };
    for (const BadInput& bad : cases)
        EXPECT_EQ(complaint(bad.text), bad.message) << bad.text;
}

TEST(Event, ReadsEveryKind)
{
    EXPECT_EQ(describe(only_event(R"({"op":"store","pa":"0x1008","value":"0x2067"})").view()),
              "store pa=0x1008 value=0x2067");
    EXPECT_EQ(describe(only_event(R"({"op":"mov_cr0","value":1})").view()), "mov_cr0 value=0x1");
    EXPECT_EQ(describe(only_event(R"({"op":"mov_cr3","value":"0x1000"})").view()), "mov_cr3 value=0x1000");
    EXPECT_EQ(describe(only_event(R"({"op":"mov_cr4","value":"0xa0"})").view()), "mov_cr4 value=0xa0");
    EXPECT_EQ(describe(only_event(R"({"op":"wrmsr_efer","value":"0xd00"})").view()), "wrmsr_efer value=0xd00");
    EXPECT_EQ(describe(only_event(R"({"op":"invlpg","va":"0x5000"})").view()), "invlpg va=0x5000");
    EXPECT_EQ(describe(only_event(R"({"op":"invpcid","type":0,"pcid":4095,"va":"0x5000"})", pcids).view()),
              "invpcid type=0 pcid=0xfff va=0x5000");
    EXPECT_EQ(describe(only_event(R"({"op":"read","va":"0x5000"})").view()), "read va=0x5000");
    EXPECT_EQ(describe(only_event(R"({"op":"write","va":"0x5ff8","size":8,"user":true})").view()),
              "write va=0x5ff8 size=8 user");
    EXPECT_EQ(describe(only_event(R"({"op":"fetch","va":"0x5000","ac":true,"user":false})").view()),
              "fetch va=0x5000 ac");
    EXPECT_EQ(describe(only_event(R"({"op":"release","pa":"0x1000","bytes":4096})").view()),
              "release pa=0x1000 bytes=0x1000");
    EXPECT_EQ(describe(only_event(R"({"op":"page_fault","va":"0x5000"})").view()), "page_fault va=0x5000");
    EXPECT_EQ(describe(only_event(R"({"op":"mark","name":"switch"})").view()), "mark \"switch\"");
}

TEST(Event, HasDefaults)
{
    const OwnedEvent read = only_event(R"({"op":"read","va":4096})");
    EXPECT_EQ(read.event.size, 1U);
    EXPECT_FALSE(read.event.user);
    EXPECT_FALSE(read.event.alignment_check);
    EXPECT_EQ(read.event.cpu, 0U);
    EXPECT_EQ(read.src, "");
    EXPECT_EQ(read.note, "");
}

TEST(Event, TakesKeysInAnyOrderAndAnyJsonSpacing)
{
    const OwnedEvent write =
        only_event(" \t{ \"note\" : \"n\",\t\"src\":\"a.c:3\", \"size\" :2 , \"va\": \"0xABCdef0\" "
                   ",\"cpu\":\"0x3\",\"user\" : true,\"op\":\"write\" } \r");
    EXPECT_EQ(write.event.kind, EventKind::write);
    EXPECT_EQ(write.event.va, 0xabcdef0U);
    EXPECT_EQ(write.event.size, 2U);
    EXPECT_EQ(write.event.cpu, 3U);
    EXPECT_TRUE(write.event.user);
    EXPECT_EQ(write.src, "a.c:3");
    EXPECT_EQ(write.note, "n");
}

TEST(Event, DecodesStringsAsJsonDoes)
{
    EXPECT_EQ(only_event(R"({"op":"mark","name":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00"})").name,
              "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    EXPECT_EQ(only_event("{\"op\":\"mark\",\"name\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"}").name,
              "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f");
    EXPECT_EQ(only_event(R"({"op":"mark","name":""})").name, "");
    EXPECT_EQ(only_event(R"({"op":"mark","name":"\u0000"})").name, std::string(1, '\0'));
}

TEST(Event, TakesEscapesInKeysAndNumbersToo)
{
    const OwnedEvent store = only_event(R"({"\u006fp":"stor\u0065","p\u0061":"\u0030x18","value":"0x\u0031"})");
    EXPECT_EQ(store.event.kind, EventKind::store);
    EXPECT_EQ(store.event.pa, 0x18U);
    EXPECT_EQ(store.event.value, 1U);
}

TEST(Event, TakesWholeNumbersUpTo64Bits)
{
    EXPECT_EQ(only_event(R"({"op":"read","va":18446744073709551615})").event.va, ~std::uint64_t{0});
    EXPECT_EQ(only_event(R"({"op":"read","va":"0xffffffffffffffff"})").event.va, ~std::uint64_t{0});
    EXPECT_EQ(only_event(R"({"op":"mov_cr3","value":"0x00000000000000000000012"})").event.value, 0x12U);
    EXPECT_EQ(only_event(R"({"op":"mov_cr3","value":0})").event.value, 0U);
}

TEST(Event, TakesTheLastByteOfAPageAndOfMemory)
{
    EXPECT_EQ(complaint_about_event(R"({"op":"read","va":"0x1fff","size":1})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"read","va":"0x1000","size":4096})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"store","pa":"0xfff8","value":0})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"release","pa":0,"bytes":65536})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"release","pa":"0xffff","bytes":1})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"read","va":"0xffffffffffffffff"})"), "");
}

TEST(Event, NeedsOfAnInvpcidOnlyWhatItsTypeUses)
{
    EXPECT_EQ(complaint_about_event(R"({"op":"invpcid","type":2})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"invpcid","type":3})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"invpcid","type":1,"pcid":0})"), "");
    EXPECT_EQ(complaint_about_event(R"({"op":"invpcid","type":1})"), R"(t:2:1: no "pcid" (invpcid needs type, pcid))");
    EXPECT_EQ(complaint_about_event(R"({"op":"invpcid","type":0,"pcid":1})"),
              R"(t:2:1: no "va" (invpcid needs va, type, pcid))");
}

const std::string number_form = R"((it must be a number: an integer from 0 or "0x..." in quotes))";

TEST(Event, RefusesWrongValues)
{
    const BadInput cases[] = {
        {R"({"op":"store","pa":"0x1004","value":0})", R"(t:2:20: "pa" is 0x1004 (a store goes to a multiple of 8))"},
        {R"({"op":"store","pa":"0x10000","value":0})", "t:2:20: \"pa\" is 0x10000: 8 bytes from there go beyond the "
                                                       "memory (the header's \"memory_bytes\" is 0x10000)"},
        {R"({"op":"store","pa":"0xfffffffffffffff8","value":0})",
         "t:2:20: \"pa\" is 0xfffffffffffffff8: 8 bytes from there go beyond the memory (the header's \"memory_bytes\" "
         "is "
         "0x10000)"},
        {R"({"op":"release","pa":"0xf000","bytes":4097})", "t:2:22: \"pa\" is 0xf000: 4097 bytes from there go beyond "
                                                           "the memory (the header's \"memory_bytes\" is 0x10000)"},
        {R"({"op":"release","pa":0,"bytes":0})", R"(t:2:32: "bytes" is 0 (1 to 4503599627370496))"},
        {R"({"op":"read","va":"0x1fff","size":2})", "t:2:35: 2 bytes at 0x1fff cross into the next page (an access "
                                                    "stays inside one page of 4096 bytes: make it two "
                                                    "events)"},
        {R"({"op":"read","va":"0x1000","size":0})", R"(t:2:35: "size" is 0 (1 to 4096))"},
        {R"({"op":"read","va":"0x1000","size":4097})", R"(t:2:35: "size" is 4097 (1 to 4096))"},
        {R"({"op":"read","va":"0x1000","cpu":2})", R"(t:2:34: "cpu" is 2 (0 to 1))"},
        {R"({"op":"invpcid","type":4,"pcid":0,"va":0})", R"(t:2:24: "type" is 4 (0 to 3))"},
        {R"({"op":"invpcid","type":0,"pcid":4096,"va":0})", R"(t:2:33: "pcid" is 4096 (0 to 4095))"},
        {R"({"op":"mov_cr3","value":-1})", R"(t:2:25: "value" is negative )" + number_form},
        {R"({"op":"mov_cr3","value":1.5})", R"(t:2:25: "value" has a fraction or an exponent )" + number_form},
        {R"({"op":"mov_cr3","value":1e3})", R"(t:2:25: "value" has a fraction or an exponent )" + number_form},
        {R"({"op":"mov_cr3","value":18446744073709551616})", R"(t:2:25: "value" does not fit into 64 bits)"},
        {R"({"op":"mov_cr3","value":99999999999999999999})", R"(t:2:25: "value" does not fit into 64 bits)"},
        {R"({"op":"mov_cr3","value":"0x10000000000000000"})", R"(t:2:25: "value" does not fit into 64 bits)"},
        {R"({"op":"mov_cr3","value":007})", R"(t:2:25: "value" has a leading zero (JSON allows none))"},
        {R"({"op":"mov_cr3","value":"0x"})", R"(t:2:25: "value" has no digits after 0x)"},
        {R"({"op":"mov_cr3","value":"0x12g4"})",
         R"(t:2:25: "value" is "0x12g4", which has more than hexadecimal digits after 0x)"},
        {R"({"op":"mov_cr3","value":"4096"})", R"(t:2:25: "value" is the string "4096" )" + number_form},
        {R"({"op":"mov_cr3","value":"0X1000"})", R"(t:2:25: "value" is the string "0X1000" )" + number_form},
        {R"({"op":"mov_cr3","value":""})", R"(t:2:25: "value" is the string "" )" + number_form},
        {R"({"op":"mov_cr3","value":true})", R"(t:2:25: "value" is true )" + number_form},
        {R"({"op":"mov_cr3","value":null})", R"(t:2:25: "value" is null )" + number_form},
        {R"({"op":"mov_cr3","value":[1]})", R"(t:2:25: "value" is an array )" + number_form},
        {R"({"op":"mov_cr3","value":{"x":1}})", R"(t:2:25: "value" is an object )" + number_form},
        {R"({"op":"mov_cr3","value":0x10})", "t:2:26: x where a comma or the closing brace must stand"},
        {R"({"op":"mov_cr3","value":+1})", R"(t:2:25: "value" is '+' )" + number_form},
        {R"({"op":"read","va":0,"user":1})", R"(t:2:28: "user" is a number (it must be true or false))"},
        {R"({"op":"read","va":0,"user":"true"})", R"(t:2:28: "user" is a string (it must be true or false))"},
        {R"({"op":"read","va":0,"user":True})", R"(t:2:28: "user" is 'T' (it must be true or false))"},
        {R"({"op":"read","va":0,"ac":truely})", R"(t:2:26: "ac" is truely (it must be true or false))"},
        {R"({"op":"mark","name":7})", R"(t:2:21: "name" is a number (it must be a string))"},
        {R"({"op":"read","va":0,"src":null})", R"(t:2:27: "src" is null (it must be a string))"},
        {R"({"op":"read","va":0,"note":["x"]})", R"(t:2:28: "note" is an array (it must be a string))"},
        {R"({"op":7})", R"(t:2:7: "op" is a number (it must be a string))"},
    };
    for (const BadInput& bad : cases)
        EXPECT_EQ(complaint_about_event(bad.text), bad.message) << bad.text;
}

TEST(Event, RefusesWrongKeys)
{
    const BadInput cases[] = {
        {R"({"op":"load","va":0})",
         R"(t:2:7: no such event: "load" (legal are store, mov_cr0, mov_cr3, mov_cr4, wrmsr_efer, invlpg, invpcid, )"
         "read, write, fetch, release, page_fault, mark)"},
        {R"({"op":"stores","va":0})",
         R"(t:2:7: no such event: "stores" (legal are store, mov_cr0, mov_cr3, mov_cr4, wrmsr_efer, invlpg, invpcid, )"
         "read, write, fetch, release, page_fault, mark)"},
        {R"({"op":"read","va":0,"length":4})",
         R"(t:2:21: no such key: "length" (legal are op, cpu, src, note, pa, va, value, user, size, ac, bytes, type, )"
         "pcid, name)"},
        {R"({"op":"read","va":0,"va\u0000":4})",
         R"(t:2:21: no such key: "va\x00" (legal are op, cpu, src, note, pa, va, value, user, size, ac, bytes, type, )"
         "pcid, name)"},
        {R"({"op":"read","va":0,"va":0})", R"(t:2:21: key "va" appears twice (each key once))"},
        {R"({"op":"read","va":0,"pa":0})",
         R"(t:2:21: "pa" does not belong to read (legal are op, cpu, src, note, va, user, size, ac))"},
        {R"({"user":true,"op":"store","pa":0,"value":0})",
         R"(t:2:2: "user" does not belong to store (legal are op, cpu, src, note, pa, value))"},
        {R"({"op":"store","pa":0})", R"(t:2:1: no "value" (store needs pa, value))"},
        {R"({"op":"store"})", R"(t:2:1: no "pa" (store needs pa, value))"},
        {R"({"op":"mark"})", R"(t:2:1: no "name" (mark needs name))"},
        {R"({"va":0})", R"(t:2:1: no "op" (every event says what it is))"},
        {R"({})", R"(t:2:1: no "op" (every event says what it is))"},
        {R"({"drywalk_trace":1})", "t:2:2: a second header (only line 1 is one)"},
    };
    for (const BadInput& bad : cases)
        EXPECT_EQ(complaint_about_event(bad.text), bad.message) << bad.text;
}

TEST(Event, RefusesWhatIsNoJson)
{
    const BadInput cases[] = {
        {"", "t:2:1: an empty line (each line is one JSON object; --skip-noise skips others)"},
        {"   ", "t:2:4: an empty line (each line is one JSON object; --skip-noise skips others)"},
        {"{", "t:2:2: the line ends inside the object (a key in double quotes must follow)"},
        {R"({"op")", "t:2:6: the line ends inside the object (a colon after the key must follow)"},
        {R"({"op":)", R"(t:2:7: the line ends inside the object ("op" must be a string))"},
        {R"({"op":"re)", "t:2:7: a string that does not end on its line"},
        {R"({"op":"read")", "t:2:13: the line ends inside the object (a comma or the closing brace must follow)"},
        {R"({"op":"read",)", "t:2:14: the line ends inside the object (a key in double quotes must follow)"},
        {R"({"op":"read",})", "t:2:14: '}' where a key in double quotes must stand"},
        {R"({,"op":"read"})", "t:2:2: ',' where a key in double quotes must stand"},
        {R"({"op" "read"})", "t:2:7: a string where a colon after the key must stand"},
        {R"({"op":"read" "va":0})", "t:2:14: a string where a comma or the closing brace must stand"},
        {R"({op:"read"})", "t:2:2: op where a key in double quotes must stand"},
        {R"({"op":"read","va":0}})", "t:2:21: '}' after the object (one object a line)"},
        {R"({"op":"read","va":0} {"op":"read","va":0})", "t:2:22: an object after the object (one object a line)"},
        {R"({"op":"mark","name":"\x41"})",
         R"(t:2:22: an unknown escape (legal are \" \\ \/ \b \f \n \r \t and \uXXXX))"},
        {R"({"op":"mark","name":"\u12G4"})", R"(t:2:22: \u without four hexadecimal digits)"},
        {R"({"op":"mark","name":"\u12)", R"(t:2:22: \u without four hexadecimal digits)"},
        {R"({"op":"mark","name":"\)", R"(t:2:22: an unknown escape (legal are \" \\ \/ \b \f \n \r \t and \uXXXX))"},
        {R"({"op":"mark","name":"\ud800"})", "t:2:22: a surrogate without its partner"},
        {R"({"op":"mark","name":"\ud800\u0041"})", "t:2:22: a surrogate without its partner"},
        {R"({"op":"mark","name":"\udc00"})", "t:2:22: a surrogate without its partner"},
        {"{\"op\":\"mark\",\"name\":\"a\tb\"}", "t:2:23: a byte 0x09 inside a string (JSON writes it as \\u0009)"},
        {std::string{"{\"op\":\"mark\",\"name\":\"a\0b\"}", 26},
         "t:2:23: a NUL byte inside a string (JSON writes it as \\u0000)"},
        {std::string{"{\"op\":\0\"mark\"}", 14}, R"(t:2:7: "op" is a NUL byte (it must be a string))"},
        {std::string{"\0", 1},
         "t:2:1: a NUL byte where a JSON object must begin (each line is one JSON object; --skip-noise skips others)"},
        {"{\"op\":\"mark\",\"name\":\"\xff\"}", "t:2:22: a byte 0xff that is not UTF-8 (JSON is UTF-8)"},
        {"{\"op\":\"mark\",\"name\":\"\xc0\x80\"}", "t:2:22: a byte 0xc0 that is not UTF-8 (JSON is UTF-8)"},
        {"{\"op\":\"mark\",\"name\":\"\xed\xa0\x80\"}", "t:2:22: a byte 0xed that is not UTF-8 (JSON is UTF-8)"},
        {"{\"op\":\"mark\",\"name\":\"\xf4\x90\x80\x80\"}", "t:2:22: a byte 0xf4 that is not UTF-8 (JSON is UTF-8)"},
        {"{\"op\":\"mark\",\"name\":\"\xe2\x82\"}", "t:2:22: a byte 0xe2 that is not UTF-8 (JSON is UTF-8)"},
        {"{\"op\":\"mark\",\"name\":\"\xc3", "t:2:22: a byte 0xc3 that is not UTF-8 (JSON is UTF-8)"},
        {"// comment",
         "t:2:1: '/' where a JSON object must begin (each line is one JSON object; --skip-noise skips others)"},
    };
    for (const BadInput& bad : cases)
        EXPECT_EQ(complaint_about_event(bad.text), bad.message) << bad.text;
}

/// The vocabulary in fields.hpp against the table of docs/trace_format.md, which authors of other kernels read.
TEST(Event, EveryKindAndFieldIsDocumented)
{
    const std::string page = bytes_of(source_tree() / "docs/trace_format.md");
    for (const Shape& shape : shapes)
        EXPECT_NE(page.find("`" + std::string{shape.name} + "`"), std::string::npos);
    for (const std::string_view name : field_names)
        EXPECT_NE(page.find("`" + std::string{name} + "`"), std::string::npos);
}

} // namespace
} // namespace drywalk::trace::test
