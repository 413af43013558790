// SPDX-License-Identifier: MIT
#include "sim/machine/machine.hpp"

#include "models/x86/vendor_names.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/json_text.hpp"
#include "sim/input/schema.hpp"
#include "sim/machine/override.hpp"
#include "sim/machine/provenance.hpp"
#include "sim/machine/tlb_from_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cctype>

namespace drywalk::machine {

namespace {

using nlohmann::json;

// A number, name or flag is an object with its "value" beside its source; the schema has vouched for the shape.
[[nodiscard]] std::uint32_t count(const json& number) { return number.at("value").get<std::uint32_t>(); }
[[nodiscard]] bool flag(const json& value) { return value.at("value").get<bool>(); }

[[nodiscard]] TlbBehaviour behaviour(const json& from)
{
    TlbBehaviour result;
    result.grants_only_filling_access = flag(from.at("grants_only_filling_access"));
    result.fragments_large_pages = flag(from.at("fragments_large_pages"));
    result.walks_again_when_denied = flag(from.at("walks_again_when_denied"));
    result.denied_fetch_keeps_entry =
        from.contains("denied_fetch_keeps_entry") && flag(from.at("denied_fetch_keeps_entry"));
    result.page_fault_invalidates = flag(from.at("page_fault_invalidates"));
    result.keeps_global_across_cr3 = flag(from.at("keeps_global_across_cr3"));
    result.keeps_other_pcids = !from.contains("keeps_other_pcids") || flag(from.at("keeps_other_pcids"));
    result.control_changes_drop_everything = flag(from.at("control_changes_drop_everything"));
    return result;
}

[[nodiscard]] MmuCosts mmu_costs(const json& from)
{
    MmuCosts result;
    result.l2_tlb_hit = count(from.at("l2_tlb_hit"));
    result.walk_start = count(from.at("walk_start"));
    result.mov_cr3 = count(from.at("mov_cr3"));
    result.mov_cr0 = count(from.at("mov_cr0"));
    result.mov_cr4 = count(from.at("mov_cr4"));
    result.wrmsr_efer = count(from.at("wrmsr_efer"));
    result.invlpg = count(from.at("invlpg"));
    result.exception_entry = count(from.at("exception_entry"));
    return result;
}

[[nodiscard]] PlatformCosts platform_costs(const json& from)
{
    PlatformCosts result;
    result.interrupt_entry = count(from.at("interrupt_entry"));
    result.iretq = count(from.at("iretq"));
    result.zero_page = count(from.at("zero_page"));
    result.copy_page = count(from.at("copy_page"));
    result.instructions_per_100_cycles = count(from.at("instructions_per_100_cycles"));
    return result;
}

[[nodiscard]] NestedProfile nested(const json& document)
{
    NestedProfile result;
    if (!document.contains("nested")) return result;
    const json& from = document.at("nested");
    result.tlb_entries = count(from.at("tlb_entries"));
    result.structure_caches.pml4e = count(from.at("pml4e"));
    result.structure_caches.pdpte = count(from.at("pdpte"));
    result.structure_caches.pde = count(from.at("pde"));
    result.pdes_in_l2_data = from.contains("pdes_in_l2_data") && flag(from.at("pdes_in_l2_data"));
    if (from.contains("walk_step")) result.walk_step = count(from.at("walk_step"));
    result.vm_exit = count(from.at("vm_exit"));
    result.mov_cr0_exits = flag(from.at("mov_cr0_exits"));
    result.mov_cr4_exits = flag(from.at("mov_cr4_exits"));
    return result;
}

[[nodiscard]] CacheProfile cache(const json& caches, const char* name)
{
    if (!caches.contains(name)) return {};
    const json& from = caches.at(name);
    CacheProfile profile;
    profile.sets = from.at("geometry").at("sets").get<std::uint32_t>();
    profile.ways = from.at("geometry").at("ways").get<std::uint32_t>();
    profile.latency = count(from.at("latency"));
    const bool is_random = from.contains("replacement") && from.at("replacement").at("value") == "random";
    if (is_random) profile.replacement = CacheReplacement::random;
    if (from.contains("folded_index_bits")) {
        for (const json& bit : from.at("folded_index_bits").at("value"))
            profile.folded_index_bits |= 1U << bit.get<unsigned>();
    }
    if (from.contains("kept_percent")) profile.kept_percent = count(from.at("kept_percent"));
    return profile;
}

[[nodiscard]] HierarchyProfile hierarchy(const json& caches)
{
    return {cache(caches, "l1d"), cache(caches, "l2"), cache(caches, "l3"), count(caches.at("dram_latency"))};
}

[[nodiscard]] Profile profile_from(const json& document, const Complaint& complaint)
{
    Profile profile;
    profile.vendor = x86::vendor_named(document.at("vendor").get<std::string>()).value(); // as the schema has it
    profile.features = {count(document.at("features").at("physical_bits")),
                        flag(document.at("features").at("pages_1g")), flag(document.at("features").at("pcids"))};
    fill_tlbs(profile, document, complaint);
    profile.nested = nested(document);
    profile.behaviour = behaviour(document.at("behaviour"));
    profile.costs = mmu_costs(document.at("costs"));
    profile.platform_costs = platform_costs(document.at("costs"));
    profile.memory = hierarchy(document.at("caches"));
    return profile;
}

/// What the schema cannot say.
void check_levels(const json& document, const Complaint& complaint)
{
    const json& tlb = document.at("tlb");
    if (flag(tlb.at("l2_unified")) && tlb.contains("l2_fetch")) {
        complaint.fail("/tlb/l2_fetch", "fetches have a second level of their own, but l2_unified says that they share"
                                        " l2_data (legal: one of the two)");
    }
    if (document.at("caches").contains("l3") && !document.at("caches").contains("l2")) {
        complaint.fail("/caches/l3", "an l3 without an l2 (legal: l2, or l2 and l3)");
    }
}

/// The host's PDEs need a second level that holds PDEs.
void check_nested(const Profile& profile, const Complaint& complaint)
{
    const auto holds_pdes = [](const TlbArrayProfile& array) {
        return array.holds_structures[level_position(x86::Level::pde) - 1];
    };
    if (profile.nested.pdes_in_l2_data && std::ranges::none_of(profile.l2_data, holds_pdes)) {
        complaint.fail("/nested/pdes_in_l2_data", "no array of /tlb/l2_data holds_pdes (legal: false)");
    }
}

void check_folded_bits(const CacheProfile& cache, const std::string& pointer, const Complaint& complaint)
{
    if (cache.folded_index_bits == 0) return;
    if (!std::has_single_bit(cache.sets)) complaint.fail(pointer, "the number of sets is no power of two (legal: [])");
    if (cache.folded_index_bits >= cache.sets) {
        complaint.fail(pointer, fmt::format("{} sets have no such index bit (legal: below {})", cache.sets,
                                            std::countr_zero(cache.sets)));
    }
}

/// The file as it stands, or laid over the one that it extends.
[[nodiscard]] json machine_document(const std::filesystem::path& directory, const std::filesystem::path& file)
{
    json document = parse_json(read_text(file), file.string());
    if (!document.is_object() || !document.contains("extends")) return document;
    const Complaint complaint{file.string()};
    const json extended = document.at("extends");
    const std::vector<std::string> names = machine_names(directory);
    const bool is_known = extended.is_string() && std::ranges::find(names, extended.get<std::string>()) != names.end();
    if (!is_known) complaint.fail("/extends", fmt::format("names no machine (known: {})", fmt::join(names, ", ")));
    const std::filesystem::path base_file = directory / (extended.get<std::string>() + ".json");
    json base = parse_json(read_text(base_file), base_file.string());
    if (!base.is_object()) Complaint{base_file.string()}.fail("", "is no object (legal: a machine profile)");
    if (base.contains("extends")) complaint.fail("/extends", "the profile that it names extends another one itself");
    document.erase("extends");
    base.merge_patch(document);
    return base;
}

/// The machine of a document that fits the schema.
[[nodiscard]] Machine machine_from(const json& document, const Complaint& complaint)
{
    check_levels(document, complaint);
    Machine machine;
    machine.title = document.at("title").get<std::string>();
    machine.core_ghz = document.at("core_ghz").at("value").get<double>();
    machine.notes = document.value("notes", std::vector<std::string>{});
    machine.profile = profile_from(document, complaint);
    check_nested(machine.profile, complaint);
    check_folded_bits(machine.profile.memory.l1d, "/caches/l1d/folded_index_bits", complaint);
    check_folded_bits(machine.profile.memory.l2, "/caches/l2/folded_index_bits", complaint);
    check_folded_bits(machine.profile.memory.l3, "/caches/l3/folded_index_bits", complaint);
    machine.provenance = provenance_of(document);
    return machine;
}

} // namespace

std::optional<x86::PageSize> page_size_named(std::string_view name)
{
    std::string small{name};
    std::ranges::transform(small, small.begin(), [](unsigned char letter) { return std::tolower(letter); });
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        if (small == host_page_size_names[size]) return static_cast<x86::PageSize>(size);
    }
    return std::nullopt;
}

