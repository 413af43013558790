// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/frame_memory.hpp"

#include <algorithm>

namespace drywalk::reference {

using kernel::MappingKind;
using kernel::MappingRecord;
using x86::AccessKind;
using x86::PageFaultCode;

namespace {

/// The error code for ring 3, P left out.
std::uint32_t code_of(AccessKind kind)
{
    switch (kind) {
    case AccessKind::read: break;
    case AccessKind::write: return PageFaultCode::user | PageFaultCode::write;
    case AccessKind::fetch: return PageFaultCode::user | PageFaultCode::fetch;
    }
    return PageFaultCode::user;
}

Access denied(AccessKind kind, std::uint32_t present_bit, std::uint32_t open_bits = 0)
{
    return {std::nullopt, code_of(kind) | present_bit, open_bits};
}

bool covers(const MappingRecord& mapping, std::uint64_t address)
{
    return address >= mapping.start && address - mapping.start < mapping.pages * page_bytes;
}

} // namespace

const Page& MappedMemory::original(std::uint64_t page) const
{
    static constexpr Page zeroes{};
    return page < cap_pages() ? *cap->pages[page] : zeroes;
}

std::uint64_t MappedMemory::read(std::uint64_t page, std::uint64_t word) const
{
    const auto found = written.find(page);
    return found == written.end() ? original(page)[word] : found->second[word];
}

void MappedMemory::write(std::uint64_t page, std::uint64_t word, std::uint64_t value)
{
    written.try_emplace(page, original(page)).first->second[word] = value;
}

std::vector<std::uint64_t> MappedMemory::changed() const
{
    std::vector<std::uint64_t> pages;
    for (const auto& [page, words] : written)
        if (words != original(page)) pages.push_back(page);
    return pages;
}

SharedCap MappedMemory::merged(Contents& contents) const
{
    const std::vector<std::uint64_t> changes = changed();
    if (changes.empty()) return cap;
    std::vector<SharedPage> pages = cap == nullptr ? std::vector<SharedPage>{} : cap->pages;
    pages.resize(std::max(pages.size(), changes.back() + 1), contents.page(Page{}));
    for (const std::uint64_t page : changes)
        pages[page] = contents.page(written.at(page));
    const std::uint64_t bytes = pages.size() * page_bytes;
    return contents.cap(bytes, std::move(pages));
}

void FrameMemory::forget_presence()
{
    for (MappedMemory& memory : memory_)
        memory.present.clear();
}

Access FrameMemory::access(std::uint64_t address, AccessKind kind, std::uint64_t value, TouchedPages& touched)
{
    const auto found = std::ranges::find_if(memory_, [&](const auto& one) { return covers(one.mapping, address); });
    if (found != memory_.end()) return access_mapped(*found, address, kind, value, touched);
    return access_template(address, kind);
}

Access FrameMemory::access_mapped(MappedMemory& memory, std::uint64_t address, AccessKind kind, std::uint64_t value,
                                  TouchedPages& touched) const
{
    const std::uint64_t page = (address - memory.mapping.start) / page_bytes;
    const bool writable = memory.mapping.kind != MappingKind::pinned;
    if (kind == AccessKind::fetch || (kind == AccessKind::write && !writable)) {
        if (!lazy_ || memory.present.contains(page)) return denied(kind, PageFaultCode::present);
        if (!touched.contains(image_, memory.mapping, page)) return denied(kind, 0);
        return denied(kind, 0, PageFaultCode::present);
    }
    memory.present.insert(page);
    touched.note(image_, memory.mapping, page);
    const std::uint64_t word = address % page_bytes / 8;
    if (kind == AccessKind::write) memory.write(page, word, value);
    return {memory.read(page, word)};
}

Access FrameMemory::access_template(std::uint64_t address, AccessKind kind) const
{
    const std::uint64_t offset = address - template_base_; // huge if the address lies below
    const bool code = offset < template_bytes(record_.code_pages);
    if (!code && offset >= template_bytes(record_.code_pages + record_.data_pages)) return denied(kind, 0);
    if (kind == AccessKind::write || (kind == AccessKind::fetch && !code)) return denied(kind, PageFaultCode::present);
    const std::uint32_t mark = kernel::template_mark(image_, static_cast<std::uint32_t>(offset / page_bytes));
    const std::uint64_t within = offset % page_bytes;
    if (kind == AccessKind::fetch || within == kernel::template_data_offset) return {mark};
    return {code && within == 0 ? kernel::template_code(mark) : 0};
}

std::uint64_t FrameMemory::template_bytes(std::uint64_t leaves) const
{
    return leaves * x86::page_bytes(static_cast<x86::PageSize>(record_.page_size));
}

} // namespace drywalk::reference
