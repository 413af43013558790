// SPDX-License-Identifier: MIT
#include "tests/oracle/trace.hpp"
#include "models/x86/vendor_names.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <stdexcept>

namespace drywalk::oracle::test {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 17> kind_names{
    "store", "mov_cr0", "mov_cr3",    "mov_cr4", "wrmsr_efer", "invlpg",     "invpcid", "read",   "write",
    "fetch", "release", "page_fault", "mark",    "wrpkru",     "wrmsr_pkrs", "invlpgb", "tlbsync"};

[[nodiscard]] std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

[[nodiscard]] std::uint64_t number(const json& object, const char* key, std::uint64_t fallback)
{
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (found->is_string()) return std::stoull(found->get<std::string>(), nullptr, 0);
    return found->get<std::uint64_t>();
}

template <typename Names>
[[nodiscard]] std::size_t position_of(const Names& names, const std::string& name)
{
    for (std::size_t i = 0; i != names.size(); ++i) {
        if (name == names[i]) return i;
    }
    throw std::runtime_error{"unknown name: " + name};
}

[[nodiscard]] Configuration configuration_of(const json& header)
{
    Configuration configuration;
    configuration.cpus = static_cast<unsigned>(number(header, "cpus", 1));
    configuration.memory_bytes = number(header, "memory_bytes", configuration.memory_bytes);
    const std::string vendor = header.value("vendor", "portable");
    configuration.vendor = x86::vendor_named(vendor).value();
    const x86::PagingMode mode = default_mode();
    configuration.mode = mode;
    configuration.mode.cr0 = {number(header, "cr0", mode.cr0.value)};
    configuration.mode.cr3 = {number(header, "cr3", 0)};
    configuration.mode.cr4 = {number(header, "cr4", mode.cr4.value)};
    configuration.mode.efer = {number(header, "efer", mode.efer.value)};
    configuration.mode.pkru = static_cast<std::uint32_t>(number(header, "pkru", 0));
    configuration.mode.pkrs = static_cast<std::uint32_t>(number(header, "pkrs", 0));
    configuration.mode.features.physical_bits = static_cast<unsigned>(number(header, "maxphyaddr", 46));
    return configuration;
}

[[nodiscard]] x86::Invlpgb broadcast_of(const json& line)
{
    x86::Invlpgb operands;
    if (line.contains("va")) operands.va = number(line, "va", 0);
    if (line.contains("pcid")) operands.pcid = static_cast<std::uint16_t>(number(line, "pcid", 0));
    if (line.contains("asid")) operands.asid = static_cast<std::uint16_t>(number(line, "asid", 0));
    operands.global = line.value("global", false);
    operands.final = line.value("final", false);
    operands.nested = line.value("nested", false);
    operands.stride_2m = line.value("stride_2m", false);
    operands.count = static_cast<std::uint16_t>(number(line, "count", 0));
    return operands;
}

[[nodiscard]] Event event_of(const json& line)
{
    Event event;
    event.kind = static_cast<EventKind>(position_of(kind_names, line.at("op").get<std::string>()));
    event.cpu = static_cast<unsigned>(number(line, "cpu", 0));
    event.address = number(line, line.contains("pa") ? "pa" : "va", 0);
    event.value = number(line, line.contains("bytes") ? "bytes" : "value", 0);
    event.type = static_cast<x86::InvpcidType>(number(line, "type", 0));
    event.pcid = static_cast<std::uint16_t>(number(line, "pcid", 0));
    if (event.kind == EventKind::invlpgb) event.broadcast = broadcast_of(line);
    event.user = line.value("user", false);
    event.alignment_check = line.value("ac", false);
    event.shadow_stack = line.value("shadow_stack", false);
    return event;
}

void add_broadcast(nlohmann::ordered_json& line, const x86::Invlpgb& operands)
{
    if (operands.va) line["va"] = hex(*operands.va);
    if (operands.pcid) line["pcid"] = *operands.pcid;
    if (operands.asid) line["asid"] = *operands.asid;
    if (operands.global) line["global"] = true;
    if (operands.final) line["final"] = true;
    if (operands.nested) line["nested"] = true;
    if (operands.stride_2m) line["stride_2m"] = true;
    if (operands.count != 0) line["count"] = operands.count;
}

[[nodiscard]] nlohmann::ordered_json json_of(const Event& event)
{
    nlohmann::ordered_json line{{"op", kind_names[static_cast<std::size_t>(event.kind)]}};
    switch (event.kind) {
    case EventKind::store: line["pa"] = hex(event.address), line["value"] = hex(event.value); break;
    case EventKind::release: line["pa"] = hex(event.address), line["bytes"] = event.value; break;
    case EventKind::mov_cr0:
    case EventKind::mov_cr3:
    case EventKind::mov_cr4:
    case EventKind::wrpkru:
    case EventKind::wrmsr_pkrs:
    case EventKind::wrmsr_efer: line["value"] = hex(event.value); break;
    case EventKind::invpcid:
        line["type"] = static_cast<int>(event.type);
        line["pcid"] = event.pcid;
        line["va"] = hex(event.address);
        break;
    case EventKind::invlpgb: add_broadcast(line, event.broadcast); break;
    case EventKind::tlbsync: break;
    case EventKind::mark: line["name"] = "mark"; break;
    default: line["va"] = hex(event.address); break;
    }
    if (event.is_access()) line["user"] = event.user;
    if (event.alignment_check) line["ac"] = true;
    if (event.shadow_stack) line["shadow_stack"] = true;
    if (event.cpu != 0) line["cpu"] = event.cpu;
    return line;
}

} // namespace

