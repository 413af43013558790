// SPDX-License-Identifier: MIT
// The file of kernel instruction counts: what it must say, and what is said about one that does not.
#include "sim/study/kernel_costs.hpp"

#include "sim/input/input_error.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include <unistd.h>

namespace drywalk::study {
namespace {

namespace fs = std::filesystem;

class KernelCostsTest : public testing::Test {
protected:
    KernelCostsTest() { fs::create_directories(folder_); }
    ~KernelCostsTest() override { fs::remove_all(folder_); }

    fs::path file(const std::string& text)
    {
        std::ofstream{folder_ / "costs.json"} << text;
        return folder_ / "costs.json";
    }
    std::string complaint(const std::string& text)
    {
        try {
            (void)load_kernel_costs(file(text));
            return "";
        } catch (const InputError& error) {
            const std::string message = error.what();
            EXPECT_EQ(message.find('\n'), std::string::npos);
            return message.substr(message.find("costs.json"));
        }
    }
    static nlohmann::json good()
    {
        nlohmann::json counts;
        for (unsigned path = 0; path < path_names.size(); ++path)
            counts[path_names[path]] = path + 1;
        return {{"instructions_per_pass", counts}};
    }
    std::string complaint_with(const char* path, const nlohmann::json& value)
    {
        nlohmann::json document = good();
        document["instructions_per_pass"][path] = value;
        return complaint(document.dump());
    }

private:
    fs::path folder_ = fs::temp_directory_path() / ("drywalk_kernel_costs_test_" + std::to_string(::getpid()));
};

TEST_F(KernelCostsTest, ReadsEachPathsCountByName)
{
    const platform::KernelCosts costs = load_kernel_costs(file(good().dump()));
    for (unsigned path = 0; path < path_names.size(); ++path)
        EXPECT_EQ(costs.instructions[path], path + 1) << path_names[path];
}

TEST_F(KernelCostsTest, ReadsBackWhatItWrites)
{
    MeasuredCosts measured;
    measured.measured_by = {"the command"};
    for (unsigned path = 0; path < path_names.size(); ++path)
        measured.costs.instructions[path] = 1'000 - path;
    const std::string text = kernel_costs_text(measured);
    EXPECT_EQ(load_kernel_costs(file(text)).instructions, measured.costs.instructions);
    EXPECT_EQ(nlohmann::json::parse(text).at("measured_by"), "the command");
    measured.measured_by.emplace_back("another command");
    EXPECT_EQ(load_measured_costs(file(kernel_costs_text(measured))).measured_by, measured.measured_by);
}

TEST_F(KernelCostsTest, TheShippedFileIsMeasured)
{
    const platform::KernelCosts costs = load_kernel_costs(source_tree() / "scenarios/kernel_instruction_counts.json");
    for (unsigned path = 0; path <= static_cast<unsigned>(kernel::hal::Path::invalidate_page); ++path)
        EXPECT_GT(costs.instructions[path].value_or(0), 0U) << path_names[path];
}

TEST_F(KernelCostsTest, SaysWhichFileIsMissing)
{
    EXPECT_THROW((void)load_kernel_costs("/nowhere/costs.json"), InputError);
}

TEST_F(KernelCostsTest, SaysWhereTheTextIsNoJson)
{
    EXPECT_NE(complaint("{\"instructions_per_pass\": {"), "");
    EXPECT_NE(complaint(""), "");
}

TEST_F(KernelCostsTest, NeedsTheObjectOfCounts)
{
    for (const char* text : {"[]", "7", "{}", "{\"instructions_per_pass\": 5}", "{\"instructions_per_pass\": []}"})
        EXPECT_NE(complaint(text).find("needs an object \"instructions_per_pass\""), std::string::npos) << text;
}

TEST_F(KernelCostsTest, APathThatIsNotNamedWasNotMeasured)
{
    nlohmann::json document = good();
    document["instructions_per_pass"].erase("halt");
    const platform::KernelCosts costs = load_kernel_costs(file(document.dump()));
    EXPECT_FALSE(costs.instructions[static_cast<unsigned>(kernel::hal::Path::halt)]);
    EXPECT_TRUE(costs.instructions[static_cast<unsigned>(kernel::hal::Path::run)]);
    EXPECT_EQ(kernel_costs_text({costs, {}}).find("\"halt\""), std::string::npos);
}

TEST_F(KernelCostsTest, RefusesWhatIsNoPath)
{
    const std::string said = complaint_with("hault", 28);
    EXPECT_NE(said.find("/instructions_per_pass/hault: is no path of the kernel"), std::string::npos) << said;
}

TEST_F(KernelCostsTest, RefusesWhatIsNoCommand)
{
    nlohmann::json document = good();
    for (const nlohmann::json& value : {nlohmann::json{7}, nlohmann::json::object(), nlohmann::json::array({7})}) {
        document["measured_by"] = value.is_array() && value.size() == 1 ? value[0] : value;
        EXPECT_NE(complaint(document.dump()).find("/measured_by"), std::string::npos) << value.dump();
    }
}

TEST_F(KernelCostsTest, RefusesWhatIsNoCount)
{
    for (const nlohmann::json& value : {nlohmann::json{-1}, nlohmann::json{1.5}, nlohmann::json{"12"},
                                        nlohmann::json{nullptr}, nlohmann::json{true}, nlohmann::json{0x1'0000'0000}}) {
        const std::string said = complaint_with("run", value.is_array() ? value[0] : value);
        EXPECT_NE(said.find("/instructions_per_pass/run"), std::string::npos) << value.dump() << ": " << said;
        EXPECT_NE(said.find("is no number of instructions"), std::string::npos) << said;
    }
    EXPECT_EQ(complaint_with("run", 0xffff'ffffU), "");
    EXPECT_EQ(complaint_with("run", 0), "");
}

} // namespace
} // namespace drywalk::study
