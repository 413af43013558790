// SPDX-License-Identifier: MIT
// Machine profiles: all of them load, every number has a source, and the shown text hides no assumption.
#include "sim/input/json_text.hpp"
#include "sim/machine/machine.hpp"
#include "tests/scenario/fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::machine::test {
namespace {

using nlohmann::json;
using namespace scenario::test;

const std::filesystem::path machines = data.scenarios / "machines";

[[nodiscard]] json machine_json(const std::string& name)
{
    const std::filesystem::path file = machines / (name + ".json");
    return parse_json(read_text(file), file.string());
}

/// Loads `document` as a machine called m; what is said about it, empty if it loads.
[[nodiscard]] std::string complaint_about_machine(const json& document)
{
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path() / "machines");
    std::filesystem::copy_file(data.scenarios / "machine.schema.json", directory.path() / "machine.schema.json");
    (void)directory.write("machines/m.json", document.dump());
    try {
        (void)load_machine(directory.path() / "machines", "m");
        return "";
    } catch (const InputError& error) {
        const std::string message = error.what();
        return message.substr(message.find("m.json"));
    }
}

/// How many numbers, names and flags with a source `node` has; each number must be one of them.
[[nodiscard]] std::size_t count_sourced(const json& node, const std::string& at)
{
    if (node.is_object() && node.contains("source")) {
        EXPECT_TRUE(node.contains("confidence")) << at;
        return 1;
    }
    EXPECT_FALSE(node.is_number() || node.is_boolean()) << at << " has no source";
    std::size_t count = 0;
    if (node.is_structured()) {
        for (const auto& [name, member] : node.items())
            count += count_sourced(member, at + "/" + name);
    }
    return count;
}

TEST(Machine, TheShippedOnesAreListedInOrder)
{
    EXPECT_EQ(machine_names(machines),
              (std::vector<std::string>{"bochs_2_7", "icelake_sp", "qemu_tcg", "sapphire_rapids", "skylake_sp",
                                        "skylake_x_7800x", "tiny_by_hand", "zen2", "zen3", "zen4", "zen4_7950x"}));
}

TEST(Machine, EveryShippedOneLoadsAndEveryNumberHasASource)
{
    for (const std::string& name : machine_names(machines)) {
        SCOPED_TRACE(name);
        const Machine machine = load_machine(machines, name);
        EXPECT_EQ(machine.name, name);
        // One that extends another has that one's numbers too.
        if (!machine_json(name).contains("extends")) {
            EXPECT_EQ(machine.provenance.size(), count_sourced(machine_json(name), ""));
        }
        for (const Provenance& entry : machine.provenance) {
            EXPECT_GE(entry.source.size(), 12U) << entry.pointer;
            EXPECT_FALSE(entry.shown.empty()) << entry.pointer;
        }
        EXPECT_FALSE(machine.profile.l1_data.empty());
        EXPECT_FALSE(machine.profile.l1_fetch.empty());
    }
}

TEST(Machine, EveryNumberOfAFileReachesTheProfile)
{
    const machine::Profile profile = load_machine(machines, "tiny_by_hand").profile;
    EXPECT_EQ(profile.vendor, x86::Vendor::intel);
    EXPECT_EQ(profile.features.physical_bits, 46U);
    EXPECT_TRUE(profile.features.pages_1g);
    EXPECT_FALSE(profile.features.pcids);
    EXPECT_EQ(profile.l1_data[0].sets, 1U);
    EXPECT_EQ(profile.l1_data[0].ways, 2U);
    EXPECT_EQ(profile.l1_data[0].holds, (std::array<bool, 3>{true, true, true}));
    EXPECT_EQ(profile.structure_caches.pde, 1U);
    EXPECT_FALSE(profile.behaviour.walks_again_when_denied);
    EXPECT_TRUE(profile.behaviour.page_fault_invalidates);
    EXPECT_EQ(profile.costs.invlpg, 20U);
    EXPECT_EQ(profile.costs.mov_cr3, 50U);
    EXPECT_EQ(profile.platform_costs.iretq, 60U);
    EXPECT_EQ(profile.costs.mov_cr4, 70U);
    EXPECT_EQ(profile.costs.mov_cr0, 80U);
    EXPECT_EQ(profile.costs.wrmsr_efer, 90U);
    EXPECT_EQ(profile.costs.exception_entry, 100U);
    EXPECT_EQ(profile.platform_costs.interrupt_entry, 110U);
    EXPECT_EQ(profile.platform_costs.zero_page, 400U);
    EXPECT_EQ(profile.platform_costs.copy_page, 500U);
    EXPECT_EQ(profile.memory.l1d.sets, 2U);
    EXPECT_EQ(profile.memory.l2.latency, 10U);
    EXPECT_EQ(profile.memory.l3.sets, 0U) << "no such level";
    EXPECT_EQ(profile.memory.dram_latency, 100U);
}

