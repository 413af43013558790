#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tests ./drywalk in a made-up checkout whose cmake, ctest, dpkg-query and apt-get only write down how they were called.
# Usage: wrapper_test.sh PATH-OF-DRYWALK
set -euo pipefail

wrapper=$(readlink -f -- "$1")
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
checkout=$place/checkout
calls=$place/calls
export calls

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

expect() { # expect WHAT COMMAND...
    local what=$1
    shift
    "$@" || fail "$what"
}

called() { grep -qE -- "$1" "$calls"; }
not_called() { ! called "$1"; }

fake() { # fake NAME: its body comes in
    {
        echo '#!/usr/bin/env bash'
        echo "echo \"${1} \$*\" >>\"\$calls\""
        cat
    } >"$place/bin/$1"
    chmod +x "$place/bin/$1"
}

lay_out_checkout() {
    mkdir -p "$place/bin" "$checkout"/{cmake,models,kernel_model,sim,tests,scenarios}
    touch "$checkout"/{CMakeLists.txt,CMakePresets.json} "$checkout/models/a.hpp" "$checkout/tests/a.cpp"
    cp "$wrapper" "$checkout/drywalk"
    fake cmake <<'BODY'
[[ $1 == --build ]] || exit 0
sleep 0.2
echo "the compiler's words"
[[ ! -e broken ]] || { echo "error: broken"; exit 1; }
mkdir -p build/release/sim/cli
printf '#!/bin/sh\necho "ran in $PWD: $*"\nexit 2\n' >build/release/sim/cli/drywalk
chmod +x build/release/sim/cli/drywalk
BODY
    fake ctest <<<''
    fake apt-get <<<'echo "noise of apt"'
    fake sudo <<<'exec "$@"'
    fake dpkg-query <<'BODY'
for name in "$@"; do
    case $name in
    libfmt-dev | mtools) ;;
    *) echo "installed $name" ;;
    esac
done
BODY
    export PATH=$place/bin:$PATH
}

# run ARGUMENT...: runs the wrapper; leaves $place/out, $place/err, $status and what was called since.
run() {
    : >"$calls"
    status=0
    (cd "$place" && ./checkout/drywalk "$@") >"$place/out" 2>"$place/err" </dev/null || status=$?
}

builds_once_and_hands_over() {
    run run "a scenario.json" --seed 1
    expect "the program's exit status is passed on" [ "$status" = 2 ]
    expect "standard output is the program's alone" \
        [ "$(cat "$place/out")" = "ran in $place: run a scenario.json --seed 1" ]
    expect "the missing package is installed without asking" called '^apt-get -y install .*libfmt-dev$'
    expect "packages for booting can wait" not_called mtools
    expect "two targets are built" called '^cmake --build --preset release --target drywalk drywalk_kernel_image$'
    expect "what the wrapper says goes to standard error" grep -q '^drywalk: building' "$place/err"
}

does_nothing_when_up_to_date() {
    local start=${EPOCHREALTIME/./} runs=10
    for ((i = 0; i < runs; ++i)); do
        run --version
        expect "up to date means no tool is called" [ ! -s "$calls" ]
        expect "up to date means no word" [ ! -s "$place/err" ]
    done
    local each=$(((${EPOCHREALTIME/./} - start) / runs / 1000))
    echo "up to date: $each ms"
    expect "an up-to-date run took $each ms, more than 200" [ "$each" -lt 200 ]
}

builds_again_when_sources_change() {
    echo >>"$checkout/models/a.hpp"
    run --version
    expect "an edit is built" called '^cmake --build'
    rm "$checkout/models/a.hpp"
    run --version
    expect "a deletion is built" called '^cmake --build'
    echo >>"$checkout/tests/a.cpp"
    run --version
    expect "the program does not depend on the tests" not_called cmake
}

shows_why_a_build_failed() {
    touch "$checkout/broken" "$checkout/models/b.hpp"
    run run x.json
    expect "a failed build has its own exit status" [ "$status" = 3 ]
    expect "the log's end is shown" grep -q 'error: broken' "$place/err"
    expect "nothing stale runs" [ ! -s "$place/out" ]
    run run x.json
    expect "a failed build is tried again" called '^cmake --build'
    rm "$checkout/broken"
}

boot_asks_for_machines() {
    run boot x.json
    expect "booting needs the machines' packages" called '^apt-get -y install .*mtools$'
    expect "the rest is the program's business" grep -q 'boot x.json' "$place/out"
}

test_builds_everything() {
    run test -R x86
    expect "tests need all targets" called '^cmake --build --preset release --target all drywalk_kernel_image$'
    expect "arguments reach ctest" called '^ctest --preset release .*-R x86$'
    run --version
    expect "everything includes the program" not_called cmake
}

builds_once_when_started_twice() {
    echo >>"$checkout/models/b.hpp"
    : >"$calls"
    (cd "$place" && ./checkout/drywalk --version) >/dev/null 2>&1 &
    (cd "$place" && ./checkout/drywalk --version) >/dev/null 2>&1 &
    wait
    expect "two at once build once" [ "$(grep -c '^cmake --build' "$calls")" = 1 ]
}

works_through_a_link() {
    ln -s "$checkout/drywalk" "$place/bin/drywalk"
    cd /
    expect "a link finds the checkout" [ "$(drywalk here)" = "ran in /: here" ]
}

lay_out_checkout
builds_once_and_hands_over
does_nothing_when_up_to_date
builds_again_when_sources_change
shows_why_a_build_failed
boot_asks_for_machines
test_builds_everything
builds_once_when_started_twice
works_through_a_link
echo "the wrapper works"