x86::PagingMode default_mode()
{
    x86::PagingMode mode;
    mode.cr0 = {0x8001'0001};
    mode.cr4 = {x86::Cr4::pae | x86::Cr4::pge};
    mode.efer = {x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    return mode;
}

std::string to_json_lines(const Trace& trace)
{
    const Configuration& configuration = trace.configuration;
    const x86::PagingMode& mode = configuration.mode;
    nlohmann::ordered_json header{{"drywalk_trace", 2},
                                  {"cpus", configuration.cpus},
                                  {"memory_bytes", configuration.memory_bytes},
                                  {"vendor", x86::name_of(configuration.vendor)},
                                  {"cr0", hex(mode.cr0.value)},
                                  {"cr3", hex(mode.cr3.value)},
                                  {"cr4", hex(mode.cr4.value)},
                                  {"efer", hex(mode.efer.value)}};
    header["pkru"] = hex(mode.pkru); // without them any rights would have to be reckoned with
    header["pkrs"] = hex(mode.pkrs);
    std::string text = header.dump() + "\n";
    for (const Event& event : trace.events)
        text += json_of(event).dump() + "\n";
    return text;
}

Trace read_trace(const std::filesystem::path& file)
{
    std::ifstream stream{file};
    std::string line;
    if (!std::getline(stream, line)) throw std::runtime_error{file.string() + " has no header"};
    Trace trace{configuration_of(json::parse(line)), {}};
    while (std::getline(stream, line))
        trace.events.push_back(event_of(json::parse(line)));
    return trace;
}

Verdict worst(const ReleaseJudgement& judgement)
{
    Verdict worst = Verdict::ok;
    for (const ReleaseFinding& found : judgement) {
        if (worst == Verdict::ok || found.verdict < worst) worst = found.verdict;
    }
    return worst;
}

std::optional<Verdict> worst(const RootJudgement& judgement)
{
    if (!judgement.recycled) return std::nullopt;
    return Verdict::pcid_recycled;
}

std::string name_of(Verdict verdict)
{
    switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::architectural_fault: return "architectural-fault";
    case Verdict::stale_translation: return "stale-translation";
    case Verdict::stale_permission: return "stale-permission";
    case Verdict::stale_memory_type: return "stale-memory-type";
    case Verdict::lost_dirty: return "lost-dirty";
    case Verdict::released_in_use: return "released-in-use";
    case Verdict::released_while_reachable: return "released-while-reachable";
    case Verdict::spurious_fault: return "spurious-fault";
    case Verdict::lost_accessed: return "lost-accessed";
    case Verdict::released_while_parked: return "released-while-parked";
    case Verdict::pcid_recycled: return "pcid-recycled";
    }
    return "?";
}

} // namespace drywalk::oracle::test
