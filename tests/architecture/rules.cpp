// SPDX-License-Identifier: MIT
// The rules. What may include what is data: one line for each folder.
#include "tests/architecture/rules.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace drywalk::architecture {
namespace {

/// Which standard headers a folder may include.
enum class Standard { freestanding_c, freestanding, computing, hosted, any };

/// What the files of `folder` may include. The first line whose folder is a prefix of the path counts.
struct Arrows {
    std::string_view folder;
    std::vector<std::string_view> may_include; ///< prefixes of quoted includes
    Standard standard;
};

const std::vector<Arrows>& arrows()
{
    static const std::vector<Arrows> table{
        {"models/x86/", {"models/x86/"}, Standard::freestanding},
        {"models/machine/", {"models/machine/", "models/x86/"}, Standard::computing},
        {"models/memory/", {"models/memory/", "models/machine/", "models/x86/"}, Standard::computing},
        {"models/mmu/",
         {"models/mmu/", "models/memory/", "models/machine/mmu_ledger.hpp", "models/machine/mmu_profile.hpp",
          "models/machine/caches.hpp", "models/x86/"},
         Standard::computing},
        {"models/oracle/", {"models/oracle/", "models/x86/"}, Standard::computing},
        {"kernel_model/program/", {"kernel_model/program/", "models/x86/"}, Standard::freestanding},
        {"kernel_model/hal/sim/", {"kernel_model/hal/", "kernel_model/program/", "models/x86/"}, Standard::hosted},
        {"kernel_model/hal/", {"kernel_model/hal/", "kernel_model/program/", "models/x86/"}, Standard::freestanding},
        {"kernel_model/core/",
         {"kernel_model/core/", "kernel_model/hal/hal.hpp", "kernel_model/hal/path_scope.hpp",
          "kernel_model/hal/where.hpp", "kernel_model/program/", "models/x86/"},
         Standard::freestanding},
        {"kernel_model/", {"kernel_model/", "models/x86/"}, Standard::freestanding},
        {"sim/input/", {"sim/input/"}, Standard::any},
        {"sim/output/", {"sim/output/", "sim/input/", "models/machine/", "models/x86/"}, Standard::any},
        {"sim/machine/", {"sim/machine/", "sim/output/", "sim/input/", "models/"}, Standard::any},
        {"sim/scenario/",
         {"sim/scenario/", "sim/machine/", "sim/input/", "kernel_model/program/", "models/oracle/", "models/x86/"},
         Standard::any},
        {"sim/process/", {"sim/process/", "sim/input/"}, Standard::any},
        {"sim/trace/", {"sim/trace/", "sim/output/", "sim/input/", "models/oracle/", "models/x86/"}, Standard::any},
        {"sim/judge/",
         {"sim/judge/", "sim/trace/", "sim/machine/", "sim/output/", "sim/input/", "models/"},
         Standard::any},
        {"sim/platform/",
         {"sim/platform/", "sim/process/", "sim/trace/", "sim/output/", "kernel_model/", "models/"},
         Standard::any},
        {"sim/study/",
         {"sim/study/", "sim/platform/", "sim/scenario/", "sim/machine/", "sim/output/", "sim/input/", "models/"},
         Standard::any},
        {"sim/replay/",
         {"sim/replay/", "sim/trace/", "sim/machine/", "sim/output/", "sim/input/", "kernel_model/", "models/"},
         Standard::any},
        {"sim/calibrate/",
         {"sim/calibrate/", "sim/machine/", "sim/output/", "sim/input/", "kernel_model/", "models/"},
         Standard::any},
        {"sim/boot/",
         {"sim/boot/", "sim/study/", "sim/scenario/", "sim/process/", "kernel_model/program/",
          "kernel_model/hal/hal.hpp"},
         Standard::any},
        {"sim/report/",
         {"sim/report/", "sim/boot/", "sim/study/", "sim/judge/", "sim/scenario/", "sim/machine/", "sim/output/",
          "sim/input/", "models/"},
         Standard::any},
        {"sim/cli/", {"sim/", "kernel_model/", "models/"}, Standard::any},
        {"bench/", {"bench/", "sim/", "kernel_model/", "models/", "tests/support/"}, Standard::any},
        {"tests/differential/payload/",
         {"tests/differential/payload/", "kernel_model/", "models/x86/"},
         Standard::freestanding},
        {"include/", {}, Standard::freestanding_c},
        {"examples/traced_kernel/host.c", {"drywalk/", "kernel.h"}, Standard::any},
        {"examples/", {"drywalk/", "kernel.h"}, Standard::freestanding_c},
        {"tests/examples/", {"kernel.h"}, Standard::any},
        {"tests/", {"tests/", "sim/", "kernel_model/", "models/", "include/", "drywalk/"}, Standard::any},
    };
    return table;
}

/// What a C compiler brings along where there is no library.
const std::set<std::string_view> freestanding_c_headers{"stdarg.h", "stdbool.h", "stddef.h", "stdint.h"};

/// Standard headers that work without an operating system or an allocator. <cstring> is here for the four functions
/// that a compiler expects of a kernel: memcpy, memmove, memset and memcmp.
const std::set<std::string_view> freestanding_headers{
    "algorithm", "array",   "atomic",      "bit",      "climits",          "compare", "concepts", "cstdarg",
    "cstddef",   "cstdint", "cstring",     "iterator", "initializer_list", "limits",  "new",      "numeric",
    "optional",  "span",    "string_view", "tuple",    "type_traits",      "utility", "variant",  "version",
};

/// What a model may use on top: containers and arithmetic, but neither clocks nor threads nor input and output.
const std::set<std::string_view> computing_headers{
    "bitset", "cassert",   "cmath",  "cstdlib",       "deque",         "exception", "functional",
    "list",   "map",       "memory", "queue",         "random",        "ranges",    "set",
    "stack",  "stdexcept", "string", "unordered_map", "unordered_set", "vector",
};

/// What a kernel that runs as a process may use on top: it has a standard error to die on.
const std::set<std::string_view> hosted_headers{"cstdio"};

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [text](std::string_view prefix) { return text.starts_with(prefix); });
}

