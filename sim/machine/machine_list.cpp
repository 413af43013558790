// SPDX-License-Identifier: MIT
#include "sim/machine/machine_list.hpp"

#include "sim/input/input_error.hpp"

namespace drywalk::machine {

MachineList list_machines(const std::filesystem::path& directory)
{
    MachineList list;
    for (const std::string& name : machine_names(directory)) {
        try {
            list.machines.push_back(load_machine(directory, name));
        } catch (const InputError& error) {
            list.broken.push_back({name, error.what()});
        }
    }
    return list;
}

} // namespace drywalk::machine
