// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/contents.hpp"

namespace drywalk::reference {

SharedPage Contents::page(const Page& words)
{
    SharedPage& shared = pages_[words];
    if (shared == nullptr) shared = std::make_shared<const Page>(words);
    return shared;
}

SharedCap Contents::cap(std::uint64_t bytes, std::vector<SharedPage> pages)
{
    SharedCap& shared = caps_[{bytes, pages}];
    if (shared == nullptr) shared = std::make_shared<const Cap>(Cap{++last_name_, bytes, std::move(pages)});
    return shared;
}

SharedCap Contents::cap(const kernel::CapRecord& record)
{
    std::vector<SharedPage> pages;
    for (std::uint64_t first = 0; first * 8 < record.bytes; first += page_words) {
        Page words{};
        for (std::uint64_t word = 0; word < page_words; ++word)
            words[word] = kernel::cap_word(record, first + word);
        pages.push_back(page(words));
    }
    return cap(record.bytes, std::move(pages));
}

Name Contents::chain(Name parent, std::uint32_t image)
{
    Name& name = chains_[{parent, image}];
    if (name == 0) name = ++last_name_;
    return name;
}

} // namespace drywalk::reference
