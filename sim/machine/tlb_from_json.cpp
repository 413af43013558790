// SPDX-License-Identifier: MIT
#include "sim/machine/tlb_from_json.hpp"

#include "models/mmu/replacement.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/machine/machine.hpp"

#include <fmt/format.h>

#include <bit>
#include <numeric>

namespace drywalk::machine {

namespace {

using nlohmann::json;

// A number, name or flag is an object with its "value" beside its source; the schema has vouched for the shape.
[[nodiscard]] std::uint32_t count(const json& number) { return number.at("value").get<std::uint32_t>(); }
[[nodiscard]] bool flag(const json& value) { return value.at("value").get<bool>(); }
[[nodiscard]] bool flag_or(const json& parent, const char* name, bool otherwise)
{
    return parent.contains(name) ? flag(parent.at(name)) : otherwise;
}

constexpr std::array<const char*, held_count> held_names{"4K", "2M", "1G", "PDE", "PDPTE", "PML4E"};

/// The schema has vouched for the name.
[[nodiscard]] unsigned held_number(const std::string& name)
{
    if (const auto size = page_size_named(name)) return static_cast<unsigned>(*size);
    unsigned number = 0;
    while (name != held_names[number])
        ++number;
    return number;
}

[[nodiscard]] Replacement replacement(const json& value)
{
    if (value.is_object()) return Replacement::tree_plru;
    if (value == "lru") return Replacement::lru;
    if (value == "tree_plru") return Replacement::tree_plru;
    if (value == "mru3_plru4") return Replacement::mru3_plru4;
    return value == "nru" ? Replacement::nru : Replacement::random;
}

[[nodiscard]] SetIndex set_index(const json& value)
{
    if (value.is_object()) return SetIndex::bits;
    if (value == "linear") return SetIndex::linear;
    return value == "xor_fold" ? SetIndex::xor_fold : SetIndex::zen4_l2;
}

void add_held(TlbArrayProfile& profile, unsigned number)
{
    if (number < x86::page_size_count) {
        profile.holds[number] = true;
    } else {
        profile.holds_structures[number - x86::page_size_count] = true;
    }
}

[[nodiscard]] bool holds(const TlbArrayProfile& profile, unsigned number)
{
    return number < x86::page_size_count ? profile.holds[number]
                                         : profile.holds_structures[number - x86::page_size_count];
}

[[nodiscard]] TlbArrayProfile read_array(const json& array)
{
    TlbArrayProfile profile;
    profile.sets = array.at("geometry").at("sets").get<std::uint32_t>();
    profile.ways = array.at("geometry").at("ways").get<std::uint32_t>();
    for (const json& what : array.at("holds"))
        add_held(profile, held_number(what.get<std::string>()));
    if (flag_or(array, "holds_pdes", false)) add_held(profile, static_cast<unsigned>(Held::pde));
    profile.structure_hit_is_use = flag_or(array, "pde_hit_is_use", profile.structure_hit_is_use);
    const json& policy = array.at("replacement").at("value");
    profile.replacement = replacement(policy);
    if (policy.is_object()) profile.tree_groups = policy.at("tree_plru").get<std::vector<std::uint32_t>>();
    const json& index = array.at("index").at("value");
    profile.index = set_index(index);
    if (index.is_object()) {
        for (const auto& [name, bits] : index.at("bits").items())
            profile.index_bits[held_number(name)] = bits.get<IndexBits>();
    }
    return profile;
}

void check_replacement(const TlbArrayProfile& array, const std::string& pointer, const Complaint& complaint)
{
    const bool by_bits = array.replacement != Replacement::lru && array.replacement != Replacement::random;
    if (by_bits && array.ways > mmu::ReplacementState::most_bit_ways) {
        complaint.fail(pointer, fmt::format("{} ways are too many for this policy (legal: up to {}; any for lru and "
                                            "random)",
                                            array.ways, mmu::ReplacementState::most_bit_ways));
    }
    if (array.replacement == Replacement::mru3_plru4 && array.ways % 3 != 0) {
        complaint.fail(pointer, fmt::format("mru3_plru4 divides the ways by three, and there are {} (legal: a multiple "
                                            "of 3)",
                                            array.ways));
    }
    const std::uint32_t sum = std::accumulate(array.tree_groups.begin(), array.tree_groups.end(), 0U);
    if (!array.tree_groups.empty() && sum != array.ways) {
        complaint.fail(pointer, fmt::format("the groups of the tree have {} ways and the array has {} (legal: the same "
                                            "number)",
                                            sum, array.ways));
    }
}

void check_bits(const TlbArrayProfile& array, unsigned what, const std::string& pointer, const Complaint& complaint)
{
    const IndexBits& bits = array.index_bits[what];
    const auto wanted = static_cast<std::size_t>(std::countr_zero(array.sets));
    const std::string place = pointer_to(pointer, held_names[what]);
    if (bits.size() != wanted) {
        complaint.fail(place, fmt::format("{} index bits for {} sets (legal: {} lists of address bits)", bits.size(),
                                          array.sets, wanted));
    }
    const unsigned lowest = held_shift(static_cast<Held>(what));
    for (const std::vector<unsigned>& sources : bits) {
        for (const unsigned source : sources) {
            if (source >= lowest) continue;
            complaint.fail(place, fmt::format("address bit {} does not tell two of these entries apart (legal: {} to "
                                              "47)",
                                              source, lowest));
        }
    }
}

[[nodiscard]] TlbArrayProfile array_at(const json& from, const std::string& pointer, const Complaint& complaint)
{
    TlbArrayProfile array = read_array(from);
    check_replacement(array, pointer_to(pointer, "replacement"), complaint);
    if (from.contains("pde_hit_is_use") && !holds(array, static_cast<unsigned>(Held::pde))) {
        complaint.fail(pointer_to(pointer, "pde_hit_is_use"), "this array has no PDEs (legal: beside holds_pdes)");
    }
    for (unsigned what = 0; what < held_count && array.index == SetIndex::bits; ++what) {
        if (holds(array, what)) check_bits(array, what, pointer_to(pointer, "index") + "/value/bits", complaint);
    }
    return array;
}

[[nodiscard]] std::vector<TlbArrayProfile> arrays_at(const json& parent, const std::string& parent_pointer,
                                                     const char* name, const Complaint& complaint)
{
    std::vector<TlbArrayProfile> arrays;
    if (!parent.contains(name)) return arrays;
    const std::string pointer = pointer_to(parent_pointer, name);
    for (const json& each : parent.at(name))
        arrays.push_back(array_at(each, pointer_to(pointer, arrays.size()), complaint));
    return arrays;
}

[[nodiscard]] LevelRelations relations(const json& tlb)
{
    LevelRelations result;
    const json from = tlb.value("relations", json::object());
    result.walk_fills_l2 = flag_or(from, "walk_fills_l2", result.walk_fills_l2);
    result.l2_hit_fills_l1 = flag_or(from, "l2_hit_fills_l1", result.l2_hit_fills_l1);
    result.l2_hit_leaves_l2 = flag_or(from, "l2_hit_leaves_l2", result.l2_hit_leaves_l2);
    result.l1_victims_go_to_l2 = flag_or(from, "l1_victims_go_to_l2", result.l1_victims_go_to_l2);
    result.l2_inclusive = flag_or(from, "l2_inclusive", result.l2_inclusive);
    result.l1_hit_touches_l2 = flag_or(from, "l1_hit_touches_l2", result.l1_hit_touches_l2);
    return result;
}

/// Paging structures have a home only in the second level's data arrays.
void check_homes(const Profile& profile, const Complaint& complaint)
{
    const auto check = [&](const std::vector<TlbArrayProfile>& arrays, const char* name) {
        for (std::size_t index = 0; index < arrays.size(); ++index) {
            if (!arrays[index].holds_structures[0]) continue;
            complaint.fail(pointer_to(std::string{"/tlb/"} + name, index) + "/holds_pdes",
                           "PDEs lie in a data array of the second level, if in any TLB array (legal: in l2_data)");
        }
    };
    check(profile.l1_data, "l1_data");
    check(profile.l1_store, "l1_store");
    check(profile.l1_fetch, "l1_fetch");
    check(profile.l2_fetch, "l2_fetch");
}

[[nodiscard]] PagingStructureCacheProfile structure_caches(const json& from, const Complaint& complaint)
{
    PagingStructureCacheProfile result;
    result.arrays = arrays_at(from, "/structure_caches", "arrays", complaint);
    if (!result.arrays.empty()) return result;
    result.pml4e = count(from.at("pml4e"));
    result.pdpte = count(from.at("pdpte"));
    result.pde = count(from.at("pde"));
    return result;
}

} // namespace

void fill_tlbs(Profile& profile, const json& document, const Complaint& complaint)
{
    const json& tlb = document.at("tlb");
    profile.l1_data = arrays_at(tlb, "/tlb", "l1_data", complaint);
    profile.l1_store = arrays_at(tlb, "/tlb", "l1_store", complaint);
    profile.l1_fetch = arrays_at(tlb, "/tlb", "l1_fetch", complaint);
    profile.l2_data = arrays_at(tlb, "/tlb", "l2_data", complaint);
    profile.l2_fetch = arrays_at(tlb, "/tlb", "l2_fetch", complaint);
    profile.l2_unified = flag(tlb.at("l2_unified"));
    profile.relations = relations(tlb);
    profile.structure_caches = structure_caches(document.at("structure_caches"), complaint);
    check_homes(profile, complaint);
}

} // namespace drywalk::machine
