// SPDX-License-Identifier: MIT
#include "sim/platform/tlm_memory_path.hpp"

namespace drywalk::platform {

namespace {

void answer(tlm::tlm_generic_payload& transaction, machine::ServedBy level)
{
    transaction.get_extension<ServedByExtension>()->served_by = level;
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace

CacheModule::CacheModule(sc_core::sc_module_name name, const machine::CacheProfile& profile, machine::ServedBy level)
    : sc_module{name}, from_above{"from_above"}, to_below{"to_below"}, cache_{profile}, level_{level}
{
    from_above.register_b_transport(this, &CacheModule::transport);
}

void CacheModule::transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay)
{
    if (!cache_.access_below(x86::PhysicalAddress{transaction.get_address()})) {
        to_below->b_transport(transaction, delay);
        return;
    }
    delay += cache_.latency() * cycle_time();
    answer(transaction, level_);
}

DramModule::DramModule(sc_core::sc_module_name name, std::uint32_t latency)
    : sc_module{name}, from_above{"from_above"}, latency_{latency * cycle_time()}
{
    from_above.register_b_transport(this, &DramModule::transport);
}

void DramModule::transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay)
{
    delay += latency_;
    answer(transaction, machine::ServedBy::dram);
}

L1Module::L1Module(sc_core::sc_module_name name, const machine::CacheProfile& profile)
    : sc_module{name}, Port{profile}, to_below{"to_below"}
{
    transaction_.set_command(tlm::TLM_IGNORE_COMMAND);
    transaction_.set_data_length(machine::line_bytes);
    transaction_.set_streaming_width(machine::line_bytes);
    transaction_.set_extension(&served_by_);
}

L1Module::~L1Module() { transaction_.clear_extension(&served_by_); }

memory::Service L1Module::miss(x86::PhysicalAddress address)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    transaction_.set_address(address.value());
    transaction_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    to_below->b_transport(transaction_, delay);
    return {served_by_.served_by, static_cast<std::uint32_t>(delay.value() / cycle_time().value())};
}

} // namespace drywalk::platform
