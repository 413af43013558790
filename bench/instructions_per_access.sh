#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: instructions_per_access.sh BUILD_DIRECTORY: host instructions by simulated access, counted by callgrind.
set -eu
program=$1/bench/bench_repeat_pattern

# run PATTERN MACHINE ORACLE ROUNDS: prints instructions and accesses
run() {
    output=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1)
    instructions=$(printf '%s\n' "$output" | sed -n 's/.*Collected : //p')
    accesses=$(printf '%s\n' "$output" | sed -n 's/^\([0-9]*\) [0-9]* [0-9]*$/\1/p')
    echo "$instructions $accesses"
}

for machine in skylake_sp zen4; do
    for pattern in hot_page:5000:10000 stride_4096_pages:4:12 random_65536_pages:1:2; do
        name=${pattern%%:*}
        rounds=${pattern#*:}
        for oracle in off on; do
            few=$(run "$name" $machine $oracle "${rounds%:*}")
            many=$(run "$name" $machine $oracle "${rounds#*:}")
            echo "$few $many" | awk -v what="$name $machine oracle:$oracle" \
                '{ printf "%-45s %8.1f instructions/access\n", what, ($3 - $1) / ($4 - $2) }'
        done
    done
done
