// SPDX-License-Identifier: MIT
// An observer that looks on, and a folder for a test's files.
#pragma once

#include "sim/platform/event_observer.hpp"

#include <filesystem>
#include <string>

#include <unistd.h>

namespace drywalk::platform::test {

/// Does nothing; a test overrides what it needs.
class Bystander : public EventObserver {
public:
    void begin(const BeginState& /*state*/) override {}
    void store(unsigned /*cpu*/, x86::PhysicalAddress /*address*/, std::uint64_t /*value*/,
               const Where& /*where*/) override
    {
    }
    void mov_cr0(unsigned /*cpu*/, x86::Cr0 /*value*/, const Where& /*where*/) override {}
    void mov_cr3(unsigned /*cpu*/, x86::Cr3 /*value*/, const Where& /*where*/) override {}
    void mov_cr4(unsigned /*cpu*/, x86::Cr4 /*value*/, const Where& /*where*/) override {}
    void wrmsr_efer(unsigned /*cpu*/, x86::Efer /*value*/, const Where& /*where*/) override {}
    void invlpg(unsigned /*cpu*/, x86::LinearAddress /*linear*/, const Where& /*where*/) override {}
    void release(unsigned /*cpu*/, x86::PhysicalAddress /*address*/, std::uint64_t /*bytes*/,
                 const Where& /*where*/) override
    {
    }
    std::optional<Override> access(unsigned /*cpu*/, x86::LinearAddress /*linear*/, x86::Access /*access*/,
                                   unsigned /*bytes*/) override
    {
        return std::nullopt;
    }
    void page_fault(unsigned /*cpu*/, x86::LinearAddress /*linear*/) override {}
};

class Folder {
public:
    Folder() { std::filesystem::create_directories(path_); }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("drywalk_platform_test_" + std::to_string(::getpid()));
};

} // namespace drywalk::platform::test
