// SPDX-License-Identifier: MIT
#include "sim/trace/writer.hpp"

#include "models/x86/vendor_names.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/utf8.hpp"
#include "sim/trace/fields.hpp"
#include "sim/trace/page_data.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <vector>

#include <unistd.h>
#include <zstd.h>

namespace drywalk::trace {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t block = std::size_t{256} * 1024;

void append_escaped(std::string& to, std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const char character = text.front();
        if (length == 0) {
            to += "\xef\xbf\xbd";
        } else if (character == '"' || character == '\\') {
            to += {'\\', character};
        } else if (static_cast<unsigned char>(character) < 0x20) {
            fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(character));
        } else {
            to += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

void append_text(std::string& to, Field field, std::string_view text)
{
    fmt::format_to(std::back_inserter(to), R"(,"{}":")", field_name(field));
    append_escaped(to, text);
    to += '"';
}

void append_hexadecimal(std::string& to, Field field, std::uint64_t value)
{
    fmt::format_to(std::back_inserter(to), R"(,"{}":"{:#x}")", field_name(field), value);
}

void append_decimal(std::string& to, Field field, std::uint64_t value)
{
    fmt::format_to(std::back_inserter(to), ",\"{}\":{}", field_name(field), value);
}

void append_flag(std::string& to, Field field, bool value)
{
    if (value) fmt::format_to(std::back_inserter(to), ",\"{}\":true", field_name(field));
}

void append_broadcast(std::string& to, const Event& event)
{
    const Broadcast& broadcast = event.broadcast;
    if (broadcast.has_va) append_hexadecimal(to, Field::va, event.va);
    if (broadcast.has_pcid) append_decimal(to, Field::pcid, event.pcid);
    if (broadcast.has_asid) append_decimal(to, Field::asid, broadcast.asid);
    if (broadcast.count != 0) append_decimal(to, Field::count, broadcast.count);
    append_flag(to, Field::global, broadcast.global);
    append_flag(to, Field::final, broadcast.final_only);
    append_flag(to, Field::nested, broadcast.nested);
    append_flag(to, Field::stride_2m, broadcast.stride_2m);
}

void append_page(std::string& to, std::string_view bytes)
{
    fmt::format_to(std::back_inserter(to), R"(,"{}":")", field_name(Field::base64));
    append_base64(to, bytes);
    to += '"';
}

/// The stack stands for `src`, which is a frame of it.
void append_stack(std::string& to, std::string_view stack)
{
    fmt::format_to(std::back_inserter(to), R"(,"{}":["{}"])", field_name(Field::stack), [&] {
        std::string frames;
        for (std::size_t at = 0; at <= stack.size();) {
            const std::size_t end = std::min(stack.find('\n', at), stack.size());
            if (at != 0) frames += "\",\"";
            append_escaped(frames, stack.substr(at, end - at));
            at = end + 1;
        }
        return frames;
    }());
}

void append_origin(std::string& to, const Event& event)
{
    if (!event.stack.empty())
        append_stack(to, event.stack);
    else if (!event.src.empty())
        append_text(to, Field::src, event.src);
    if (!event.note.empty()) append_text(to, Field::note, event.note);
}

} // namespace

std::string header_line(const Header& header)
{
    std::string line = fmt::format(
        R"({{"drywalk_trace":{},"cpus":{},"memory_bytes":{},"vendor":"{}","cr0":"{:#x}","cr3":"{:#x}",)"
        R"("cr4":"{:#x}","efer":"{:#x}","maxphyaddr":{})",
        header.version, header.cpus, header.memory_bytes, name_of(header.vendor), header.mode.cr0.value,
        header.mode.cr3.value, header.mode.cr4.value, header.mode.efer.value, header.mode.features.physical_bits);
    if (header.version >= 2) {
        if (header.mode.key_rights_known)
            line += fmt::format(R"(,"pkru":"{:#x}","pkrs":"{:#x}")", header.mode.pkru, header.mode.pkrs);
        line += fmt::format(R"(,"from":"{}")", name_of(header.from));
    }
    return line + "}\n";
}

void append_event_line(std::string& to, const Event& event)
{
    const Shape& shape = shape_of(event.kind);
    const bool broadcast = event.kind == EventKind::invlpgb;
    const auto has = [&](Field field) { return !broadcast && contains(shape.allowed(), field); };
    fmt::format_to(std::back_inserter(to), R"({{"op":"{}")", shape.name);
    if (broadcast) append_broadcast(to, event);
    if (has(Field::type)) append_decimal(to, Field::type, event.type);
    if (has(Field::pcid)) append_decimal(to, Field::pcid, event.pcid);
    if (has(Field::pa)) append_hexadecimal(to, Field::pa, event.pa);
    if (has(Field::va)) append_hexadecimal(to, Field::va, event.va);
    if (has(Field::value)) append_hexadecimal(to, Field::value, event.value);
    if (has(Field::bytes)) append_decimal(to, Field::bytes, event.bytes);
    if (has(Field::name)) append_text(to, Field::name, event.name);
    if (has(Field::base64)) append_page(to, event.data);
    if (event.size != 1) append_decimal(to, Field::size, event.size);
    append_flag(to, Field::user, event.user);
    append_flag(to, Field::ac, event.alignment_check);
    append_flag(to, Field::shadow_stack, event.shadow_stack);
    if (event.cpu != 0) append_decimal(to, Field::cpu, event.cpu);
    append_origin(to, event);
    to += "}\n";
}

/// The file, and the compression in front of it.
class TraceWriter::File {
public:
    /// Commits the file itself.
    explicit File(const fs::path& name) : own_{std::in_place, name}, file_{*own_} { prepare_compression(); }
    /// Leaves that to the caller.
    explicit File(output::AtomicFile& file) : file_{file} { prepare_compression(); }

    void write(std::string_view bytes) { context_ == nullptr ? file_.write(bytes) : compress(bytes, ZSTD_e_continue); }

    void finish()
    {
        if (context_ != nullptr) compress({}, ZSTD_e_end);
        if (own_) own_->commit();
    }

private:
    struct FreeContext {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };

    void prepare_compression()
    {
        if (file_.name().extension() != ".zst") return;
        context_.reset(ZSTD_createCCtx());
        if (context_ == nullptr) throw std::bad_alloc{};
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
        compressed_.resize(ZSTD_CStreamOutSize());
    }

    void compress(std::string_view bytes, ZSTD_EndDirective directive)
    {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        for (std::size_t left = 1; left != 0 || input.pos < input.size;) {
            ZSTD_outBuffer out{compressed_.data(), compressed_.size(), 0};
            left = ZSTD_compressStream2(context_.get(), &out, &input, directive);
            if (ZSTD_isError(left) != 0) output::cannot_write(file_.name(), ZSTD_getErrorName(left));
            file_.write({compressed_.data(), out.pos});
            if (directive == ZSTD_e_continue && input.pos == input.size) return;
        }
    }

    std::optional<output::AtomicFile> own_;
    output::AtomicFile& file_;
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
    std::vector<char> compressed_;
};

TraceWriter::TraceWriter(const fs::path& file, const Header& header)
    : file_{std::make_unique<File>(file)}, pending_{header_line(header)}
{
}

TraceWriter::TraceWriter(output::AtomicFile& file, const Header& header)
    : file_{std::make_unique<File>(file)}, pending_{header_line(header)}
{
}

TraceWriter::~TraceWriter() = default;

void TraceWriter::write(const Event& event)
{
    const std::size_t before = pending_.size();
    append_event_line(pending_, event);
    if (pending_.size() - before > longest_line) {
        throw InputError{
            fmt::format("event {} takes more than {} bytes; its src, note or name is too long", events_, longest_line)};
    }
    ++events_;
    if (pending_.size() >= block) flush();
}

void TraceWriter::flush()
{
    file_->write(pending_);
    pending_.clear();
}

void TraceWriter::finish()
{
    flush();
    file_->finish();
}

} // namespace drywalk::trace