bool permitted(Standard standard, std::string_view header)
{
    if (standard == Standard::freestanding_c) return freestanding_c_headers.contains(header);
    if (standard == Standard::any || freestanding_headers.contains(header)) return true;
    if (standard == Standard::freestanding) return false;
    return computing_headers.contains(header) || (standard == Standard::hosted && hosted_headers.contains(header));
}

const Arrows* arrows_of(std::string_view path)
{
    const auto found = std::find_if(arrows().begin(), arrows().end(),
                                    [path](const Arrows& line) { return path.starts_with(line.folder); });
    return found == arrows().end() ? nullptr : &*found;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

bool is_header(const std::string& path) { return path.ends_with(".hpp") || path.ends_with(".h"); }
bool is_cpp(const std::string& path) { return is_header(path) || path.ends_with(".cpp") || path.ends_with(".c"); }
bool is_installed_header(const std::string& path) { return path.starts_with("include/"); }
bool is_assembly(const std::string& path) { return path.ends_with(".S"); }
bool is_linker_script(const std::string& path) { return path.ends_with(".lds"); }
bool is_cmake(const std::string& path) { return path.ends_with("CMakeLists.txt") || path.ends_with(".cmake"); }

/// Collects what is wrong with one file.
class Checker {
public:
    explicit Checker(const SourceFile& file) : file_{file}, lines_{lines_of(file.text)} {}

    [[nodiscard]] std::vector<Finding> run()
    {
        check_frame();
        if (is_assembly(file_.path)) check_assembly_place();
        if (is_cpp(file_.path) || is_assembly(file_.path)) check_code(lines_of(code_of(file_.text)));
        return findings_;
    }

private:
    void check_frame()
    {
        const std::string licence = "SPDX-License-Identifier: MIT";
        if (lines_.empty() || lines_.front().find(licence) == std::string::npos)
            report(1, "no line \"" + licence + "\"");
        const unsigned most = is_installed_header(file_.path) ? most_lines_of_an_installed_header : most_lines;
        if (lines_.size() > most) report(0, "more than " + std::to_string(most) + " lines: split it");
        const bool guarded = std::find(lines_.begin(), lines_.end(), "#pragma once") != lines_.end();
        if (is_header(file_.path) && !guarded) report(0, "a header without #pragma once");
    }

    void check_assembly_place()
    {
        if (starts_with_any(file_.path, {"kernel_model/boot/", "kernel_model/user/", "kernel_model/hal/x86_64/",
                                         "tests/differential/payload/"})) {
            return;
        }
        report(0, "assembly belongs into kernel_model/boot, user or hal/x86_64");
    }

    void check_code(const std::vector<std::string>& code)
    {
        for (unsigned index = 0; index < code.size(); ++index) {
            check_include(code[index], index + 1);
            check_conditional(code[index], index + 1);
            if (is_cpp(file_.path)) check_inline_assembly(code[index], index + 1);
        }
    }

    void check_include(const std::string& code, unsigned line)
    {
        static const std::regex include{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])"};
        std::smatch match;
        const Arrows* const allowed = arrows_of(file_.path);
        if (allowed == nullptr || !std::regex_search(code, match, include)) return;
        const std::string header = match[2];
        const bool legal =
            match[1] == "<" ? permitted(allowed->standard, header) : starts_with_any(header, allowed->may_include);
        if (!legal) report(line, "may not include " + header);
    }

    void check_conditional(const std::string& code, unsigned line)
    {
        static const std::regex conditional{R"(^\s*#\s*(if|ifdef|ifndef|elif)\b)"};
        if (!starts_with_any(file_.path, {"models/", "kernel_model/core/"})) return;
        if (std::regex_search(code, conditional)) report(line, "one source for all builds: no conditional compilation");
    }

    void check_inline_assembly(const std::string& code, unsigned line)
    {
        static const std::regex assembly{R"(\b(asm|__asm|__asm__)\b)"};
        if (file_.path.starts_with("kernel_model/hal/x86_64/")) return;
        if (std::regex_search(code, assembly)) report(line, "inline assembly belongs into kernel_model/hal/x86_64");
    }

    void report(unsigned line, std::string message) { findings_.push_back({line, std::move(message)}); }

    const SourceFile& file_;
    std::vector<std::string> lines_;
    std::vector<Finding> findings_;
};

} // namespace

bool is_source(const std::string& path)
{
    return is_cpp(path) || is_assembly(path) || is_linker_script(path) || is_cmake(path);
}

std::vector<FolderArrows> documented_arrows()
{
    std::vector<FolderArrows> documented;
    for (const Arrows& line : arrows()) {
        if (!starts_with_any(line.folder, {"models/", "kernel_model/", "sim/", "bench/"})) continue;
        if (line.folder == "kernel_model/") continue; // boot/ and user/
        documented.push_back({std::string{line.folder}, {line.may_include.begin(), line.may_include.end()}});
    }
    return documented;
}

std::vector<Finding> check(const SourceFile& file) { return Checker{file}.run(); }

} // namespace drywalk::architecture
