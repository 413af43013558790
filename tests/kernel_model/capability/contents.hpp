// SPDX-License-Identifier: MIT
// Contents and descents under names that are equal exactly if what they name is: no hashing, no collisions.
#pragma once

#include "kernel_model/program/workload.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace drywalk::reference {

inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint64_t page_words = page_bytes / 8;

using Page = std::array<std::uint64_t, page_words>;
/// Equal pages are the same object.
using SharedPage = std::shared_ptr<const Page>;
/// Of a DataCap or a chain; 0: of nothing.
using Name = std::uint64_t;

/// Immutable bytes: all pages whole, what the last one has beyond the bytes is zero.
struct Cap {
    Name name = 0;
    std::uint64_t bytes = 0;
    std::vector<SharedPage> pages;
};
/// Equal DataCaps are the same object.
using SharedCap = std::shared_ptr<const Cap>;

/// Everything that was ever named, compared as a whole.
class Contents {
public:
    [[nodiscard]] SharedPage page(const Page& words);
    [[nodiscard]] SharedCap cap(std::uint64_t bytes, std::vector<SharedPage> pages);
    [[nodiscard]] SharedCap cap(const kernel::CapRecord& record);
    /// Of an Instance that was derived from one with chain `parent` (0: the host).
    [[nodiscard]] Name chain(Name parent, std::uint32_t image);

private:
    std::map<Page, SharedPage> pages_;
    std::map<std::pair<std::uint64_t, std::vector<SharedPage>>, SharedCap> caps_;
    std::map<std::pair<Name, std::uint32_t>, Name> chains_;
    Name last_name_ = 0;
};

} // namespace drywalk::reference