bool names_a_file(const std::string& name) { return name.find('/') != std::string::npos || name.ends_with(".json"); }

std::vector<std::string> machine_names(const std::filesystem::path& directory)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{directory, error}) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    if (error) throw InputError{one_line(directory.string() + ": no machine profiles here: " + error.message())};
    std::sort(names.begin(), names.end());
    return names;
}

void require_machine_name(const std::filesystem::path& directory, const std::string& name)
{
    if (names_a_file(name)) return;
    const std::vector<std::string> names = machine_names(directory);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    throw InputError{fmt::format("unknown machine {} (known: {}; or a file, such as ./my.json)", in_quotes(name),
                                 fmt::join(names, ", "))};
}

std::filesystem::path profile_file(const std::filesystem::path& directory, const std::string& name)
{
    return names_a_file(name) ? std::filesystem::path{name} : directory / (name + ".json");
}

Machine load_machine(const std::filesystem::path& directory, const std::string& name,
                     const std::vector<MachineOverride>& overrides)
{
    require_machine_name(directory, name);
    const std::filesystem::path file = profile_file(directory, name);
    json document = machine_document(directory, file);
    const Schema schema{directory.parent_path() / "machine.schema.json"};
    schema.check(document, file.string());
    Machine machine = machine_from(document, Complaint{file.string()});
    if (!overrides.empty()) {
        apply_overrides(overrides, document, schema);
        machine = machine_from(document, blamed_on(overrides));
    }
    machine.name = name;
    return machine;
}

} // namespace drywalk::machine
