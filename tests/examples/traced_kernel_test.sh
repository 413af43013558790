#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The mock kernel in examples/traced_kernel: the judge names the line of fork that lacks an invalidation, and has
# nothing to say once it is there. Its kernel part needs nothing but its machine.
#   traced_kernel_test.sh REPOSITORY PROGRAM
set -euo pipefail

root=$1
program=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
strict=(-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror -I"$root/include")
cd "$root/examples/traced_kernel"

fail() {
    echo "$*"
    exit 1
}

# judge NAME EXIT_CODE FLAG...: the report is in $folder/NAME.txt
judge() {
    local name=$1 expected=$2 status=0
    shift 2
    cc "${strict[@]}" "$@" kernel.c host.c -o "$folder/$name"
    "$folder/$name" >"$folder/$name.jsonl"
    "$program" check - <"$folder/$name.jsonl" >"$folder/$name.txt" || status=$?
    [[ $status == "$expected" ]] || fail "$name: exit code $status, $expected expected: $(cat "$folder/$name.txt")"
}

line=$(grep -n 'no longer writable' kernel.c | cut -d: -f1)
[[ $line =~ ^[0-9]+$ ]] || fail "the line of fork is not found"

judge buggy 1
grep -q "stale-permission" "$folder/buggy.txt" || fail "no stale-permission: $(cat "$folder/buggy.txt")"
grep -q "kernel\.c:$line\b" "$folder/buggy.txt" || fail "kernel.c:$line is not named: $(cat "$folder/buggy.txt")"
judge fixed 0 -DFIXED
! grep -q "stale-" "$folder/fixed.txt" || fail "not clean: $(cat "$folder/fixed.txt")"

cc "${strict[@]}" -DDRYWALK_TRACE=0 kernel.c host.c -o "$folder/off"
[[ -z $("$folder/off") ]] || fail "something is written with tracing off"

# The same file as a kernel compiles it: with a machine, nothing is undefined.
freestanding=(-ffreestanding -nostdlib -m64 -mno-sse -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie
    -fno-stack-protector -I.)
for optimization in -O0 -O2; do
    cc "${strict[@]}" "${freestanding[@]}" "$optimization" -c kernel.c -o "$folder/kernel.o"
    cc "${strict[@]}" "${freestanding[@]}" "$optimization" -c "$root/tests/examples/bare_machine.c" -o "$folder/machine.o"
    ld -r "$folder/kernel.o" "$folder/machine.o" -o "$folder/whole.o"
    undefined=$(nm --undefined-only "$folder/whole.o")
    [[ -z $undefined ]] || fail "undefined: $undefined"
done
