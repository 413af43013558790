// SPDX-License-Identifier: MIT
#include "sim/platform/transport.hpp"

#include <cstring>
#include <stdexcept>
#include <tuple>
#include <type_traits>

namespace drywalk::platform {

namespace {

// A structured binding names every field, or the program does not compile; a new one belongs into both lists.

template <typename Result>
requires std::is_same_v<std::remove_const_t<Result>, RunResult>
[[nodiscard]] auto fields_of(Result& result)
{
    auto& [refusal, total_cycles, setup_cycles, ledger, setup_ledger, counts, observations, judge, host_returns] =
        result;
    const auto all =
        std::tie(refusal, total_cycles, setup_cycles, ledger, setup_ledger, counts, observations, judge, host_returns);
    static_assert(std::tuple_size_v<std::remove_const_t<decltype(all)>> == 9, "as many as the binding names");
    return all;
}

template <typename Summary>
requires std::is_same_v<std::remove_const_t<Summary>, JudgeSummary>
[[nodiscard]] auto fields_of(Summary& summary)
{
    auto& [events, accesses, verdicts, judged, redundant, overridden, release_replayed] = summary;
    const auto all = std::tie(events, accesses, verdicts, judged, redundant, overridden, release_replayed);
    static_assert(std::tuple_size_v<std::remove_const_t<decltype(all)>> == 7, "as many as the binding names");
    return all;
}

/// Its bytes are its value: pointers among them lead to literals of this program, which lie where they lay.
template <typename Value>
concept Plain = std::is_trivially_copyable_v<Value> && !std::is_pointer_v<Value>;

class Packer {
public:
    template <Plain Value>
    void operator()(const Value& value)
    {
        append(&value, sizeof value);
    }
    template <Plain Element>
    void operator()(const std::vector<Element>& elements)
    {
        (*this)(elements.size());
        append(elements.data(), elements.size() * sizeof(Element));
    }
    void operator()(const std::optional<JudgeSummary>& summary)
    {
        (*this)(summary.has_value());
        if (summary) all_of(*summary);
    }
    template <typename Record>
    void all_of(const Record& record)
    {
        std::apply([this](const auto&... field) { ((*this)(field), ...); }, fields_of(record));
    }

    [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
    void append(const void* data, std::size_t count)
    {
        if (count != 0) bytes_.append(static_cast<const char*>(data), count);
    }

    std::string bytes_;
};

class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : bytes_{bytes} {}

    template <Plain Value>
    void operator()(Value& value)
    {
        copy(&value, sizeof value);
    }
    template <Plain Element>
    void operator()(std::vector<Element>& elements)
    {
        std::size_t count = 0;
        (*this)(count);
        if (count > bytes_.size() / sizeof(Element)) fail();
        elements.resize(count);
        copy(elements.data(), count * sizeof(Element));
    }
    void operator()(std::optional<JudgeSummary>& summary)
    {
        bool there = false;
        (*this)(there);
        if (there) all_of(summary.emplace());
    }
    template <typename Record>
    void all_of(Record& record)
    {
        std::apply([this](auto&... field) { ((*this)(field), ...); }, fields_of(record));
    }

    void expect_end() const
    {
        if (!bytes_.empty()) fail();
    }

private:
    [[noreturn]] static void fail() { throw std::runtime_error("a simulation process sent no whole result"); }

    void copy(void* to, std::size_t count)
    {
        if (count > bytes_.size()) fail();
        if (count != 0) std::memcpy(to, bytes_.data(), count);
        bytes_.remove_prefix(count);
    }

    std::string_view bytes_;
};

} // namespace

std::string packed(const RunResult& result)
{
    Packer packer;
    packer.all_of(result);
    return packer.take();
}

RunResult unpacked(std::string_view bytes)
{
    RunResult result;
    Unpacker unpacker{bytes};
    unpacker.all_of(result);
    unpacker.expect_end();
    return result;
}

} // namespace drywalk::platform
