# SPDX-License-Identifier: MIT
# Debian's SystemC has no CMake package, and it was built as C++17: its headers tag the ABI with the language level,
# so a C++20 program links only if it says that it speaks C++17 (sc_cmnhdr.h provides for this).

find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
add_library(systemc_cxx20 INTERFACE)
target_link_libraries(systemc_cxx20 INTERFACE PkgConfig::SYSTEMC)
target_compile_definitions(systemc_cxx20 INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
