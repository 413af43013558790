// SPDX-License-Identifier: MIT
// What a frame can read, write and execute, as plain data: no tables, no sharing, no laziness.
#pragma once

#include "models/x86/access.hpp"
#include "tests/kernel_model/capability/contents.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace drywalk::reference {

/// How one access ended: with a word, or with an error code.
struct Access {
    std::optional<std::uint64_t> word;
    std::uint32_t error_code = 0;
    /// Bits of the error code that the policies leave open: whether a lazy page was present from an earlier frame.
    std::uint32_t open_bits = 0;
};

/// What lazily mapped pages the frames of each Image have ever touched: only those can be present.
class TouchedPages {
public:
    void note(std::uint32_t image, const kernel::MappingRecord& mapping, std::uint64_t page)
    {
        touched_.emplace(image, mapping.start, unit(mapping, page));
    }
    [[nodiscard]] bool contains(std::uint32_t image, const kernel::MappingRecord& mapping, std::uint64_t page) const
    {
        return touched_.contains({image, mapping.start, unit(mapping, page)});
    }

private:
    /// What is brought in together: the 2 MiB around a pinned page, any other page alone.
    static std::uint64_t unit(const kernel::MappingRecord& mapping, std::uint64_t page)
    {
        const std::uint64_t address = mapping.start + page * page_bytes;
        return address >> (mapping.kind == kernel::MappingKind::pinned ? 21 : 12);
    }

    std::set<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>> touched_;
};

/// One memory mapping of a frame: the DataCap as it was at the CALL, and the pages written since.
struct MappedMemory {
    kernel::MappingRecord mapping;
    SharedCap cap; ///< null: nothing but zeroes
    std::map<std::uint64_t, Page> written{};
    std::set<std::uint64_t> present{}; ///< pages that a lazy mapping has certainly brought in

    [[nodiscard]] std::uint64_t cap_pages() const { return cap == nullptr ? 0 : cap->pages.size(); }
    [[nodiscard]] const Page& original(std::uint64_t page) const;
    [[nodiscard]] std::uint64_t read(std::uint64_t page, std::uint64_t word) const;
    void write(std::uint64_t page, std::uint64_t word, std::uint64_t value);
    /// The pages whose content is not what it was at the CALL.
    [[nodiscard]] std::vector<std::uint64_t> changed() const;
    /// The DataCap at the end of the frame; the same as at the CALL if nothing changed.
    [[nodiscard]] SharedCap merged(Contents& contents) const;
};

/// All of a frame's memory.
class FrameMemory {
public:
    FrameMemory(std::uint32_t image, const kernel::ImageRecord& record, const kernel::ProgramHeader& header)
        : image_{image}, record_{record}, template_base_{header.template_base}, lazy_{header.policies.mapping ==
                                                                                      kernel::MemoryMapping::lazy}
    {
    }

    void map(const kernel::MappingRecord& mapping, SharedCap cap) { memory_.push_back({mapping, std::move(cap)}); }
    [[nodiscard]] const std::vector<MappedMemory>& mapped() const { return memory_; }

    /// From now on it is open again which pages of lazy mappings are present.
    void forget_presence();

    /// `value` is for writes. A fetch gives what the code there returns.
    [[nodiscard]] Access access(std::uint64_t address, x86::AccessKind kind, std::uint64_t value,
                                TouchedPages& touched);

private:
    [[nodiscard]] Access access_mapped(MappedMemory& memory, std::uint64_t address, x86::AccessKind kind,
                                       std::uint64_t value, TouchedPages& touched) const;
    [[nodiscard]] Access access_template(std::uint64_t address, x86::AccessKind kind) const;
    [[nodiscard]] std::uint64_t template_bytes(std::uint64_t leaves) const;

    std::uint32_t image_;
    kernel::ImageRecord record_;
    std::uint64_t template_base_;
    bool lazy_;
    std::vector<MappedMemory> memory_;
};

} // namespace drywalk::reference
