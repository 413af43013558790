// SPDX-License-Identifier: MIT
#include "tests/support/source_tree.hpp"

namespace drywalk {

const std::filesystem::path& source_tree()
{
    static const std::filesystem::path root{DRYWALK_SOURCE_DIR};
    return root;
}

} // namespace drywalk
