// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a machine profile, through parser, schema and checks; on what is accepted a few hundred
// accesses run, on bare metal and as a guest. Only InputError may come out.
#include "sim/scenario/input_error.hpp"
#include "sim/scenario/machine.hpp"

#include "models/memory/hierarchy.hpp"
#include "models/mmu/mmu.hpp"
#include "tests/fuzz/input_file.hpp"

namespace {

using namespace drywalk;

const std::filesystem::path shipped = std::filesystem::path{DRYWALK_SOURCE_DIR} / "scenarios";

/// A folder of profiles in which "fuzz" is the input, beside those that it may extend.
class Profiles {
public:
    Profiles()
    {
        std::filesystem::copy_file(shipped / "machine.schema.json", input_.folder() / "machine.schema.json");
        std::filesystem::copy(shipped / "machines", folder());
    }
    [[nodiscard]] std::filesystem::path folder() const { return input_.folder() / "machines"; }
    void write(const std::uint8_t* data, std::size_t size) const { input_.write(data, size); }

private:
    fuzz::InputFile input_{"machines/fuzz.json"};
};

constexpr x86::PhysicalAddress root{0x1000};
constexpr std::uint64_t large = x86::page_bytes(x86::PageSize::size_2m);
constexpr std::uint64_t mapped_bytes = 2 * large;

/// Identity: the first 2 MiB by one leaf, the next by 512.
void build_tables(memory::PhysicalMemory& memory)
{
    const x86::PhysicalAddress pdpt{0x2000};
    const x86::PhysicalAddress directory{0x3000};
    const x86::PhysicalAddress table{0x4000};
    memory.write(root, x86::Entry::table(pdpt).raw());
    memory.write(pdpt, x86::Entry::table(directory).raw());
    memory.write(directory, x86::Entry::leaf(x86::PhysicalAddress{0}, x86::PageSize::size_2m, {}).raw());
    memory.write(directory + x86::entry_bytes, x86::Entry::table(table).raw());
    for (std::uint64_t page = 0; page < large / x86::small_page_bytes; ++page) {
        const x86::PhysicalAddress frame{large + page * x86::small_page_bytes};
        memory.write(table + page * x86::entry_bytes, x86::Entry::leaf(frame, x86::PageSize::size_4k, {}).raw());
    }
}

void use(const mmu::Profile& profile)
{
    memory::PhysicalMemory memory{mapped_bytes};
    build_tables(memory);
    memory::Hierarchy caches{profile.memory};
    mmu::Ledger ledger;
    mmu::Mmu mmu{profile, memory, caches, ledger};
    x86::PagingMode mode;
    mode.cr0 = {x86::Cr0::pe | x86::Cr0::wp | x86::Cr0::pg};
    mode.cr3 = {root.value()};
    mode.cr4 = {x86::Cr4::pae | x86::Cr4::pge};
    mode.efer = {x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    mmu.reset(mode);
    for (std::uint64_t turn = 0; turn < 300; ++turn) {
        const auto linear = x86::LinearAddress::truncate(turn * 37 % 1024 * x86::small_page_bytes);
        for (const auto kind : {x86::AccessKind::read, x86::AccessKind::write, x86::AccessKind::fetch})
            (void)mmu.translate(linear, {kind, false, false});
    }
}

void use_on_bare_metal_and_as_guest(mmu::Profile profile)
{
    for (const bool guest : {false, true}) {
        profile.nested.on = guest;
        use(profile);
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Profiles profiles;
    profiles.write(data, size);
    try {
        const scenario::Machine machine = scenario::load_machine(profiles.folder(), "fuzz");
        (void)describe(machine);
        (void)describe_json(machine);
        use_on_bare_metal_and_as_guest(machine.profile);
    } catch (const InputError&) {
        return 0; // one of the two ways out
    }
    return 0;
}
