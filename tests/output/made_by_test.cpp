// SPDX-License-Identifier: MIT
// What made a result, as a report tells it: everything, and in the same bytes each time.
#include "sim/output/made_by.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::output {
namespace {

MadeBy everything()
{
    MadeBy made_by;
    made_by.version = "1.2.3";
    made_by.commit = "commit 0123456789";
    made_by.command = "drywalk run s.json";
    made_by.input = "s.json";
    made_by.machine = "zen4";
    made_by.machine_title = "AMD Zen 4";
    made_by.overrides = {{"/costs/invlpg", "200", "2500", "set by the scenario"}};
    made_by.seed = 7;
    made_by.workload = "10 pairs";
    return made_by;
}

TEST(MadeByText, NamesMachineOverridesWorkloadProgramAndCommand)
{
    EXPECT_EQ(made_by_text(everything()), "machine zen4 (AMD Zen 4)\n"
                                          "  on bare metal, seed 7\n"
                                          "  /costs/invlpg = 2500 instead of 200 (set by the scenario)\n"
                                          "workload: 10 pairs\n"
                                          "made by drywalk 1.2.3 (commit 0123456789):\n"
                                          "  drywalk run s.json\n");
}

TEST(MadeByText, SaysThatAGuestIsAGuest)
{
    MadeBy made_by = everything();
    made_by.host_page_size = "4k";
    const std::string text = made_by_text(made_by);
    EXPECT_NE(text.find("\n  as a guest whose host maps pages of 4 KiB, seed 7\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("bare metal"), std::string::npos) << text;
    EXPECT_EQ(runs_on("2m"), "as a guest whose host maps pages of 2 MiB");
    EXPECT_EQ(runs_on("1g"), "as a guest whose host maps pages of 1 GiB");
}

TEST(MadeByText, IsEmptyIfNothingIsKnown) { EXPECT_EQ(made_by_text({}), ""); }

TEST(MadeByJson, HasTheSame)
{
    const auto json = made_by_json(everything());
    EXPECT_EQ(json.dump(),
              R"({"drywalk":"1.2.3","commit":"commit 0123456789","command":"drywalk run s.json","input":"s.json",)"
              R"("machine":"zen4","machine_overrides":[{"pointer":"/costs/invlpg","profile":200,"value":2500,)"
              R"("source":"set by the scenario"}],"guest":false,"seed":7,"workload":"10 pairs"})");
    MadeBy guest = everything();
    guest.host_page_size = "2m";
    EXPECT_EQ(made_by_json(guest).at("guest"), true);
    EXPECT_EQ(made_by_json(guest).at("host_page_size"), "2m");
}

TEST(MadeByJson, OfATraceHasNoMachine)
{
    MadeBy made_by = everything();
    made_by.machine.clear();
    EXPECT_FALSE(made_by_json(made_by).contains("machine"));
    EXPECT_FALSE(made_by_json(made_by).contains("guest"));
}

} // namespace
} // namespace drywalk::output
