#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# drywalk check accepts what drywalk_trace.h writes: as it happens, and from the rings of two processors.
#   check_test.sh REPOSITORY PROGRAM
set -euo pipefail

root=$1
program=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

judged_clean() {
    local status=0
    "$program" check "$@" >report || status=$?
    if [[ $status != 0 ]]; then
        echo "check $*: exit code $status, 0 expected"
        cat report
        exit 1
    fi
}

# emit FLAG...: writes serial.jsonl, cpu0.jsonl, cpu1.jsonl; `events` is how many there are.
emit() {
    cc -std=c99 -Wall -Wextra -Werror "$@" -I"$root/include" -I"$root" "$root"/tests/include/{every_macro,emit}.c -o emit
    ./emit >serial.jsonl
    ./emit 0 >cpu0.jsonl
    ./emit 1 >cpu1.jsonl
    if [[ $(wc -l <serial.jsonl) != $((events + 1)) || $(cat cpu0.jsonl cpu1.jsonl | wc -l) != $((events + 2)) ]]; then
        echo "some events are missing"
        exit 1
    fi
}

# accepts LINE...: does this drywalk judge such a trace?
accepts() {
    printf '%s\n' '{"drywalk_trace":2,"cr4":"0x14000a0"}' "$@" '{"op":"read","va":0}' >probe.jsonl
    "$program" check probe.jsonl >/dev/null 2>&1
}

events=25
emit
if accepts '{"op":"wrpkru","value":0}' '{"op":"wrmsr_pkrs","value":0}' '{"op":"invlpgb"}' '{"op":"tlbsync"}'; then
    judged_clean serial.jsonl
    judged_clean cpu0.jsonl cpu1.jsonl
elif events=21 && emit -DWITHOUT_MODES && accepts; then
    echo "this drywalk does not judge protection keys or INVLPGB: judged without them"
    judged_clean serial.jsonl
    judged_clean cpu0.jsonl cpu1.jsonl
else
    echo "this drywalk reads version 1 only: judged without what is new in version 2"
    grep -vE '"op":"(fill|page)"|"stack"' serial.jsonl |
        sed 's/"drywalk_trace":2/"drywalk_trace":1/; s/,"seq":"[^"]*"//' >version_1.jsonl
    judged_clean version_1.jsonl
fi
