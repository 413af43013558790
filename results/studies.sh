#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: results/studies.sh: runs all studies on all machines, native and as the guest of a host of 4 KiB pages, and
# replaces the raw files in this folder. Takes half an hour on one core. Seed 1, as the scenarios have it.
set -eu
cd "$(dirname "$0")/.."

machines="skylake_sp icelake_sp sapphire_rapids zen2 zen3 zen4"

# study NAME SCENARIO ORACLE: the oracle's verdicts do not depend on the machine, but the reports of the spine show them
study() {
    for machine in $machines; do
        for guest in "" 4k; do
            out=results/$1/$machine${guest:+_guest}
            echo "$out" >&2
            ./drywalk run "scenarios/$2.json" --machine "$machine" ${guest:+--nested $guest} --oracle "$3" --out "$out" \
                > /dev/null
        done
    done
}

study global_templates study_global_templates on
study cold_tables study_cold_tables on
study working_sets study_working_sets off
study ladder study_ladder off
study copy_on_write study_copy_on_write_cost on
study global_arena study_global_arena off
machines="skylake_sp zen4"
study overlay_or_cow study_overlay_or_cow off

find results -mindepth 3 -name '*.json' -exec gzip -9nf {} +
