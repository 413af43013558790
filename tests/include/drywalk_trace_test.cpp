// SPDX-License-Identifier: MIT
// What each macro of drywalk_trace.h writes to a serial port, to the letter.
#include "include/drywalk/drywalk_trace.h"

#include "tests/include/recorder.hpp"

#include <gtest/gtest.h>

#include <array>

namespace drywalk::tracing {
namespace {

class Serial : public testing::Test {
protected:
    Serial()
    {
        kernel_.put = put;
        kernel_.cpu = processor;
        be_processor(0);
        DRYWALK_START(&kernel_, &state_);
        (void)taken();
    }
    ~Serial() override { DRYWALK_STOP(); }
    Serial(const Serial&) = delete;
    Serial& operator=(const Serial&) = delete;

    drywalk_kernel kernel_{};
    drywalk_state state_{};
};

/// A place with a short name, so that lines can be written down.
const drywalk_place here{"a.c", 7, nullptr, nullptr};

/// What was put, without the numbers of the events.
std::string events() { return without_seq(taken()); }

/// A line of the trace: what stands between "op" and "src".
std::string line(const std::string& middle) { return "{\"op\":\"" + middle + ",\"src\":\"a.c:7\"}\n"; }

TEST_F(Serial, StoresAndFills)
{
    DRYWALK_STORE_AT(&here, 0x1008, 0xfedcba9876543210);
    EXPECT_EQ(events(), line(R"(store","pa":"0x1008","value":"0xfedcba9876543210")"));
    DRYWALK_FILL_AT(&here, 0x2000, 0);
    EXPECT_EQ(events(), line(R"(fill","pa":"0x2000","value":"0x0")"));
}

TEST_F(Serial, APageIsItsBytesInTheOrderOfTheirAddresses)
{
    std::array<uint64_t, 512> entries{};
    entries.front() = 0x0123456789abcdef;
    entries.back() = 1;
    DRYWALK_PAGE_AT(&here, 0x3000, entries.data());
    EXPECT_EQ(events(), line(R"(page","pa":"0x3000","hex":"efcdab8967452301)" +
                             std::string(std::size_t{510} * 16, '0') + "0100000000000000\""));
}

TEST_F(Serial, WritesOfRegisters)
{
    DRYWALK_MOV_CR0_AT(&here, 0x80010001);
    DRYWALK_MOV_CR3_AT(&here, 0x8000000000001005);
    DRYWALK_MOV_CR4_AT(&here, 0xa0);
    DRYWALK_WRMSR_EFER_AT(&here, 0xd00);
    DRYWALK_WRMSR_PKRS_AT(&here, 4);
    DRYWALK_WRPKRU_AT(&here, 12U);
    EXPECT_EQ(events(), line(R"(mov_cr0","value":"0x80010001")") + line(R"(mov_cr3","value":"0x8000000000001005")") +
                            line(R"(mov_cr4","value":"0xa0")") + line(R"(wrmsr_efer","value":"0xd00")") +
                            line(R"(wrmsr_pkrs","value":"0x4")") + line(R"(wrpkru","value":"0xc")"));
}

TEST_F(Serial, InvpcidNamesTheOperandsOfItsType)
{
    for (unsigned type = 0; type < 4; ++type)
        DRYWALK_INVPCID_AT(&here, type, 5, 0x6000);
    EXPECT_EQ(events(), line(R"(invpcid","type":"0x0","pcid":"0x5","va":"0x6000")") +
                            line(R"(invpcid","type":"0x1","pcid":"0x5")") + line(R"(invpcid","type":"0x2")") +
                            line(R"(invpcid","type":"0x3")"));
}

TEST_F(Serial, InvlpgbNamesWhatItsOperandsSelect)
{
    DRYWALK_INVLPGB_AT(&here, 0, 0, 0xfff0003);
    EXPECT_EQ(events(), line("invlpgb\""));
    DRYWALK_INVLPGB_AT(&here, 0x7f000000703f, 0x80000002U, 0x0ab00003U);
    EXPECT_EQ(events(), line(R"(invlpgb","va":"0x7f0000007000","pcid":"0xab0","asid":"0x3","global":true,"final":true,)"
                             R"("nested":true,"stride_2m":true,"count":"0x2")"));
}

TEST_F(Serial, OtherInvalidations)
{
    DRYWALK_INVLPG_AT(&here, 0xffff800000000000);
    DRYWALK_TLBSYNC_AT(&here);
    DRYWALK_PAGE_FAULT_AT(&here, 0);
    EXPECT_EQ(events(),
              line(R"(invlpg","va":"0xffff800000000000")") + line("tlbsync\"") + line(R"(page_fault","va":"0x0")"));
}

TEST_F(Serial, AccessesSayWhatIsNotTheDefault)
{
    DRYWALK_READ_AT(&here, 0x1000, 1, 0);
    DRYWALK_WRITE_AT(&here, 0x1ff8, 8, DRYWALK_USER);
    DRYWALK_FETCH_AT(&here, 0x1000, 0, DRYWALK_USER | DRYWALK_AC);
    EXPECT_EQ(events(), line(R"(read","va":"0x1000")") + line(R"(write","va":"0x1ff8","size":"0x8","user":true)") +
                            line(R"(fetch","va":"0x1000","user":true,"ac":true)"));
}

TEST_F(Serial, AnAccessAcrossPagesIsOneEventAPage)
{
    DRYWALK_READ_AT(&here, 0x1ffe, 0x1004, 0);
    EXPECT_EQ(events(), line(R"(read","va":"0x1ffe","size":"0x2")") + line(R"(read","va":"0x2000","size":"0x1000")") +
                            line(R"(read","va":"0x3000","size":"0x2")"));
}

TEST_F(Serial, ReleasesAndMarks)
{
    DRYWALK_RELEASE_AT(&here, 0x5000, 4096);
    DRYWALK_MARK_AT(&here, "fork");
    EXPECT_EQ(events(), line(R"(release","pa":"0x5000","bytes":"0x1000")") + line(R"(mark","name":"fork")"));
}

TEST_F(Serial, EventsAreNumberedSoThatALineThatIsLostIsNoticed)
{
    DRYWALK_TLBSYNC_AT(nullptr);
    be_processor(1);
    DRYWALK_TLBSYNC_AT(&here);
    EXPECT_EQ(taken(), R"({"op":"tlbsync","seq":"0x0"})"
                       "\n"
                       R"({"op":"tlbsync","cpu":"0x1","seq":"0x1","src":"a.c:7"})"
                       "\n");
}

TEST_F(Serial, ProcessorsOtherThanTheFirstAreNamed)
{
    be_processor(3);
    DRYWALK_INVLPG_AT(&here, 0x1000);
    DRYWALK_CR3_OF_AT(&here, 0, 0x1000);
    DRYWALK_CR3_OF_AT(&here, 2, 0x2000);
    EXPECT_EQ(events(), line(R"(invlpg","va":"0x1000","cpu":"0x3")") + line(R"(mov_cr3","value":"0x1000")") +
                            line(R"(mov_cr3","value":"0x2000","cpu":"0x2")"));
}

TEST_F(Serial, TheShortFormsNameThisLine)
{
    DRYWALK_INVLPG(0x1000);
    const int here_line = __LINE__ - 1;
    EXPECT_EQ(events(),
              "{\"op\":\"invlpg\",\"va\":\"0x1000\",\"src\":\"" __FILE__ ":" + std::to_string(here_line) + "\"}\n");
}

TEST_F(Serial, ANoteFollowsThePlace)
{
    const drywalk_place noted{"a.c", 7, "why \"so\"", nullptr};
    DRYWALK_TLBSYNC_AT(&noted);
    EXPECT_EQ(events(), R"({"op":"tlbsync","src":"a.c:7","note":"why \"so\""})"
                        "\n");
    DRYWALK_TLBSYNC_AT(nullptr);
    EXPECT_EQ(events(), "{\"op\":\"tlbsync\"}\n") << "no place is known";
}

TEST_F(Serial, PlacesThatArePassedOnAreAStackInnermostLast)
{
    const drywalk_place outer{"outer.c", 1, "noted", nullptr};
    const drywalk_place middle{"middle.c", 2, nullptr, &outer};
    const drywalk_place inner{"inner.c", 30, nullptr, &middle};
    DRYWALK_TLBSYNC_AT(&inner);
    EXPECT_EQ(events(), R"({"op":"tlbsync","stack":["outer.c:1","middle.c:2","inner.c:30"],"note":"noted"})"
                        "\n");
}

TEST_F(Serial, AStackThatIsTooDeepKeepsTheOutermostPlace)
{
    std::array<drywalk_place, 6> places{};
    for (unsigned index = 0; index < places.size(); ++index)
        places.at(index) = {"f.c", index, nullptr, index == 0 ? nullptr : &places.at(index - 1)};
    DRYWALK_TLBSYNC_AT(&places.back());
    EXPECT_EQ(events(), R"({"op":"tlbsync","stack":["f.c:0","f.c:3","f.c:4","f.c:5"]})"
                        "\n");
}

/// A caller, an accessor, and an accessor that calls it.
void set(uint64_t value DRYWALK_PARAMETER) { DRYWALK_STORE_AT(DRYWALK_CALLER, 8, value); }
void clear(uint64_t value DRYWALK_PARAMETER) { set(value DRYWALK_PASS_ON); }

TEST_F(Serial, AccessorsPassTheirCallersPlaceOn)
{
    set(1 DRYWALK_PASS_HERE);
    const std::string here_line = std::to_string(__LINE__ - 1);
    EXPECT_EQ(events(),
              "{\"op\":\"store\",\"pa\":\"0x8\",\"value\":\"0x1\",\"src\":\"" __FILE__ ":" + here_line + "\"}\n");
    clear(0 DRYWALK_PASS_HERE);
    EXPECT_NE(events().find("\"stack\":[\"" __FILE__ ":"), std::string::npos);
}

std::string escaped(const char* text)
{
    DRYWALK_MARK_AT(nullptr, text);
    const std::string line = events();
    const std::string before = R"({"op":"mark","name":")";
    EXPECT_TRUE(line.starts_with(before) && line.ends_with("\"}\n")) << line;
    return line.substr(before.size(), line.size() - before.size() - 3);
}

TEST_F(Serial, StringsAreJsonWhateverIsInThem)
{
    EXPECT_EQ(escaped(R"(C:\kernel\"mm".c)"), R"(C:\\kernel\\\"mm\".c)");
    EXPECT_EQ(escaped("a\nb\x01\x1f\x7f"), "a\\ufffdb\\ufffd\\ufffd\x7f") << "DEL is no control character of JSON";
    EXPECT_EQ(escaped("\u00fc\u20ac\U0001f600"), "\u00fc\u20ac\U0001f600") << "UTF-8 stays";
    EXPECT_EQ(escaped("\xfc!"), "\\ufffd!") << "Latin-1";
    EXPECT_EQ(escaped("\xe2\x82"), "\\ufffd\\ufffd") << "cut off";
    EXPECT_EQ(escaped("\xc0\xaf"), "\\ufffd\\ufffd") << "an overlong slash";
    EXPECT_EQ(escaped("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd") << "a surrogate";
    EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\ufffd\\ufffd\\ufffd\\ufffd") << "beyond U+10FFFF";
    EXPECT_EQ(escaped(""), "");
    EXPECT_EQ(escaped(nullptr), "");
}

TEST_F(Serial, LongStringsAreCutWhereACharacterEnds)
{
    EXPECT_EQ(escaped(std::string(1024, 'x').c_str()), std::string(1024, 'x'));
    EXPECT_EQ(escaped(std::string(1025, 'x').c_str()), std::string(1024, 'x') + "...");
    EXPECT_EQ(escaped((std::string(1023, 'x') + "\u20ac!").c_str()), std::string(1023, 'x') + "\u20ac...");
}

TEST_F(Serial, NothingIsWrittenOnceStopped)
{
    DRYWALK_STOP();
    DRYWALK_INVLPG(0x1000);
    EXPECT_EQ(events(), "");
}

TEST(Header, SaysWhatIsNotTheDefault)
{
    drywalk_kernel kernel{};
    kernel.put = put;
    drywalk_state state{};
    DRYWALK_START(&kernel, &state);
    EXPECT_EQ(taken(), "{\"drywalk_trace\":2}\n");
    state.cpus = 12;
    state.memory_bytes = uint64_t{1} << 40;
    state.cr0 = 0x80010033;
    state.cr3 = 0x1000;
    state.cr4 = 0x10a0;
    state.efer = 0xd01;
    state.pkru = 0x55555554;
    state.pkrs = 4;
    state.maxphyaddr = 52;
    state.vendor = "amd";
    state.from_middle = true;
    DRYWALK_START(&kernel, &state);
    EXPECT_EQ(taken(),
              R"({"drywalk_trace":2,"cpus":"0xc","memory_bytes":"0x10000000000","vendor":"amd",)"
              R"("cr0":"0x80010033","cr3":"0x1000","cr4":"0x10a0","efer":"0xd01","pkru":"0x55555554","pkrs":"0x4",)"
              R"("maxphyaddr":"0x34","from":"middle"})"
              "\n");
    DRYWALK_STOP();
}

std::string locked;
uintptr_t lock()
{
    locked += '(';
    return 0x202;
}
void unlock(uintptr_t kept) { locked += kept == 0x202 ? ")" : "?"; }
void put_locked(char character) { locked += character; }

TEST(Lock, IsHeldForWholeLines)
{
    drywalk_kernel kernel{};
    kernel.put = put_locked;
    kernel.lock = lock;
    kernel.unlock = unlock;
    const drywalk_state state{};
    DRYWALK_START(&kernel, &state);
    locked.clear();
    DRYWALK_TLBSYNC_AT(nullptr);
    DRYWALK_TLBSYNC_AT(nullptr);
    EXPECT_EQ(locked, "({\"op\":\"tlbsync\",\"seq\":\"0x0\"}\n)({\"op\":\"tlbsync\",\"seq\":\"0x1\"}\n)");
    DRYWALK_STOP();
}

} // namespace
} // namespace drywalk::tracing