TEST(Machine, SaysWhoHasPcidsAndWhoHeedsThem)
{
    const auto profile = [](const char* name) { return load_machine(machines, name).profile; };
    for (const char* name : {"skylake_sp", "zen4"}) {
        EXPECT_TRUE(profile(name).features.pcids) << name;
        EXPECT_TRUE(profile(name).behaviour.keeps_other_pcids) << name;
    }
    EXPECT_TRUE(profile("bochs_2_7").features.pcids);
    EXPECT_FALSE(profile("bochs_2_7").behaviour.keeps_other_pcids);
    EXPECT_FALSE(profile("qemu_tcg").features.pcids);
}

TEST(Machine, SkylakeFoldsItsSecondLevelIndex)
{
    const Machine machine = load_machine(machines, "skylake_sp");
    const machine::TlbArrayProfile& shared = machine.profile.l2_data.at(0);
    EXPECT_EQ(shared.index, machine::SetIndex::xor_fold);
    EXPECT_EQ(shared.sets * shared.ways, 1536U);
    EXPECT_EQ(shared.holds, (std::array<bool, 3>{true, true, false}));
    EXPECT_TRUE(machine.profile.l2_unified);
    EXPECT_EQ(machine.core_ghz, 3.5);
    EXPECT_EQ(machine.profile.costs.invlpg, 200U);
}

TEST(Machine, Zen4HasASecondLevelOfItsOwnForFetches)
{
    const machine::Profile profile = load_machine(machines, "zen4").profile;
    EXPECT_EQ(profile.vendor, x86::Vendor::amd);
    EXPECT_EQ(profile.l1_data.at(0).ways, 72U);
    EXPECT_EQ(profile.l2_data.at(0).index, machine::SetIndex::zen4_l2);
    EXPECT_EQ(profile.l2_data.at(0).replacement, machine::Replacement::tree_plru);
    EXPECT_FALSE(profile.l2_unified);
    EXPECT_EQ(profile.l2_fetch.size(), 2U);
}

TEST(Machine, EmulatorsDepartFromThePlainTlb)
{
    const machine::Profile bochs = load_machine(machines, "bochs_2_7").profile;
    EXPECT_EQ(bochs.l1_data.at(0).sets, 2048U);
    EXPECT_EQ(bochs.l1_fetch.at(0).sets, 1024U);
    EXPECT_TRUE(bochs.behaviour.grants_only_filling_access && bochs.behaviour.fragments_large_pages);
    EXPECT_TRUE(bochs.behaviour.keeps_global_across_cr3);
    EXPECT_FALSE(bochs.behaviour.page_fault_invalidates);
    EXPECT_EQ(bochs.structure_caches.pml4e + bochs.structure_caches.pdpte + bochs.structure_caches.pde, 0U);
    EXPECT_FALSE(load_machine(machines, "qemu_tcg").profile.behaviour.keeps_global_across_cr3);
}

TEST(BadMachine, IsRefusedWithWhatWouldBeLegal)
{
    EXPECT_EQ(complaint_about_machine(machine_json("zen4")), "");
    json document = machine_json("tiny_by_hand");
    document["costs"]["invplg"] = document["costs"]["invlpg"];
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /costs: unknown key \"invplg\" (legal: copy_page,"), 0U);
    document = machine_json("tiny_by_hand");
    document["costs"]["invlpg"].erase("source");
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /costs/invlpg: key \"source\" is missing"), 0U);
    document = machine_json("tiny_by_hand");
    document["costs"]["invlpg"] = 20;
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /costs/invlpg: 20 where object is legal"), 0U);
    document = machine_json("tiny_by_hand");
    document["tlb"]["l1_data"][0]["geometry"]["sets"] = 3;
    EXPECT_EQ(
        complaint_about_machine(document).find("m.json: /tlb/l1_data/0/geometry/sets: 3 is unknown (legal: 1, 2, 4"),
        0U);
    document = machine_json("zen4");
    document["tlb"]["l2_unified"]["value"] = true;
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /tlb/l2_fetch: fetches have a second level"), 0U);
}

