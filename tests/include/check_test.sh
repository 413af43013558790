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

cc -std=c99 -Wall -Wextra -Werror -I"$root/include" -I"$root" "$root"/tests/include/{every_macro,emit}.c -o emit
./emit >serial.jsonl
./emit 0 >cpu0.jsonl
./emit 1 >cpu1.jsonl
events=25
if [[ $(wc -l <serial.jsonl) != $((events + 1)) || $(cat cpu0.jsonl cpu1.jsonl | wc -l) != $((events + 2)) ]]; then
    echo "some events are missing"
    exit 1
fi
judged_clean serial.jsonl
judged_clean cpu0.jsonl cpu1.jsonl
