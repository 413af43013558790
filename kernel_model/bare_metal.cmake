# SPDX-License-Identifier: MIT
# The kernel for a real machine: core/ and hal/x86_64/ as a freestanding multiboot image.
#
# Target drywalk_kernel_image makes ${DRYWALK_KERNEL_ELF}, which QEMU's -kernel and GRUB's multiboot load, and
# kernel64.elf beside it, the same with 64-bit headers, for symbols and debuggers.

set(DRYWALK_KERNEL_DIRECTORY ${CMAKE_BINARY_DIR}/kernel)
set(DRYWALK_KERNEL_ELF ${DRYWALK_KERNEL_DIRECTORY}/drywalk_kernel.elf)
set(kernel_linker_script ${DRYWALK_KERNEL_DIRECTORY}/kernel.ld)

set(kernel_machine_sources
    boot/kernel_entry.cpp
    hal/x86_64/kernel_exception.cpp
    hal/x86_64/log.cpp
    hal/x86_64/program_loader.cpp
    hal/x86_64/program_window.cpp
    hal/x86_64/ring3.cpp)
list(TRANSFORM kernel_machine_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)

# drywalk_bare_metal(TARGET ELF64 ELF source...): a freestanding executable, placed by boot/kernel.lds, that starts
# with what any multiboot image of this project needs: from the loader to kernel_entry(), the way into ring 3 and back,
# the serial port, the module that the loader passed, and the end. Target TARGET_image makes ELF, an absolute path that
# loaders take; ELF64 is its name with 64-bit headers.
function(drywalk_bare_metal target elf64 elf)
    set(linker_script ${CMAKE_BINARY_DIR}/kernel/kernel.ld)
    set(base
        boot/entry.S
        boot/interrupts.S
        user/stub.S
        hal/x86_64/address_check.cpp
        hal/x86_64/control.cpp
        hal/x86_64/descriptors.cpp
        hal/x86_64/memory.cpp
        hal/x86_64/multiboot_module.cpp
        hal/x86_64/panic.cpp
        hal/x86_64/path_counters.cpp
        hal/x86_64/serial.cpp)
    list(TRANSFORM base PREPEND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/)
    add_executable(${target} EXCLUDE_FROM_ALL ${base} ${ARGN})
    # Optimised in every preset and never instrumented: what the hosted build adds to all targets is dropped, and paths
    # must cost the same instructions in every build.
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${elf64}
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/kernel
        POSITION_INDEPENDENT_CODE OFF
        CXX_CLANG_TIDY ""
        COMPILE_OPTIONS ""
        LINK_OPTIONS ""
        LINK_DEPENDS ${linker_script})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:CXX>:${DRYWALK_WARNINGS} -fno-exceptions -fno-rtti -fno-threadsafe-statics
            -Wframe-larger-than=65536>
        -ffreestanding ${DRYWALK_GENERAL_REGISTERS} -mno-red-zone -mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector
        -fno-asynchronous-unwind-tables -fcf-protection=none -fno-omit-frame-pointer -O2)
    target_link_options(${target} PRIVATE
        -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
        -Wl,--fatal-warnings -T ${linker_script})
    add_dependencies(${target} drywalk_kernel_linker_script)

    # Both loaders want 32-bit headers; the code inside stays what it is.
    add_custom_command(OUTPUT ${elf}
        COMMAND ${CMAKE_OBJCOPY} --strip-debug -O elf32-i386 $<TARGET_FILE:${target}> ${elf}
        DEPENDS ${target}
        VERBATIM)
    add_custom_target(${target}_image ALL DEPENDS ${elf})
endfunction()

add_custom_command(OUTPUT ${kernel_linker_script}
    COMMAND ${CMAKE_C_COMPILER_LAUNCHER} ${CMAKE_CXX_COMPILER} -E -P -x assembler-with-cpp -undef -nostdinc
            -I ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_LIST_DIR}/boot/kernel.lds -o ${kernel_linker_script}
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/boot/kernel.lds ${CMAKE_CURRENT_LIST_DIR}/hal/x86_64/addresses.h
    VERBATIM)
add_custom_target(drywalk_kernel_linker_script DEPENDS ${kernel_linker_script})

drywalk_bare_metal(drywalk_kernel kernel64.elf ${DRYWALK_KERNEL_ELF}
    ${DRYWALK_KERNEL_CORE} ${kernel_machine_sources})
