// SPDX-License-Identifier: MIT
// Machine profiles: scenarios/machines/*.json, every number with its source.
#pragma once

#include "models/machine/profile.hpp"
#include "models/x86/paging.hpp"
#include "sim/input/complaint.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::machine {

enum class Confidence : std::uint8_t { documented, measured, assumed };

/// Where one number of a profile comes from.
struct Provenance {
    std::string pointer; ///< JSON pointer of the number in its file, such as "/costs/invlpg"
    double value = 0;    ///< a flag is 0 or 1; a name is 0
    std::string shown;   ///< the value as an override may give it: "200", "[16,4]", "tree_plru", "true"
    std::string unit;    ///< "cycles", "entries", ...; empty for names and flags
    std::string source;
    Confidence confidence = Confidence::assumed;
};

struct Machine {
    std::string name;               ///< as it was asked for: a shipped profile, or a file
    std::string title;              ///< what it models, in a line
    double core_ghz = 0;            ///< for µs in reports; 0: unknown, reports stay in cycles
    std::vector<std::string> notes; ///< what the profile leaves out or simplifies
    Profile profile;
    std::vector<Provenance> provenance;
};

/// Another value for one number, name or flag of the machine's profile.
struct MachineOverride {
    std::string pointer;                     ///< JSON pointer of what it replaces there, such as "/costs/invlpg"
    std::string value;                       ///< as JSON text
    std::optional<Complaint> complaint = {}; ///< about the file or the option that it was written in
    std::string place = {};                  ///< where in that file; empty: `pointer` says it
    std::string source = {};                 ///< what a report says instead of the profile's source
};

/// "4k", "2m" or "1g": page sizes as scenarios, profiles and options write them.
inline constexpr std::array<const char*, x86::page_size_count> host_page_size_names{"4k", "2m", "1g"};
[[nodiscard]] constexpr const char* host_page_size_name(x86::PageSize size)
{
    return host_page_size_names[static_cast<unsigned>(size)];
}
/// The page size that is written so, in small letters or capitals.
[[nodiscard]] std::optional<x86::PageSize> page_size_named(std::string_view name);

/// `name` is a file of the caller's, and not the name of a profile: it has a '/' or ends in ".json".
[[nodiscard]] bool names_a_file(const std::string& name);

/// The file of the profile `name`: in `directory`, or `name` itself if that is a path.
[[nodiscard]] std::filesystem::path profile_file(const std::filesystem::path& directory, const std::string& name);

/// Reads and checks `directory`/`name`.json, or the file that `name` is, against `directory`/../machine.schema.json.
/// Throws InputError; an unknown name lists those that exist, a bad override is blamed on the place where it was
/// written.
[[nodiscard]] Machine load_machine(const std::filesystem::path& directory, const std::string& name,
                                   const std::vector<MachineOverride>& overrides = {});

/// The names of all profiles in `directory`, sorted.
[[nodiscard]] std::vector<std::string> machine_names(const std::filesystem::path& directory);
/// Throws InputError if `name` is neither one of them nor a file.
void require_machine_name(const std::filesystem::path& directory, const std::string& name);

/// How many of its numbers nobody has published or measured.
[[nodiscard]] std::size_t assumed_count(const Machine& machine);
/// That, as a line of a report that rests on them. `as_guest`: also on those of its host.
[[nodiscard]] std::string assumptions(const Machine& machine, bool as_guest);

/// All numbers and their sources as an aligned table; assumed ones are marked with '!'.
[[nodiscard]] std::string describe(const Machine& machine);

/// The same as JSON, for tools.
[[nodiscard]] std::string describe_json(const Machine& machine);

[[nodiscard]] const char* confidence_name(Confidence confidence);

} // namespace drywalk::machine
