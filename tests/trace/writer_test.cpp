// SPDX-License-Identifier: MIT
// What the writer writes, the reader reads back; and whatever happens to the bytes in between, the reader survives.
#include "sim/trace/writer.hpp"

#include "models/x86/control_faults.hpp"
#include "models/x86/vendor_names.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/trace/fields.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::trace::test {
namespace {

/// Makes events and headers that obey the format.
class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] Header header()
    {
        Header header = default_header();
        header.cpus = 1 + below(4);
        header.memory_bytes = 4096 * ((1 + random_() % (most_memory / 4096)) >> below(40));
        if (header.memory_bytes == 0) header.memory_bytes = 4096;
        header.vendor = x86::vendors[below(4)];
        header.mode.cr0.value = below(2) != 0 ? 0x8000'0001 : 0x8001'0031;
        header.mode.features.physical_bits = 32 + below(21);
        header.mode.cr3.value = random_() % (std::uint64_t{1} << header.mode.features.physical_bits);
        header.mode.cr4.value = below(2) != 0 ? 0x60'00a0 : 0x42'0020; // PKE; without and with PCIDE
        header.mode.efer.value = below(2) != 0 ? 0xd01 : 0x500;
        header.version = 1 + below(2);
        if (header.version == 1) return header;
        header.mode.pkru = static_cast<std::uint32_t>(random_());
        header.mode.pkrs = static_cast<std::uint32_t>(random_());
        header.from = below(2) != 0 ? From::boot : From::middle;
        return header;
    }

    /// An instruction or a register that processors of `vendor` do not have.
    [[nodiscard]] static bool is_foreign(EventKind kind, x86::Vendor vendor)
    {
        if (kind == EventKind::wrmsr_pkrs) return x86::is_amd(vendor);
        return (kind == EventKind::invlpgb || kind == EventKind::tlbsync) && vendor == x86::Vendor::intel;
    }

    [[nodiscard]] OwnedEvent event(const Header& header)
    {
        Event event;
        do
            event.kind = static_cast<EventKind>(below(event_kind_count));
        while (shape_of(event.kind).version > header.version || is_foreign(event.kind, header.vendor));
        event.cpu = below(header.cpus);
        const Fields has = shape_of(event.kind).allowed();
        if (contains(has, Field::value)) event.value = random_() >> below(64);
        make_legal(event, header.mode);
        if (contains(has, Field::va)) event.va = random_() >> below(64);
        if (event.kind == EventKind::invpcid) event.va = random_() >> 17; // canonical
        if (contains(has, Field::type)) event.type = static_cast<std::uint8_t>(below(4));
        if (contains(has, Field::pcid) && header.mode.cr4.pcids()) event.pcid = static_cast<std::uint16_t>(below(4096));
        if (event.kind == EventKind::invlpgb) make_broadcast(event, header.mode.cr4.pcids());
        if (header.version == 2 && is_access(event.kind)) event.shadow_stack = below(2) != 0;
        if (contains(has, Field::user)) event.user = below(2) != 0;
        if (contains(has, Field::ac)) event.alignment_check = below(2) != 0;
        if (contains(has, Field::size)) {
            event.size = static_cast<std::uint16_t>(1 + random_() % (4096 - event.va % 4096));
            if (below(2) != 0) event.size = 1;
        }
        if (event.kind == EventKind::store) event.pa = random_() % (header.memory_bytes / 8) * 8;
        if (event.kind == EventKind::page || event.kind == EventKind::fill) {
            event.pa = random_() % (header.memory_bytes / 4096) * 4096;
        }
        if (event.kind == EventKind::release) {
            event.pa = random_() % header.memory_bytes;
            event.bytes = 1 + random_() % (header.memory_bytes - event.pa);
        }
        OwnedEvent owned{event};
        if (event.kind == EventKind::mark) owned.name = text();
        if (event.kind == EventKind::page) {
            for (unsigned byte = 0; byte < 4096; ++byte)
                owned.data += static_cast<char>(below(256));
        }
        if (below(3) == 0) owned.src = text();
        if (header.version == 2 && below(3) == 0) {
            owned.stack = "fork mm/fork.c:7\nset_pte include/\"pte\".h:3";
            owned.src = "include/\"pte\".h:3";
        }
        if (below(3) == 0) owned.note = text();
        return owned;
    }

    [[nodiscard]] std::string text()
    {
        static const std::string pieces[] = {
            "a", "kernel/mm.c:12", "\"", "\\", std::string(1, '\0'), "\n", "\x1f", "\x7f", "é", "€", "😀", "/"};
        std::string text;
        for (unsigned count = below(12); count != 0; --count)
            text += pieces[below(std::size(pieces))];
        return text;
    }

    /// Register values that the processor takes, whatever came before.
    void make_legal(Event& event, const x86::PagingMode& mode)
    {
        if (event.kind == EventKind::mov_cr0) event.value = below(2) != 0 ? 0x8000'0001 : 0x8001'0031;
        if (event.kind == EventKind::mov_cr3) event.value %= std::uint64_t{1} << 32;
        if (event.kind == EventKind::mov_cr3 && mode.cr4.pcids()) event.value |= std::uint64_t{below(2)} << 63;
        if (event.kind == EventKind::mov_cr4) event.value = mode.cr4.value ^ (below(2) != 0 ? x86::Cr4::pge : 0);
        if (event.kind == EventKind::wrmsr_efer) event.value = below(2) != 0 ? 0xd00 : 0x501;
        if (event.kind == EventKind::wrpkru || event.kind == EventKind::wrmsr_pkrs) event.value >>= 32;
    }

    void make_broadcast(Event& event, bool with_pcids)
    {
        Broadcast& broadcast = event.broadcast;
        broadcast.has_va = below(2) != 0;
        broadcast.has_pcid = with_pcids && below(2) != 0;
        broadcast.has_asid = below(2) != 0;
        broadcast.global = below(2) != 0;
        broadcast.final_only = below(2) != 0;
        broadcast.nested = below(2) != 0;
        broadcast.stride_2m = below(2) != 0;
        if (broadcast.has_asid) broadcast.asid = static_cast<std::uint16_t>(below(65536));
        broadcast.count = static_cast<std::uint16_t>(below(65536));
        if (!broadcast.has_va) event.va = 0;
        if (!broadcast.has_pcid) event.pcid = 0;
    }

    [[nodiscard]] unsigned below(std::uint64_t limit) { return static_cast<unsigned>(random_() % limit); }

