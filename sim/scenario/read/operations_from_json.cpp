// SPDX-License-Identifier: MIT
// The explicit workload of the capability kernel.
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/body.hpp"
#include "sim/scenario/read/capability_from_json.hpp"
#include "sim/scenario/read/frame_walk.hpp"
#include "sim/scenario/read/from_json.hpp"

#include <fmt/format.h>

namespace drywalk::scenario {

namespace {

using kernel::OperationKind;
using kernel::UserAction;
using kernel::UserItem;
using nlohmann::json;

constexpr std::array action_names{"load", "store", "call", "sum", "fill"}; // by UserAction

[[nodiscard]] UserAction action_of(const json& item)
{
    std::size_t action = 0;
    while (!item.contains(action_names[action]))
        ++action;
    return static_cast<UserAction>(action);
}

class Reader {
public:
    Reader(const Scenario& scenario, const Complaint& complaint)
        : scenario_{scenario}, complaint_{complaint}, walk_{scenario}
    {
    }

    [[nodiscard]] Operation operation(const json& from, const std::string& at)
    {
        const std::string& key = from.begin().key();
        Operation operation = read(key, from.at(key), pointer_to(at, key));
        walk_.take(operation);
        return operation;
    }

private:
    [[nodiscard]] Operation read(const std::string& key, const json& from, const std::string& at) const
    {
        if (key == "run") return run(from, at);
        if (key == "call") return call(from, at);
        if (key == "halt") return end(OperationKind::halt, at);
        if (key == "reply") return end(OperationKind::reply, at);
        const auto slot = from.at("slot").get<std::uint32_t>();
        const auto with = [slot](OperationKind kind, std::uint32_t above) {
            return Operation{kind, kernel::slot_operand(slot, above), {}};
        };
        if (key == "derive") {
            const std::string image = pointer_to(at, "image");
            return with(OperationKind::derive,
                        image_index(scenario_, from.at("image").get<std::string>(), image, complaint_));
        }
        if (key == "put") {
            const std::string cap = pointer_to(at, "cap");
            return with(OperationKind::put, cap_index(scenario_, from.at("cap").get<std::string>(), cap, complaint_));
        }
        if (key == "copy") return with(OperationKind::copy_slot, from.at("from").get<std::uint32_t>());
        return with(OperationKind::clear, 0);
    }

    [[nodiscard]] Operation call(const json& from, const std::string& at) const
    {
        const auto slot = from.at("slot").get<std::uint32_t>();
        const std::uint32_t endpoint = from.value("endpoint", 0U);
        if (walk_.depth() == deepest_program) {
            complaint_.fail(at, fmt::format("opens frame {} (legal: at most {})", walk_.depth() + 1, deepest_program));
        }
        if (walk_.no_callee(slot)) {
            complaint_.fail(pointer_to(at, "slot"),
                            fmt::format("no Instance lies in slot {} of the current frame (legal: a slot with one;"
                                        " the host has its Instances in slots 0 to {})",
                                        slot, scenario_.instances.size() - 1));
        }
        if (const auto image = walk_.callee(slot)) check_endpoint(endpoint, *image, at);
        return {OperationKind::call_slot, kernel::slot_operand(slot, endpoint), {}};
    }

    void check_endpoint(std::uint32_t endpoint, std::uint32_t image, const std::string& at) const
    {
        const Image& callee = scenario_.images[image];
        if (endpoint < callee.endpoints) return;
        complaint_.fail(pointer_to(at, "endpoint"),
                        fmt::format("Image {} has no endpoint {} (legal: 0 to {})", in_quotes(callee.name), endpoint,
                                    callee.endpoints - 1));
    }

    void need_frame(const std::string& at) const
    {
        if (walk_.depth() == 0) complaint_.fail(at, "no frame is open here (legal: after a call)");
    }

    [[nodiscard]] Operation end(OperationKind kind, const std::string& at) const
    {
        need_frame(at);
        return {kind, 0, {}};
    }

    [[nodiscard]] Operation run(const json& from, const std::string& at) const
    {
        need_frame(at);
        Operation operation;
        for (const json& item : from)
            operation.items.push_back(read_item(item, pointer_to(at, operation.items.size())));
        return operation;
    }

    [[nodiscard]] UserItem read_item(const json& from, const std::string& at) const
    {
        UserItem item;
        item.action = action_of(from);
        const char* const name = action_names[static_cast<std::size_t>(item.action)];
        item.address = target(from.at(name), item.action, pointer_to(at, name));
        item.value = value_of(from, item.action, at);
        if (item.action == UserAction::sum || item.action == UserAction::fill) {
            item.value = item.value << 16 | from.value("stride", 1U);
            item.count = from.at("count").get<std::uint16_t>();
        } else if (from.contains("count")) {
            complaint_.fail(pointer_to(at, "count"), "has no meaning here (legal beside sum and fill)");
        }
        return item;
    }

    [[nodiscard]] std::uint32_t value_of(const json& from, UserAction action, const std::string& at) const
    {
        const bool writes = action == UserAction::store || action == UserAction::fill;
        if (!from.contains("value")) return 0;
        if (!writes) complaint_.fail(pointer_to(at, "value"), "has no meaning here (legal beside store and fill)");
        const auto value = from.at("value").get<std::uint32_t>();
        if (action == UserAction::fill && value > 0xffff) {
            complaint_.fail(pointer_to(at, "value"),
                            fmt::format("{} is too large (legal for fill: 0 to 65535)", value));
        }
        return value;
    }

    [[nodiscard]] std::uint64_t target(const json& from, UserAction action, const std::string& at) const
    {
        if (from.is_string()) return address_from(from.get<std::string>(), at, complaint_).value();
        if (from.contains("address")) {
            return address_from(from.at("address").get<std::string>(), pointer_to(at, "address"), complaint_).value();
        }
        if (from.contains("memory")) return in_memory(from, at);
        const auto page = from.at("template_page").get<std::uint64_t>();
        const x86::LinearAddress start = scenario_.layout.template_base + page * x86::small_page_bytes;
        if (from.contains("offset")) return (start + from.at("offset").get<std::uint64_t>()).value();
        return usual_place(scenario_.placement, start, action).value();
    }

    [[nodiscard]] std::uint64_t in_memory(const json& from, const std::string& at) const
    {
        const auto image = walk_.image();
        if (!image) {
            complaint_.fail(at, "which Image runs here is not known before the run (legal: an address)");
        }
        const Image& running = scenario_.images[*image];
        const auto index = from.at("memory").get<std::size_t>();
        if (index >= running.memory.size()) {
            complaint_.fail(pointer_to(at, "memory"),
                            fmt::format("Image {} has {} memory mappings (legal: an index below that, or an address)",
                                        in_quotes(running.name), running.memory.size()));
        }
        const std::uint64_t page = from.value("page", std::uint64_t{0});
        const std::uint64_t offset = from.value("offset", std::uint64_t{0});
        return (running.memory[index].start + page * x86::small_page_bytes + offset).value();
    }

    const Scenario& scenario_;
    const Complaint& complaint_;
    FrameWalk walk_;
};

} // namespace

std::vector<Operation> operations_from(const json& operations, const Scenario& scenario, const Complaint& complaint)
{
    std::vector<Operation> result;
    Reader reader{scenario, complaint};
    for (const json& operation : operations)
        result.push_back(reader.operation(operation, pointer_to("/workload/operations", result.size())));
    return result;
}

} // namespace drywalk::scenario
