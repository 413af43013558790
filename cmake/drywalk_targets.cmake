# SPDX-License-Identifier: MIT
# What every target of the project has in common: the language, the warnings, the include root.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# The libraries are static: nobody puts other functions in place of theirs, so the compiler may inline them.
add_compile_options(-fno-semantic-interposition)

option(DRYWALK_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(DRYWALK_WERROR "Warnings are errors; on in continuous integration and in the presets of developers" OFF)
option(DRYWALK_FUZZ "Build the fuzz targets, with Clang and both sanitizers" OFF)

set(DRYWALK_WARNINGS -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast)
# Off for those who only want to run the program: a compiler that we have not seen may warn of more.
if(DRYWALK_WERROR)
    list(APPEND DRYWALK_WARNINGS -Werror)
endif()

# For code that runs in the kernel: no register that an interrupt would have to keep. Clang's -mgeneral-regs-only takes
# away long double too, which headers of the library mention.
set(DRYWALK_GENERAL_REGISTERS -mgeneral-regs-only)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(DRYWALK_GENERAL_REGISTERS -mno-sse -mno-mmx)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # What is compiled in one checkout serves the others: paths below the root are relative to it, also those that only
    # debuggers read.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
        ${CCACHE_PROGRAM})
endif()

if(DRYWALK_FUZZ)
    set(DRYWALK_SANITIZE ON)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(DRYWALK_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()

# At -O3 GCC 12 follows paths through its own headers that nothing can take: std::string's operator+ and replace() copy
# between overlapping 8 EiB (GCC bug 105329), vector::insert() writes beyond an allocation, a tested std::optional is
# empty. Any file of ours may be next. Every other build type keeps these warnings.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.")
    foreach(warning restrict stringop-overflow maybe-uninitialized)
        add_compile_options($<$<CONFIG:Release>:-Wno-${warning}>)
    endforeach()
endif()
# AddressSanitizer's instrumentation has GCC see an uninitialized std::function in std::regex (GCC bug 105562).
if(DRYWALK_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
endif()

# drywalk_settings(TARGET): for a target of the hosted build.
function(drywalk_settings target)
    target_compile_options(${target} PRIVATE ${DRYWALK_WARNINGS})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()

# drywalk_library(NAME source... [LINKS target...])
function(drywalk_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
    add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
    drywalk_settings(${name})
    target_link_libraries(${name} PUBLIC ${arg_LINKS})
endfunction()

# drywalk_test(NAME source... [LINKS target...] [SECONDS n]): one executable, one process, one ctest entry.
# Cases are not discovered one by one: a test binary that cannot list its cases must count as a failure.
function(drywalk_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "SECONDS" "LINKS")
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    drywalk_settings(${name})
    target_link_libraries(${name} PRIVATE ${arg_LINKS} drywalk_source_tree GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name})
    if(NOT arg_SECONDS)
        set(arg_SECONDS 60)
    endif()
    if(DRYWALK_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
        math(EXPR arg_SECONDS "10 * ${arg_SECONDS}")
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_SECONDS})
endfunction()