private:
    std::mt19937_64 random_;
};

void expect_equal(const Header& left, const Header& right)
{
    EXPECT_EQ(header_line(left), header_line(right));
    EXPECT_EQ(left.cpus, right.cpus);
    EXPECT_EQ(left.memory_bytes, right.memory_bytes);
    EXPECT_EQ(left.vendor, right.vendor);
    EXPECT_EQ(left.mode.cr0, right.mode.cr0);
    EXPECT_EQ(left.mode.cr3, right.mode.cr3);
    EXPECT_EQ(left.mode.cr4, right.mode.cr4);
    EXPECT_EQ(left.mode.efer, right.mode.efer);
    EXPECT_EQ(left.mode.features.physical_bits, right.mode.features.physical_bits);
}

void write_and_read(const std::string& file, std::uint64_t seed, unsigned count)
{
    Maker maker{seed};
    const Header header = maker.header();
    std::vector<OwnedEvent> written;
    TraceWriter writer{file, header};
    for (unsigned number = 0; number < count; ++number) {
        written.push_back(maker.event(header));
        writer.write(written.back().view());
    }
    EXPECT_FALSE(std::filesystem::exists(file)) << "there before it is complete";
    EXPECT_EQ(writer.events(), count);
    writer.finish();
    TraceReader reader = open_trace(file);
    expect_equal(reader.header(), header);
    const std::vector<OwnedEvent> read = read_all(reader);
    ASSERT_EQ(read.size(), written.size());
    for (std::size_t index = 0; index < read.size(); ++index)
        ASSERT_EQ(read[index].view(), written[index].view()) << "seed " << seed << " event " << index;
    std::filesystem::remove(file);
}

