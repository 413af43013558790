// SPDX-License-Identifier: MIT
// The miss path as SystemC modules: L1D inline at the processor's side, then L2, L3 and DRAM behind TLM-2.0 sockets.
#pragma once

#include "models/memory/cache.hpp"
#include "models/memory/port.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace drywalk::platform {

/// One core cycle on the SystemC time axis. Waveforms count cycles, whatever the clock of the machine.
inline const sc_core::sc_time& cycle_time()
{
    static const sc_core::sc_time one{1, sc_core::SC_NS};
    return one;
}

/// Travels with a transaction and comes back with the level that had the line.
class ServedByExtension final : public tlm::tlm_extension<ServedByExtension> {
public:
    machine::ServedBy served_by = machine::ServedBy::dram;

    [[nodiscard]] tlm_extension_base* clone() const override { return new ServedByExtension{*this}; }
    void copy_from(const tlm_extension_base& other) override
    {
        served_by = static_cast<const ServedByExtension&>(other).served_by;
    }
};

/// L2 or L3: annotates its latency on a hit, passes the transaction on otherwise.
class CacheModule final : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<CacheModule> from_above;
    tlm_utils::simple_initiator_socket<CacheModule> to_below;

    CacheModule(sc_core::sc_module_name name, const machine::CacheProfile& profile, machine::ServedBy level);

private:
    void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);

    memory::Cache cache_;
    machine::ServedBy level_;
};

/// DRAM: always has the line.
class DramModule final : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<DramModule> from_above;

    DramModule(sc_core::sc_module_name name, std::uint32_t latency);

private:
    void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);

    sc_core::sc_time latency_;
};

/// The processor's side: a hit in L1D is a plain call, a miss becomes a transaction.
class L1Module final : public sc_core::sc_module, public memory::Port {
public:
    tlm_utils::simple_initiator_socket<L1Module> to_below;

    L1Module(sc_core::sc_module_name name, const machine::CacheProfile& profile);
    ~L1Module() override;

private:
    memory::Service miss(x86::PhysicalAddress address) override;

    tlm::tlm_generic_payload transaction_;
    ServedByExtension served_by_;
};

} // namespace drywalk::platform
