// SPDX-License-Identifier: MIT
// How the capability kernel pages: every choice that a scenario may make. Part of the workload program's header.
#pragma once

#include <cstdint>

namespace drywalk::kernel {

/// How a DataCap's bytes lie in memory.
enum class CapStorage : std::uint32_t {
    packed,       ///< in the kernel's heap behind an 8-byte header: no page of it can be mapped, words are copied
    page_aligned, ///< in frames of the state cache: a page can be mapped or copied as a whole
};

/// Where a runtime gets its Image's arena (the template leaves) from.
enum class Arena : std::uint32_t {
    copied,             ///< each runtime has frames of its own, filled from the Image's, and leaves of its own
    shared,             ///< one set of frames per Image, leaves per runtime
    template_directory, ///< one page directory per Image, borrowed with one PDPTE
    template_pointers,  ///< one PDPT per Image, stack and context below it too, borrowed with one PML4E
};

/// How the memory mappings of an Image come into a runtime's tables.
enum class MemoryMapping : std::uint32_t {
    overlay, ///< every page is a private copy, made at the CALL
    eager,   ///< A: read-only leaves lead to the DataCaps' own pages, made at the CALL
    lazy,    ///< A, at the first touch: 2 MiB around a read of pinned memory, one page otherwise
};

/// How address spaces are switched.
enum class SpaceSwitch : std::uint32_t {
    cr3,           ///< no PCIDs: every MOV CR3 removes what is not global
    pcid_flush,    ///< a PCID per runtime, and every MOV CR3 flushes the one it loads
    pcid_no_flush, ///< bit 63 set always, whatever changed meanwhile: the mistake
    pcid_tracked,  ///< bit 63 set unless the runtime's tables lost something since it ran last
};

/// What follows when published pages lose W in a resident runtime.
enum class Rearm : std::uint32_t {
    omit_invlpg, ///< nothing: every entry reloads CR3
    invlpg,      ///< INVLPG of every such page, under the tables that are loaded then: the kernel's
};

/// Which DataCaps the state cache may evict when it is full.
enum class Eviction : std::uint32_t {
    unmapped_only, ///< those that no runtime maps
    careless,      ///< the least recently used, mapped or not: the mistake
};

enum class DirectoryLookup : std::uint32_t { hashed, linear };

struct Policies {
    CapStorage storage = CapStorage::page_aligned;
    Arena arena = Arena::template_directory;
    MemoryMapping mapping = MemoryMapping::lazy;
    SpaceSwitch space_switch = SpaceSwitch::cr3;
    Rearm rearm = Rearm::omit_invlpg;
    Eviction eviction = Eviction::unmapped_only;
    DirectoryLookup lookup = DirectoryLookup::hashed;
    /// B: 1: writable memory starts as read-only leaves, the page-fault handler copies what is written. 0: it starts as
    /// private copies. Without page_aligned storage and eager or lazy mapping there is nothing to share: 0.
    std::uint32_t copy_on_write = 1;
    /// 1: a runtime outlives its frame: for the same Instance's next CALL, or another Instance of the Image. 0: tables
    /// and buffers are freed at the HALT.
    std::uint32_t keep_runtimes = 1;
    std::uint32_t runtime_limit = 256;      ///< resident runtimes, at least 1 and below 4,096
    std::uint32_t state_cache_pages = 1024; ///< 4 KiB frames; a multiple of 512
    std::uint32_t cow_invlpg = 1;           ///< 0: the handler leaves its INVLPG out
};

static_assert(sizeof(Policies) == 48);

} // namespace drywalk::kernel