/// A machine whose arrays use every form that is neither the plainest nor Skylake's.
[[nodiscard]] json unusual_machine()
{
    json document = machine_json("zen4");
    const json yes = {{"value", true}, {"source", "invented for a test"}, {"confidence", "assumed"}};
    json& shared = document["tlb"]["l2_data"][0];
    shared["holds_pdes"] = yes;
    shared["replacement"]["value"] = {{"tree_plru", {8, 4}}};
    shared["geometry"]["sets"] = 4;
    shared["index"]["value"] = {{"bits", {{"4K", {{12, 21}, {13}}}, {"2M", {{21}, {22}}}, {"PDE", {{22}, {23, 30}}}}}};
    document["tlb"]["relations"] = {{"l1_victims_go_to_l2", yes}, {"l2_hit_leaves_l2", yes}};
    json upper = document["tlb"]["l1_data"][0];
    upper["holds"] = {"PDPTE", "PML4E"};
    upper["geometry"]["ways"] = 12;
    upper["replacement"]["value"] = "mru3_plru4";
    document["structure_caches"] = {{"arrays", json::array({upper})}};
    document["tlb"]["l1_store"] = json::array({document["tlb"]["l1_data"][0]});
    return document;
}

TEST(Machine, ArraysOfEveryFormReachTheProfile)
{
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path() / "machines");
    std::filesystem::copy_file(data.scenarios / "machine.schema.json", directory.path() / "machine.schema.json");
    (void)directory.write("machines/m.json", unusual_machine().dump());
    const Machine machine = load_machine(directory.path() / "machines", "m");
    const machine::TlbArrayProfile& shared = machine.profile.l2_data.at(0);
    EXPECT_EQ(shared.replacement, machine::Replacement::tree_plru);
    EXPECT_EQ(shared.tree_groups, (std::vector<std::uint32_t>{8, 4}));
    EXPECT_EQ(shared.index, machine::SetIndex::bits);
    EXPECT_EQ(shared.index_bits[0], (machine::IndexBits{{12, 21}, {13}}));
    EXPECT_EQ(shared.index_bits[3], (machine::IndexBits{{22}, {23, 30}}));
    EXPECT_EQ(shared.holds_structures, (std::array<bool, 3>{true, false, false}));
    EXPECT_FALSE(shared.structure_hit_is_use);
    EXPECT_TRUE(machine.profile.l1_data.at(0).structure_hit_is_use);
    EXPECT_TRUE(machine.profile.relations.l1_victims_go_to_l2 && machine.profile.relations.l2_hit_leaves_l2);
    EXPECT_FALSE(machine.profile.relations.l2_inclusive);
    EXPECT_EQ(machine.profile.l1_store.at(0).ways, 72U);
    const machine::TlbArrayProfile& upper = machine.profile.structure_caches.arrays.at(0);
    EXPECT_EQ(upper.holds_structures, (std::array<bool, 3>{false, true, true}));
    EXPECT_EQ(upper.replacement, machine::Replacement::mru3_plru4);
    const std::string text = describe(machine);
    EXPECT_NE(text.find(R"({"tree_plru":[8,4]})"), std::string::npos);
    EXPECT_NE(text.find(R"({"bits":{"2M":[[21],[22]],"4K":[[12,21],[13]],"PDE":[[22],[23,30]]}})"), std::string::npos)
        << text;
}