std::size_t files_in(const TemporaryDirectory& directory)
{
    const std::filesystem::directory_iterator files{directory.path()};
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(TraceWriter, WritesWhatTheReaderReadsBackIdentically)
{
    const TemporaryDirectory directory;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        write_and_read(directory.file("t.jsonl"), seed, 100);
        write_and_read(directory.file("t.jsonl.zst"), 1000 + seed, 100);
    }
    write_and_read(directory.file("long.jsonl.zst"), 1, 100'000);
    write_and_read(directory.file("long.jsonl"), 2, 100'000);
    EXPECT_EQ(files_in(directory), 0U);
}

TEST(TraceWriter, CompressesByTheNameOfTheFile)
{
    const TemporaryDirectory directory;
    TraceWriter writer{directory.file("t.zst"), default_header()};
    writer.finish();
    EXPECT_EQ(bytes_of(directory.file("t.zst")).substr(0, 4), "\x28\xb5\x2f\xfd");
}

TEST(TraceWriter, LeavesNothingBehindWithoutFinish)
{
    const TemporaryDirectory directory;
    {
        TraceWriter writer{directory.file("t.jsonl"), default_header()};
        writer.write(Event{});
        EXPECT_EQ(files_in(directory), 1U);
    }
    EXPECT_EQ(files_in(directory), 0U);
}

TEST(TraceWriter, SaysWhyItCannotWrite)
{
    const TemporaryDirectory directory;
    (void)directory.write("file", "");
    EXPECT_THROW((TraceWriter{directory.file("file/t.jsonl"), default_header()}), InputError);
    std::filesystem::create_directories(directory.path() / "taken" / "x");
    EXPECT_THROW((TraceWriter{directory.file("taken"), default_header()}), InputError);
    for (const char* const compression : {"", ".zst"}) {
        std::filesystem::create_symlink("/dev/full", directory.path() / (std::string{"full"} + compression));
        TraceWriter writer{directory.file(std::string{"full"} + compression), default_header()};
        EXPECT_THROW(writer.finish(), InputError);
        std::filesystem::remove(directory.path() / (std::string{"full"} + compression));
    }
    EXPECT_EQ(files_in(directory), 2U);
}

TEST(TraceWriter, RefusesAnEventThatNoReaderWouldTake)
{
    const TemporaryDirectory directory;
    TraceWriter writer{directory.file("t.jsonl"), default_header()};
    const std::string note(65536, 'n');
    Event event;
    event.note = note;
    EXPECT_THROW(writer.write(event), InputError);
}

TEST(TraceWriter, ReplacesWhatIsNoUtf8)
{
    Event event;
    event.name = "a\xff\xc3(\xe2\x82";
    std::string line;
    append_event_line(line, event);
    EXPECT_EQ(line, "{\"op\":\"mark\",\"name\":\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\"}\n");
}

/// Reading and judging either works or ends in an InputError.
void survive(const std::string& bytes)
{
    try {
        TraceReader reader = reader_of(bytes);
        if (reader.header().cpus > 8) return;
        (void)judge::text_report(judge::judge_trace(reader));
    } catch (const InputError& error) {
        EXPECT_EQ(std::string{error.what()}.find("t:"), 0U) << error.what();
        EXPECT_EQ(std::string{error.what()}.find('\n'), std::string::npos) << error.what();
    }
}

std::string valid_trace(Maker& maker)
{
    Header header = maker.header();
    header.mode = default_header().mode;
    header.memory_bytes = 65536;
    std::string text = header_line(header);
    for (unsigned number = 0; number < 12; ++number)
        append_event_line(text, maker.event(header).view());
    return text;
}

TEST(Damage, AnyTruncationIsSurvived)
{
    Maker maker{5};
    for (unsigned round = 0; round < 8; ++round) {
        const std::string text = valid_trace(maker);
        for (std::size_t length = 0; length < text.size(); ++length)
            survive(text.substr(0, length));
    }
}

TEST(Damage, AnyCutInsideALineIsNoticed)
{
    Maker maker{6};
    const std::string text = valid_trace(maker);
    for (std::size_t length = 0; length < text.size(); ++length) {
        const bool whole_lines = length != 0 && (text[length - 1] == '\n' || text[length] == '\n');
        EXPECT_EQ(complaint(text.substr(0, length)).empty(), whole_lines) << text.substr(0, length);
    }
}

TEST(Damage, AnyMutationIsSurvived)
{
    Maker maker{8};
    static const std::string pieces[] = {"{", "}",  "\"",  ",", ":",    "\n",   "0",
                                         "-", "\\", "\\u", "[", "null", "\xff", "0x"};
    for (unsigned round = 0; round < 2000; ++round) {
        std::string text = valid_trace(maker);
        for (unsigned changes = 1 + maker.below(4); changes != 0; --changes) {
            const std::size_t at = maker.below(text.size());
            switch (maker.below(4)) {
            case 0: text[at] = static_cast<char>(maker.below(256)); break;
            case 1: text.erase(at, 1 + maker.below(20)); break;
            case 2: text.insert(at, pieces[maker.below(std::size(pieces))]); break;
            default: text.insert(at, text.substr(maker.below(text.size()), maker.below(60))); break;
            }
        }
        survive(text);
    }
}

} // namespace
} // namespace drywalk::trace::test
