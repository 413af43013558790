// SPDX-License-Identifier: MIT
// Which files one command reads and writes: nothing is written over what is read, or written twice.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::output {

/// Made before the work begins. A file is known by its device and number, so links do not hide it.
class Claims {
public:
    /// `name` is an input; - is standard input. What is not there is passed over.
    void reads(const std::filesystem::path& name);
    /// The report goes to standard output.
    void prints();
    /// `name` is an output, which `option` named. Throws InputError if it is empty, a folder, an input or another
    /// output. `renewed`: the input that it may replace.
    void writes(const std::string& option, const std::filesystem::path& name,
                const std::optional<std::filesystem::path>& renewed = {});

private:
    struct Claim {
        std::string identity; ///< empty: a device, which any number of outputs may go to
        std::string what;     ///< as the user calls it
    };

    std::vector<Claim> claims_;
};

} // namespace drywalk::output
