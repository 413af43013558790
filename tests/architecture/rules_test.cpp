// SPDX-License-Identifier: MIT
// The rules find what they are there to find: each case breaks one of them.
#include "tests/architecture/rules.hpp"

#include <gtest/gtest.h>

namespace drywalk::architecture {
namespace {

const std::string licence = "// SPDX-License-Identifier: MIT\n";
const std::string header_start = licence + "#pragma once\n";

bool accepts(const std::string& path, const std::string& body)
{
    return check({path, (path.ends_with(".hpp") ? header_start : licence) + body}).empty();
}

bool accepts_include(const std::string& path, const std::string& header)
{
    return accepts(path, "#include " + header + "\n");
}

TEST(Arrows, X86StandsAloneAndIsFreestanding)
{
    const std::string path = "models/x86/walk.hpp";
    EXPECT_TRUE(accepts_include(path, "\"models/x86/entry.hpp\""));
    EXPECT_TRUE(accepts_include(path, "<optional>"));
    for (const char* header : {"\"models/mmu/tlb.hpp\"", "\"models/machine/caches.hpp\"", "\"sim/cli/options.hpp\"",
                               "\"kernel_model/program/layout.hpp\"", "\"entry.hpp\"", "<vector>", "<string>",
                               "<cstdio>", "<systemc>", "<stdint.h>"}) {
        EXPECT_FALSE(accepts_include(path, header)) << header;
    }
}

TEST(Arrows, ModelsPointTowardsX86Only)
{
    EXPECT_TRUE(accepts_include("models/memory/cache.hpp", "\"models/x86/address.hpp\""));
    EXPECT_FALSE(accepts_include("models/memory/cache.hpp", "\"models/mmu/tlb.hpp\""));
    EXPECT_TRUE(accepts_include("models/mmu/walker.cpp", "\"models/memory/cache.hpp\""));
    EXPECT_TRUE(accepts_include("models/mmu/mmu.hpp", "\"models/machine/mmu_ledger.hpp\""));
    EXPECT_FALSE(accepts_include("models/mmu/mmu.hpp", "\"models/machine/ledger.hpp\"")) << "not the software's share";
    EXPECT_FALSE(accepts_include("models/mmu/mmu.hpp", "\"models/machine/profile.hpp\""));
    EXPECT_FALSE(accepts_include("models/mmu/walker.cpp", "\"models/oracle/ghost.hpp\""));
    EXPECT_TRUE(accepts_include("models/oracle/judge.cpp", "\"models/x86/walk.hpp\""));
    EXPECT_FALSE(accepts_include("models/oracle/judge.cpp", "\"models/mmu/tlb.hpp\"")) << "the judge and the accused";
    EXPECT_FALSE(accepts_include("models/oracle/judge.cpp", "\"models/memory/physical_memory.hpp\""));
    EXPECT_FALSE(accepts_include("models/machine/profile.hpp", "\"models/memory/cache.hpp\""))
        << "data knows no models";
    EXPECT_FALSE(accepts_include("models/mmu/walker.cpp", "\"kernel_model/program/layout.hpp\""));
}

TEST(Arrows, ModelsAndKernelKnowNoLibraryOfTheBench)
{
    for (const char* path : {"models/mmu/tlb.cpp", "models/oracle/judge.cpp", "kernel_model/core/kernel.cpp",
                             "kernel_model/hal/sim/hal.cpp", "kernel_model/boot/serial.cpp"}) {
        for (const char* header : {"<systemc>", "<systemc.h>", "<tlm>", "<tlm.h>", "<nlohmann/json.hpp>",
                                   "<valijson/validator.hpp>", "<boost/program_options.hpp>", "<fmt/format.h>",
                                   "\"fmt/format.h\"", "<iostream>", "<fstream>", "<chrono>", "<thread>"}) {
            EXPECT_FALSE(accepts_include(path, header)) << path << " " << header;
        }
    }
}

TEST(Arrows, CoreSeesTheInterfaceOfTheHalOnly)
{
    const std::string path = "kernel_model/core/page_tables.cpp";
    EXPECT_TRUE(accepts_include(path, "\"kernel_model/hal/hal.hpp\""));
    EXPECT_TRUE(accepts_include(path, "\"models/x86/entry.hpp\""));
    EXPECT_FALSE(accepts_include(path, "\"kernel_model/hal/sim/machine.hpp\""));
    EXPECT_FALSE(accepts_include(path, "\"kernel_model/hal/x86_64/msr.hpp\""));
    EXPECT_FALSE(accepts_include(path, "\"kernel_model/boot/serial.hpp\""));
    EXPECT_FALSE(accepts_include(path, "\"models/mmu/tlb.hpp\""));
    EXPECT_FALSE(accepts_include(path, "<vector>"));
}

TEST(Arrows, TheRestOfTheKernelKnowsNoBench)
{
    EXPECT_TRUE(accepts_include("kernel_model/boot/kernel_entry.cpp", "\"kernel_model/core/kernel.hpp\""));
    EXPECT_FALSE(accepts_include("kernel_model/hal/x86_64/hal.cpp", "\"kernel_model/core/kernel.hpp\""));
    EXPECT_FALSE(accepts_include("kernel_model/hal/x86_64/hal.cpp", "<vector>"));
    EXPECT_FALSE(accepts_include("kernel_model/program/workload.hpp", "\"kernel_model/hal/hal.hpp\""));
    EXPECT_TRUE(accepts_include("kernel_model/hal/sim/hal.cpp", "<functional>"));
    EXPECT_FALSE(accepts_include("kernel_model/hal/sim/hal.cpp", "\"sim/platform/cpu.hpp\""));
    EXPECT_FALSE(accepts_include("kernel_model/user/stub.cpp", "\"models/mmu/tlb.hpp\""));
}

TEST(Arrows, TheBenchPointsDownwards)
{
    EXPECT_TRUE(accepts_include("sim/cli/main.cpp", "\"sim/report/text_report.hpp\""));
    EXPECT_TRUE(accepts_include("sim/boot/confirmation.hpp", "\"sim/study/study.hpp\""));
    EXPECT_FALSE(accepts_include("sim/study/study.hpp", "\"sim/boot/machine_run.hpp\""));
    EXPECT_FALSE(accepts_include("sim/trace/reader.hpp", "\"sim/scenario/scenario.hpp\""));
    EXPECT_FALSE(accepts_include("sim/replay/replay.hpp", "\"sim/platform/core.hpp\""));
    EXPECT_FALSE(accepts_include("sim/input/complaint.hpp", "\"sim/output/files.hpp\""));
    EXPECT_FALSE(accepts_include("bench/check_speed.cpp", "\"tests/oracle/trace.hpp\""));
}

TEST(Arrows, EachHalHasTheStandardLibraryOfItsMachine)
{
    EXPECT_TRUE(accepts_include("kernel_model/hal/sim/hal.cpp", "<cstdio>"));
    EXPECT_FALSE(accepts_include("kernel_model/hal/x86_64/hal.cpp", "<cstdio>"));
    EXPECT_TRUE(accepts_include("kernel_model/hal/x86_64/hal.cpp", "<cstring>"));
    EXPECT_FALSE(accepts_include("kernel_model/core/kernel.cpp", "<cstdio>"));
    EXPECT_FALSE(accepts_include("models/mmu/tlb.cpp", "<cstdio>"));
}

TEST(Arrows, TheBenchMayIncludeEverythingButTheTests)
{
    EXPECT_TRUE(accepts_include("sim/platform/cpu.cpp", "<systemc>"));
    EXPECT_TRUE(accepts_include("sim/platform/cpu.cpp", "\"models/mmu/mmu.hpp\""));
    EXPECT_FALSE(accepts_include("sim/platform/cpu.cpp", "\"tests/x86/manual.hpp\""));
    EXPECT_FALSE(accepts_include("sim/platform/cpu.cpp", "\"cpu.hpp\"")) << "includes start at the root";
}

TEST(Arrows, WhatOthersCompileIsFreestandingC)
{
    for (const char* path : {"include/drywalk/drywalk_trace.h", "examples/traced_kernel/kernel.c"}) {
        const auto accepts = [path](const std::string& header) {
            return check({path, header_start + "#include " + header + "\n"}).empty();
        };
        for (const char* header : {"<stdint.h>", "<stddef.h>", "<stdbool.h>", "<stdarg.h>"})
            EXPECT_TRUE(accepts(header)) << path << " " << header;
        for (const char* header : {"<stdio.h>", "<string.h>", "<cstdint>", "<atomic>", "\"sim/cli/options.hpp\"",
                                   "\"models/x86/entry.hpp\"", "\"tests/x86/manual.hpp\""}) {
            EXPECT_FALSE(accepts(header)) << path << " " << header;
        }
    }
    EXPECT_TRUE(accepts_include("examples/traced_kernel/host.c", "<stdio.h>"));
    EXPECT_TRUE(accepts_include("examples/traced_kernel/kernel.c", "\"drywalk/drywalk_trace.h\""));
    EXPECT_FALSE(accepts_include("sim/trace/reader.cpp", "\"drywalk/drywalk_trace.h\""));
}

TEST(Arrows, SpacesDoNotHideAnIncludeAndCommentsAreNone)
{
    EXPECT_FALSE(accepts("models/x86/a.hpp", "  #  include   <vector>\n"));
    EXPECT_TRUE(accepts("models/x86/a.hpp", "// #include <vector>\n/*\n#include <vector>\n*/\n"));
    EXPECT_FALSE(accepts("models/x86/a.hpp", "/* a */ #include <vector> // why\n"));
}

TEST(Conditionals, NoneInModelsAndCore)
{
    for (const char* directive : {"#if X", "#ifdef X", "# ifndef X", "  #elif X"}) {
        EXPECT_FALSE(accepts("kernel_model/core/kernel.cpp", std::string{directive} + "\n")) << directive;
        EXPECT_FALSE(accepts("models/mmu/tlb.cpp", std::string{directive} + "\n")) << directive;
        EXPECT_TRUE(accepts("sim/cli/main.cpp", std::string{directive} + "\n")) << directive;
    }
    EXPECT_TRUE(accepts("kernel_model/core/kernel.cpp", "if (x) {}\n#define IF\n"));
}

TEST(Assembly, InlineOnlyInTheHalOfTheRealMachine)
{
    for (const char* code : {"asm(\"nop\");", "asm volatile (\"hlt\");", "__asm__(\"hlt\");"}) {
        EXPECT_TRUE(accepts("kernel_model/hal/x86_64/cpu.cpp", code)) << code;
        EXPECT_FALSE(accepts("kernel_model/core/kernel.cpp", code)) << code;
        EXPECT_FALSE(accepts("kernel_model/boot/main.cpp", code)) << code;
        EXPECT_FALSE(accepts("sim/study/counter.cpp", code)) << code;
    }
    EXPECT_TRUE(accepts("sim/cli/main.cpp", "int plasma = 0; // asm\nauto text = \"asm\";\n"));
}

TEST(Assembly, FilesOnlyWhereTheMachineStarts)
{
    EXPECT_TRUE(accepts("kernel_model/boot/entry.S", ""));
    EXPECT_TRUE(accepts("kernel_model/user/stub.S", ""));
    EXPECT_FALSE(accepts("kernel_model/core/entry.S", ""));
    EXPECT_FALSE(accepts("sim/platform/entry.S", ""));
}

TEST(Frame, LicenceGuardAndLength)
{
    EXPECT_FALSE(check({"sim/cli/a.hpp", "#pragma once\n"}).empty()) << "no licence";
    EXPECT_FALSE(check({"sim/cli/a.hpp", licence}).empty()) << "no guard";
    EXPECT_FALSE(check({"sim/cli/a.cpp", ""}).empty()) << "empty";
    EXPECT_FALSE(check({"kernel_model/boot/a.h", licence}).empty()) << "no guard";
    EXPECT_FALSE(check({"kernel_model/boot/a.lds", "SECTIONS {}\n"}).empty()) << "no licence";
    EXPECT_FALSE(check({"sim/CMakeLists.txt", "add_subdirectory(cli)\n"}).empty());
    EXPECT_TRUE(check({"sim/CMakeLists.txt", "# SPDX-License-Identifier: MIT\n"}).empty());
    EXPECT_TRUE(check({"include/drywalk/a.h", header_start + std::string(most_lines, '\n')}).empty());
    EXPECT_TRUE(accepts("sim/cli/a.cpp", std::string(most_lines - 1, '\n')));
    EXPECT_FALSE(accepts("sim/cli/a.cpp", std::string(most_lines, '\n')));
}

TEST(Frame, FindingsNameTheLine)
{
    const auto findings = check({"models/x86/a.hpp", header_start + "\n#include <map>\n"});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.front().line, 4U);
    EXPECT_EQ(findings.front().message, "may not include map");
}

TEST(CodeOf, BlanksCommentsAndLiteralsAndKeepsLines)
{
    EXPECT_EQ(code_of("a // b\nc"), "a     \nc");
    EXPECT_EQ(code_of("a /* b\nc */ d"), "a     \n     d");
    EXPECT_EQ(code_of("f(\"a\\\"b\") g"), "f(      ) g");
    EXPECT_EQ(code_of("0xff'00 + 'x' y"), "0xff'00 +     y");
    EXPECT_EQ(code_of("R\"x(a \" )\" b)x\" c"), "                c");
    EXPECT_EQ(code_of("#include \"a/b.hpp\" // c"), "#include \"a/b.hpp\"     ");
    EXPECT_EQ(code_of("\"//\" a"), "     a");
}

} // namespace
} // namespace drywalk::architecture