TEST(BadMachine, ArraysThatCannotBeBuiltAreRefused)
{
    EXPECT_EQ(complaint_about_machine(unusual_machine()), "");
    const auto complaint = [](const std::string& pointer, const json& value) {
        json document = unusual_machine();
        document[json::json_pointer{pointer}] = value;
        return complaint_about_machine(document);
    };
    const std::string l2 = "/tlb/l2_data/0";
    EXPECT_EQ(complaint(l2 + "/replacement/value", {{"tree_plru", {8, 8}}})
                  .find("m.json: /tlb/l2_data/0/replacement: the groups of the tree have 16 ways and the array has 12"),
              0U);
    EXPECT_EQ(
        complaint(l2 + "/replacement/value", "plru").find("m.json: /tlb/l2_data/0/replacement/value: \"plru\" has "),
        0U);
    EXPECT_EQ(complaint(l2 + "/index/value/bits/4K", {{12}})
                  .find("m.json: /tlb/l2_data/0/index/value/bits/4K: 1 index bits for 4 sets"),
              0U);
    EXPECT_EQ(complaint(l2 + "/index/value/bits/2M", {{21}, {20}})
                  .find("m.json: /tlb/l2_data/0/index/value/bits/2M: address bit 20 does not tell two"),
              0U);
    EXPECT_EQ(complaint("/tlb/l1_data/0/replacement/value", "nru")
                  .find("m.json: /tlb/l1_data/0/replacement: 72 ways are too many for this policy"),
              0U);
    EXPECT_EQ(complaint("/structure_caches/arrays/0/geometry/ways", 16)
                  .find("m.json: /structure_caches/arrays/0/replacement: mru3_plru4 divides the ways by three"),
              0U);
    json document = unusual_machine();
    document["tlb"]["l1_data"][0]["holds_pdes"] = document["tlb"]["l2_unified"];
    document["tlb"]["l1_data"][0]["holds_pdes"]["value"] = true;
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /tlb/l1_data/0/holds_pdes: PDEs lie in a data array"),
              0U);
    document = unusual_machine();
    document["tlb"]["l1_data"][0]["pde_hit_is_use"] = document["tlb"]["l2_unified"];
    EXPECT_EQ(complaint_about_machine(document).find("m.json: /tlb/l1_data/0/pde_hit_is_use: this array has no PDEs"),
              0U);
}

TEST(BadMachine, AnUnknownNameListsTheKnownOnes)
{
    for (const char* name : {"pdp11", "", "..", "zen4.jso"}) {
        try {
            (void)load_machine(machines, name);
            ADD_FAILURE() << name;
        } catch (const InputError& error) {
            EXPECT_NE(std::string{error.what()}.find("(known: bochs_2_7, icelake_sp, qemu_tcg, sapphire_rapids, "),
                      std::string::npos)
                << error.what();
        }
    }
    EXPECT_THROW((void)machine_names("/no/such/directory"), InputError);
}

TEST(MachineText, MarksEveryAssumption)
{
    const Machine machine = load_machine(machines, "skylake_sp");
    const std::string text = describe(machine);
    const auto assumed = std::count_if(machine.provenance.begin(), machine.provenance.end(),
                                       [](const Provenance& entry) { return entry.confidence == Confidence::assumed; });
    std::size_t marked = 0;
    for (std::size_t at = text.find("\n! "); at != std::string::npos; at = text.find("\n! ", at + 1))
        ++marked;
    EXPECT_EQ(marked, static_cast<std::size_t>(assumed));
    EXPECT_NE(text.find("  /costs/invlpg "), std::string::npos);
    EXPECT_NE(text.find("! /costs/mov_cr3 "), std::string::npos);
    for (const Provenance& entry : machine.provenance)
        EXPECT_NE(text.find(entry.source), std::string::npos) << entry.pointer;
}

TEST(MachineText, TheJsonHasNumbersAsNumbers)
{
    const json document = json::parse(describe_json(load_machine(machines, "skylake_sp")));
    EXPECT_EQ(document.at("name"), "skylake_sp");
    const auto value_at = [&](const std::string& pointer) {
        for (const json& number : document.at("numbers")) {
            if (number.at("pointer") == pointer) return number.at("value");
        }
        return json();
    };
    EXPECT_EQ(value_at("/costs/invlpg"), 200);
    EXPECT_EQ(value_at("/core_ghz"), 3.5);
    EXPECT_EQ(value_at("/tlb/l2_unified"), true);
    EXPECT_EQ(value_at("/tlb/l2_data/0/geometry"), json({128, 12}));
    EXPECT_EQ(value_at("/tlb/l2_data/0/index"), "xor_fold");
}

} // namespace
} // namespace drywalk::machine::test
