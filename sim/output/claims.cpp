// SPDX-License-Identifier: MIT
#include "sim/output/claims.hpp"

#include "sim/input/complaint.hpp"
#include "sim/output/destination.hpp"

#include <fmt/format.h>

#include <system_error>

#include <unistd.h>

namespace drywalk::output {

namespace fs = std::filesystem;

namespace {

[[nodiscard]] std::string identity_of(const struct stat& status)
{
    return S_ISCHR(status.st_mode) ? "" : fmt::format("{}:{}", status.st_dev, status.st_ino);
}

[[nodiscard]] std::string identity_of(const Destination& destination)
{
    if (destination.status) return identity_of(*destination.status);
    std::error_code ignored;
    return fs::weakly_canonical(fs::absolute(destination.path), ignored).string();
}

[[nodiscard]] std::string identity_of_input(const fs::path& name)
{
    struct stat status {};
    const int found = name == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(name.c_str(), &status);
    return found == 0 ? identity_of(status) : "";
}

} // namespace

void Claims::reads(const fs::path& name)
{
    claims_.push_back({identity_of_input(name), name == "-" ? "standard input" : name.string()});
}

void Claims::prints()
{
    struct stat status {};
    if (::fstat(STDOUT_FILENO, &status) == 0) claims_.push_back({identity_of(status), "where the report goes"});
}

void Claims::writes(const std::string& option, const fs::path& name, const std::optional<fs::path>& renewed)
{
    if (name.empty()) throw InputError{fmt::format("--{} \"\": the name is empty (a file is expected)", option)};
    const std::string identity = identity_of(destination_of(name));
    for (const Claim& claim : claims_) {
        if (identity.empty() || claim.identity != identity) continue;
        if (renewed && claim.identity == identity_of_input(*renewed) && claim.what == renewed->string()) continue;
        throw InputError{one_line(fmt::format("--{} {}: this is {}, which would be lost (name another file)", option,
                                              name.string(), claim.what))};
    }
    claims_.push_back({identity, name.string()});
}

} // namespace drywalk::output
