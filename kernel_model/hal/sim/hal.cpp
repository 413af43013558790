// SPDX-License-Identifier: MIT
// hal.hpp over a simulated machine.
#include "kernel_model/hal/hal.hpp"

#include "kernel_model/hal/sim/machine.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace drywalk::kernel::hal {

namespace {

/// See MachineInUse. Null: no kernel may run.
thread_local SimulatedMachine* current = nullptr;

template <typename Record>
Record record_at(std::uint64_t array_offset, std::uint32_t index)
{
    Record record;
    std::memcpy(&record, current->program() + array_offset + std::uint64_t{index} * sizeof(Record), sizeof(Record));
    return record;
}

} // namespace

MachineInUse::MachineInUse(SimulatedMachine& machine) : before_{std::exchange(current, &machine)} {}
MachineInUse::~MachineInUse() { current = before_; }

MachineInUse::Suspension::Suspension() : suspended_{std::exchange(current, nullptr)} {}
MachineInUse::Suspension::~Suspension() { current = suspended_; }

std::uint64_t load(PhysicalAddress address) { return current->load(address); }
void store(PhysicalAddress address, std::uint64_t value, Where where)
{
    current->at(where);
    current->store(address, value);
}

void zero_page(PhysicalAddress page, Where where)
{
    current->at(where);
    current->zero_page(page);
}

void copy_page(PhysicalAddress to, PhysicalAddress from, Where where)
{
    current->at(where);
    current->copy_page(to, from);
}

void release_page(PhysicalAddress page, Where where)
{
    current->at(where);
    current->release_page(page);
}

void use_state_cache_window(PhysicalAddress begin, PhysicalAddress end) { current->use_state_cache_window(begin, end); }

void write_cr0(x86::Cr0 value, Where where)
{
    current->at(where);
    current->write_cr0(value);
}

void write_cr3(x86::Cr3 value, Where where)
{
    current->at(where);
    current->write_cr3(value);
}

void write_cr4(x86::Cr4 value, Where where)
{
    current->at(where);
    current->write_cr4(value);
}

void write_efer(x86::Efer value, Where where)
{
    current->at(where);
    current->write_efer(value);
}

x86::Cr0 read_cr0() { return current->read_cr0(); }
x86::Cr4 read_cr4() { return current->read_cr4(); }
x86::Efer read_efer() { return current->read_efer(); }
void invlpg(LinearAddress address, Where where)
{
    current->at(where);
    current->invlpg(address);
}

bool has_pcids() { return current->has_pcids(); }

UserExit enter_user(const UserState& state) { return current->enter_user(state); }
UserExit resume_user() { return current->resume_user(); }
void begin_path(Path path) { current->begin_path(path); }
void end_path(Path /*path*/) {}

void broken_invariant(const char* what)
{
    std::fprintf(stderr, "drywalk: kernel invariant broken: %s\n", what);
    std::abort();
}

const ProgramHeader& program_header() { return current->program_header(); }
ImageRecord image_record(std::uint32_t index)
{
    return record_at<ImageRecord>(program_offsets(program_header()).images, index);
}
InstanceRecord instance_record(std::uint32_t index)
{
    return record_at<InstanceRecord>(program_offsets(program_header()).instances, index);
}
BodyRecord body_record(std::uint32_t index)
{
    return record_at<BodyRecord>(program_offsets(program_header()).bodies, index);
}
OperationRecord operation_record(std::uint32_t index)
{
    return record_at<OperationRecord>(program_offsets(program_header()).operations, index);
}
CapRecord cap_record(std::uint32_t index)
{
    return record_at<CapRecord>(program_offsets(program_header()).caps, index);
}
MappingRecord mapping_record(std::uint32_t index)
{
    return record_at<MappingRecord>(program_offsets(program_header()).mappings, index);
}
SlotRecord slot_record(std::uint32_t index)
{
    return record_at<SlotRecord>(program_offsets(program_header()).slots, index);
}
void load_mailbox(const BodyRecord& body) { current->load_mailbox(body); }
std::uint64_t mailbox_result(std::uint32_t index) { return current->mailbox_result(index); }
void receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to) { current->receive_page(cap, page, to); }
void report(const Observation& observation) { current->report(observation); }

} // namespace drywalk::kernel::hal
