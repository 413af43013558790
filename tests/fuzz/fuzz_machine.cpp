// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a machine profile, through parser, schema and checks; on what is accepted a few hundred
// accesses run, on bare metal and as a guest. Only InputError may come out.
#include "sim/input/input_error.hpp"
#include "sim/machine/machine.hpp"
#include "tests/mmu/bench.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>

namespace {

using namespace drywalk;

const std::filesystem::path shipped = source_tree() / "scenarios";

/// A folder of profiles in which "fuzz" is the input, beside those that it may extend.
class Profiles {
public:
    Profiles()
    {
        std::filesystem::copy_file(shipped / "machine.schema.json", directory_.path() / "machine.schema.json");
        std::filesystem::copy(shipped / "machines", folder());
    }
    [[nodiscard]] std::filesystem::path folder() const { return directory_.path() / "machines"; }
    void write(std::string_view input) const { (void)directory_.write("machines/fuzz.json", input); }

private:
    test::TemporaryDirectory directory_;
};

/// Identity: the first 2 MiB by one leaf, the next by 512.
void map_pages(mmu::test::Bench& bench)
{
    constexpr std::uint64_t large = x86::page_bytes(x86::PageSize::size_2m);
    bench.map(bench.root, mmu::test::linear(0), 0, {}, x86::PageSize::size_2m);
    for (std::uint64_t page = large; page < 2 * large; page += x86::small_page_bytes)
        bench.map(bench.root, mmu::test::linear(page), page, {});
}

void use(const machine::Profile& profile)
{
    mmu::test::Bench bench{profile};
    map_pages(bench);
    for (std::uint64_t turn = 0; turn < 300; ++turn) {
        const x86::LinearAddress linear = mmu::test::linear(turn * 37 % 1024 * x86::small_page_bytes);
        for (const auto kind : {x86::AccessKind::read, x86::AccessKind::write, x86::AccessKind::fetch})
            (void)bench.access(linear, {kind, false, false});
    }
}

void use_on_bare_metal_and_as_guest(machine::Profile profile)
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
    profiles.write({reinterpret_cast<const char*>(data), size});
    try {
        const machine::Machine machine = machine::load_machine(profiles.folder(), "fuzz");
        (void)describe(machine);
        (void)describe_json(machine);
        use_on_bare_metal_and_as_guest(machine.profile);
    } catch (const InputError&) {
        return 0; // one of the two ways out
    }
    return 0;
}
