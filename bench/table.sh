#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: table.sh BUILD_DIRECTORY [FILE [OPTION...]]: runs every benchmark of a build and writes the table of their
# medians to FILE (results/speed.txt), which appears only when it is whole. OPTIONs go to the benchmarks and override
# those below. Leave the machine alone meanwhile.
set -euo pipefail
export LC_ALL=C

build=$1
source=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
file=${2:-$source/results/speed.txt}
# Interleaved, so that what else the machine does meets 'oracle on' and 'off' alike.
flags=(--benchmark_repetitions=5 --benchmark_enable_random_interleaving=true "${@:3}")
columns='%-34s %-12s %10s %11s %10s %8s\n'
programs=(bench_engine bench_replay bench_check)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch" "$file.part"' EXIT

cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

# What the figures hold for; nothing of it says whose machine that is.
header() {
    local type
    type=$(cached CMAKE_BUILD_TYPE)
    echo "drywalk's speed on one host; written by bench/table.sh (cmake --build BUILD --target bench_table)"
    echo
    echo "processor:  $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) logical$(
        grep -qw hypervisor /proc/cpuinfo && echo ", in a virtual machine")"
    echo "load:       $(cut -d ' ' -f 1 /proc/loadavg) when this began"
    echo "compiler:   $("$(cached CMAKE_CXX_COMPILER)" --version | head -n 1)"
    echo "build type: $type ($(cached CMAKE_CXX_FLAGS_"${type^^}"))"
    echo "commands:   ${programs[0]} ${flags[*]}"
    echo "            the same with ${programs[*]:1}; instructions_per_access.sh BUILD"
    echo
    echo "Million items a second of processor time, medians: simulated accesses of the engine, references of replayed"
    echo "traces, events of checked ones. 'off/on' is how many times faster it is without the oracle. A replay has none:"
    echo "its rows stand under 'no oracle'. Checking without the oracle is reading the trace; judge_only has it in memory."
    echo
}

# run PROGRAM: its medians as JSON. What it has to say is of interest only if it fails.
run() {
    local json=$scratch/$1.json
    if ! "$build/bench/$1" "${flags[@]}" --benchmark_report_aggregates_only=true --benchmark_format=json \
        >"$json" 2>"$scratch/err" || grep -q '"error_occurred": true' "$json"; then
        cat "$scratch/err" >&2
        grep '"error_message"' "$json" >&2
        return 1
    fi
}

# From names WHAT/MACHINE[/oracle:off|on]_median; the library writes one member a line.
rows() {
    awk -v columns="$columns" '
        /"name": / {
            name = $2
            is_median = name ~ /_median"/
            gsub(/[",]|_median/, "", name)
            oracle = name ~ /oracle:on$/ ? "on" : name ~ /oracle:off$/ ? "off" : "none"
            sub(/\/oracle:.*/, "", name)
        }
        is_median && /"items_per_second": / {
            if (!(name in seen)) order[++count] = name
            seen[name] = 1
            rate[name, oracle] = $2 / 1e6
        }
        function cell(value) { return value == "" ? "-" : sprintf("%.2f", value) }
        END {
            for (i = 1; i <= count; ++i) {
                split(order[i], part, "/")
                off = rate[order[i], "off"]
                on = rate[order[i], "on"]
                printf columns, part[1], part[2] == "any" ? "-" : part[2],
                    cell(rate[order[i], "none"]), cell(off), cell(on), off == "" || on == "" ? "-" : cell(off / on)
            }
        }' "$@"
}

header >"$file.part"
# shellcheck disable=SC2059 # the format is a constant
printf "$columns" what machine "no oracle" "oracle off" "oracle on" off/on >>"$file.part"
for program in "${programs[@]}"; do
    run "$program"
    rows "$scratch/$program.json" | sort >>"$file.part"
done
{
    echo
    echo "Instructions of the host by simulated access, counted by callgrind:"
    echo
    "$source/bench/instructions_per_access.sh" "$build"
} >>"$file.part"
mv -- "$file.part" "$file"
