#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# drywalk_trace.h compiles as a kernel compiles it, without a warning and without a library, and leaves no code when it
# is off. With GCC and with Clang; one that is not installed is skipped.
#   freestanding_test.sh REPOSITORY
set -euo pipefail

root=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tests=$root/tests/include
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
freestanding=(-ffreestanding -nostdlib -m64 -mno-sse -mgeneral-regs-only -mcmodel=kernel -mno-red-zone -fno-pic -fno-pie
    -fno-stack-protector)

fail() {
    echo "$*"
    exit 1
}

# compile OBJECT SOURCE COMMAND...
compile() {
    local object=$1 source=$2
    shift 2
    "$@" "${warnings[@]}" "${freestanding[@]}" -I"$root/include" -I"$root" -c "$source" -o "$object" ||
        fail "does not compile: $*"
}

# Nothing that a library would have to supply, such as memcpy or a division.
needs_no_library() {
    local undefined
    undefined=$(nm --undefined-only "$1")
    [[ -z $undefined ]] || fail "$2: undefined: $undefined"
}

code_of() { objcopy -O binary -j .text "$1" "$1.text"; }

leaves_no_code() {
    local command=$*
    compile "$folder/plain.o" "$tests/off_switch.c" "$@" -DPLAIN
    code_of "$folder/plain.o"
    [[ -s $folder/plain.o.text ]] || fail "no code to compare with"
    for switch in -DDRYWALK_TRACE=0 -DDRYWALK_TRACE_OFF; do
        compile "$folder/off.o" "$tests/off_switch.c" "$@" "$switch"
        code_of "$folder/off.o"
        cmp "$folder/plain.o.text" "$folder/off.o.text" || fail "$command $switch leaves code"
        nm "$folder/off.o" >"$folder/symbols"
        if grep -i drywalk "$folder/symbols"; then fail "$command $switch leaves a symbol"; fi
        needs_no_library "$folder/off.o" "$command $switch"
    done
}

try() {
    echo "$*"
    compile "$folder/on.o" "$tests/every_macro.c" "$@"
    needs_no_library "$folder/on.o" "$*"
    nm "$folder/on.o" >"$folder/symbols"
    grep -q ' T drywalk_log$' "$folder/symbols" || fail "$*: no drywalk_log: tracing is not on"
    # The number of an event comes from one locked instruction, which is also the barrier behind the store before it.
    objdump -d "$folder/on.o" >"$folder/code"
    grep -q 'lock xadd' "$folder/code" || fail "$*: events are not numbered by LOCK XADD"
    leaves_no_code "$@"
}

tried=0
for compiler in gcc clang; do
    if ! command -v "$compiler" >/dev/null; then
        echo "$compiler is not installed: skipped"
        continue
    fi
    tried=$((tried + 1))
    for optimization in -O0 -O2; do
        for language in -std=c99 -std=c11 "-x c++ -std=c++17"; do
            # shellcheck disable=SC2086  # a language is one word or three
            try "$compiler" $language "$optimization"
        done
    done
done
((tried > 0)) || fail "neither gcc nor clang is installed"
