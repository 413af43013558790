// SPDX-License-Identifier: MIT
// Register writes that no processor takes, and modes that are not judged, are refused where they stand.
#include "sim/trace/mode_tracker.hpp"

#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::trace::test {
namespace {

/// What is said about events behind a header with these keys.
[[nodiscard]] std::string about(const std::string& keys, const std::vector<std::string>& events)
{
    std::string text = "{\"drywalk_trace\":2,\"cpus\":2" + (keys.empty() ? "" : "," + keys) + "}\n";
    for (const std::string& event : events)
        text += event + "\n";
    return complaint(text);
}

[[nodiscard]] std::string mov(const std::string& what, const std::string& value, unsigned cpu = 0)
{
    return R"({"op":")" + what + R"(","value":")" + value + R"(","cpu":)" + std::to_string(cpu) + "}";
}

const std::string pcids = R"("cr4":"0x200a0")";

TEST(Mode, RefusesBit63OfCr3WithoutPcids)
{
    EXPECT_EQ(about("", {mov("mov_cr3", "0x8000000000001000")}),
              "t:2:25: mov_cr3 value=0x8000000000001000 on cpu 0: bit 63 of CR3 with CR4.PCIDE=0 raises #GP (bit 63 "
              "needs CR4.PCIDE=1)");
    EXPECT_EQ(about(pcids, {mov("mov_cr3", "0x8000000000001001")}), "");
}

TEST(Mode, KeepsTheProcessorsApart)
{
    EXPECT_EQ(about("", {mov("mov_cr4", "0x200a0", 1), mov("mov_cr3", "0x8000000000001000", 1)}), "");
    const std::string other = about("", {mov("mov_cr4", "0x200a0", 1), mov("mov_cr3", "0x8000000000001000", 0)});
    EXPECT_TRUE(other.starts_with("t:3:25: ")) << other;
}

struct Refused {
    std::string keys;
    std::vector<std::string> events;
    std::string reason;
};

TEST(Mode, RefusesWhatRaisesAnException)
{
    const Refused cases[] = {
        {"", {mov("mov_cr3", "0x400000000000")}, "a bit of CR3 from MAXPHYADDR on"},
        {"", {mov("mov_cr4", "0x80")}, "clearing CR4.PAE in long mode"},
        {"", {mov("mov_cr4", "0x10a0")}, "changing CR4.LA57 in long mode"},
        {R"("cr3":"0x1001")", {mov("mov_cr4", "0x200a0")}, "setting CR4.PCIDE while CR3[11:0] is not 0"},
        {"", {mov("mov_cr3", "0x1001"), mov("mov_cr4", "0x200a0")}, "setting CR4.PCIDE while CR3[11:0] is not 0"},
        {R"("cr0":"0x1","efer":0)", {mov("mov_cr4", "0x200a0")}, "setting CR4.PCIDE outside long mode"},
        {pcids, {mov("mov_cr0", "0x10001")}, "clearing CR0.PG while CR4.PCIDE=1"},
        {"", {mov("mov_cr0", "0x80010000")}, "CR0.PG=1 with CR0.PE=0"},
        {"", {mov("mov_cr0", "0x180010001")}, "bits 63:32 of CR0"},
        {"", {mov("wrmsr_efer", "0x800")}, "changing EFER.LME while CR0.PG=1"},
        {"", {R"({"op":"invpcid","type":1,"pcid":1})"}, "INVPCID of a PCID other than 0 with CR4.PCIDE=0"},
        {pcids, {R"({"op":"invpcid","type":0,"pcid":1,"va":"0x800000000000"})"}, "INVPCID of an address that is not"},
        {"", {mov("wrpkru", "0x4")}, "WRPKRU with CR4.PKE=0 raises #UD"},
        {"", {mov("wrmsr_pkrs", "0x100000000")}, "bits 63:32 of PKRU and IA32_PKRS"},
        {R"("vendor":"amd")", {mov("wrmsr_pkrs", "0x0")}, "AMD has no IA32_PKRS"},
        {R"("vendor":"amd")", {mov("mov_cr4", "0x10000a0")}, "CR3[62:61] and CR4.PKS, LASS and LAM_SUP"},
        {R"("vendor":"amd-tce")", {mov("mov_cr3", "0x2000000000001000")}, "CR3[62:61] and CR4.PKS, LASS and LAM_SUP"},
        {R"("vendor":"intel")", {R"({"op":"invlpgb"})"}, "Intel has neither INVLPGB nor TLBSYNC"},
        {R"("vendor":"intel")", {R"({"op":"tlbsync"})"}, "Intel has neither INVLPGB nor TLBSYNC"},
        {R"("vendor":"amd")", {mov("wrmsr_efer", "0x100d00")}, "EFER.UAIE=1 (bit 20)"},
    };
    for (const Refused& refused : cases) {
        const std::string found = about(refused.keys, refused.events);
        EXPECT_NE(found.find(": " + refused.reason), std::string::npos) << found << " for " << refused.events.back();
        EXPECT_TRUE(found.starts_with("t:" + std::to_string(1 + refused.events.size()) + ":")) << found;
    }
}

TEST(Mode, RefusesPagingThatIsNotJudged)
{
    EXPECT_EQ(
        complaint(R"({"drywalk_trace":1,"cr4":"0x20","efer":"0x800"})"),
        R"(t:1:26: "cr4": CR0.PG=1 with EFER.LME=0 is PAE paging (only 4-level and 5-level paging are judged: PG, PAE and )"
        "EFER.LME are 1)");
    EXPECT_EQ(
        complaint(R"({"drywalk_trace":1,"efer":"0x0","cr4":"0x10"})"),
        R"(t:1:39: "cr4": CR0.PG=1 with CR4.PAE=0 is 32-bit paging (only 4-level and 5-level paging are judged: PG, PAE and )"
        "EFER.LME are 1)");
    const std::string off = R"("cr0":"0x1","cr4":0,"efer":0)";
    const std::string legacy = about(off, {mov("mov_cr0", "0x80000001")});
    EXPECT_NE(legacy.find("32-bit paging"), std::string::npos) << legacy;
    const std::string pae = about(off, {mov("mov_cr4", "0x20"), mov("mov_cr0", "0x80000001")});
    EXPECT_TRUE(pae.starts_with("t:3:")) << pae;
    EXPECT_NE(pae.find("PAE paging"), std::string::npos) << pae;
}

TEST(Mode, TakesPagingThatIsOffUntil4LevelPagingIsTurnedOn)
{
    const std::string off = R"("cr0":"0x1","cr4":0,"efer":0)";
    EXPECT_EQ(about(off, {}), "");
    EXPECT_EQ(about(off, {mov("mov_cr4", "0x20"), mov("mov_cr3", "0x1000"), mov("wrmsr_efer", "0x100"),
                          mov("mov_cr0", "0x80000001"), mov("wrmsr_efer", "0xd00"), mov("mov_cr4", "0x200a0"),
                          mov("mov_cr3", "0x8000000000001001")}),
              "");
}

TEST(Mode, RefusesAHeaderThatNoProcessorCanBeIn)
{
    const std::pair<std::string, std::string> cases[] = {
        {R"("cr3":"0x400000000000")", R"(t:1:35: "cr3": a bit of CR3 from MAXPHYADDR on)"},
        {R"("cr3":"0x8000000000001000")", R"(t:1:35: "cr3": )"},
        {R"("cr0":"0x80000000")", R"(t:1:35: "cr0": CR0.PG=1 with CR0.PE=0)"},
        {R"("vendor":"intel","efer":"0x8d00")", R"(t:1:53: "efer": a reserved bit of EFER)"},
        {R"("vendor":"amd","efer":"0x100d00")", R"(t:1:51: "efer": EFER.UAIE=1)"},
        {R"("vendor":"amd","cr4":"0x10000a0")", R"(t:1:50: "cr4": CR3[62:61] and CR4.PKS)"},
    };
    for (const auto& [keys, start] : cases) {
        const std::string found = about(keys, {});
        EXPECT_TRUE(found.starts_with(start)) << found;
    }
}

} // namespace
} // namespace drywalk::trace::test
