// SPDX-License-Identifier: MIT
// Where the files lie that tests and benchmarks read: scenarios, machines, documents.
#pragma once

#include <filesystem>

namespace drywalk {

/// The root of the checkout. One file alone is compiled with its path, so that a compiler cache serves every checkout.
[[nodiscard]] const std::filesystem::path& source_tree();

} // namespace drywalk
