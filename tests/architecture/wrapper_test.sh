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
    mkdir -p "$checkout/sim/cli"
    echo '    Command{"run", "run a scenario", command_run},' >"$checkout/sim/cli/main.cpp"
    echo 'project(drywalk VERSION 1.2.3 LANGUAGES CXX)' >"$checkout/CMakeLists.txt"
    touch "$checkout"/CMakePresets.json "$checkout/models/a.hpp" "$checkout/tests/a.cpp"
    cp "$wrapper" "$checkout/drywalk"
    fake cmake <<'BODY'
[[ $1 == --build ]] || exit 0
if [[ -e slow ]]; then sleep 30; fi
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

tells_about_itself_without_building() {
    run --version
    expect "the version needs no build" [ "$(cat "$place/out")" = "drywalk 1.2.3 (not built yet)" ]
    run --help
    expect "help without a build ends well" [ "$status" = 0 ]
    expect "help without a build lists the commands" grep -q '^  run  *run a scenario$' "$place/out"
    expect "help names the wrapper's own command" grep -q '^  test ' "$place/out"
    expect "help says how the wrapper ends" grep -q 'ends with 3' "$place/out"
    run
    expect "no command is bad usage" [ "$status" = 2 ]
    expect "nothing is installed or built for that" [ ! -s "$calls" ]
}

installs_nothing_when_told_so() {
    run --no-install run x.json
    expect "packages are left alone" not_called '^apt-get'
    expect "what is missing is named" grep -q 'not installed, and going on without: libfmt-dev' "$place/err"
    expect "it is built all the same" [ "$(cat "$place/out")" = "ran in $place: run x.json" ]
    rm -r "$checkout/build"
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

# The fastest of several runs: others may be using the machine.
does_nothing_when_up_to_date() {
    local fastest=1000000 start took
    for ((i = 0; i < 10; ++i)); do
        start=${EPOCHREALTIME/./}
        run machines
        took=$(((${EPOCHREALTIME/./} - start) / 1000))
        if ((took < fastest)); then fastest=$took; fi
        expect "up to date means no tool is called" [ ! -s "$calls" ]
        expect "up to date means no word" [ ! -s "$place/err" ]
    done
    echo "up to date: $fastest ms"
    expect "an up-to-date run took $fastest ms, more than 200" [ "$fastest" -lt 200 ]
}

builds_again_when_sources_change() {
    echo >>"$checkout/models/a.hpp"
    run machines
    expect "an edit is built" called '^cmake --build'
    rm "$checkout/models/a.hpp"
    run machines
    expect "a deletion is built" called '^cmake --build'
    echo >>"$checkout/tests/a.cpp"
    run machines
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
    run machines
    expect "everything includes the program" not_called cmake
}

builds_once_when_started_twice() {
    echo >>"$checkout/models/b.hpp"
    : >"$calls"
    (cd "$place" && ./checkout/drywalk machines) >/dev/null 2>&1 &
    (cd "$place" && ./checkout/drywalk machines) >/dev/null 2>&1 &
    wait
    expect "two at once build once" [ "$(grep -c '^cmake --build' "$calls")" = 1 ]
}

# A process group of its own stands for the terminal's; in the background of a script SIGINT would be ignored.
says_that_a_build_was_interrupted() {
    touch "$checkout/slow" "$checkout/models/c.hpp"
    status=0
    (cd "$place" && exec env --default-signal=INT setsid ./checkout/drywalk machines) >"$place/out" 2>"$place/err" &
    local process=$!
    for ((i = 0; i < 100; ++i)); do
        if pgrep -P "$process" sleep >/dev/null || pgrep -g "$process" sleep >/dev/null; then break; fi
        sleep 0.1
    done
    kill -INT -- "-$process"
    wait "$process" || status=$?
    rm "$checkout/slow"
    expect "an interrupted build ends as shells report it, not with $status" [ "$status" = 130 ]
    expect "the word is interrupted" grep -q '^drywalk: interrupted' "$place/err"
    expect "it does not count as failed" not_in_errors 'failed'
    run machines
    expect "the next run builds" called '^cmake --build'
}

not_in_errors() { ! grep -q -- "$1" "$place/err"; }

runs_where_it_may_not_write() {
    if ((EUID == 0)); then
        as_other_user runs_in_a_foreign_checkout
    else
        chmod -R a-w "$checkout/build"
        runs_in_a_foreign_checkout
        chmod -R u+w "$checkout/build"
    fi
}

# Root may write everywhere, so that a root's test needs another user.
as_other_user() {
    if ! command -v setpriv >/dev/null; then return; fi
    chmod -R a+rX "$place"
    chmod a+rwx "$place"
    touch "$calls" "$place/out" "$place/err"
    chmod a+rw "$calls" "$place/out" "$place/err"
    export -f run expect fail called not_called runs_in_a_foreign_checkout refuses_a_stale_foreign_build
    export place checkout
    setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "set -euo pipefail; $1" || exit 1
}

runs_in_a_foreign_checkout() {
    run machines
    expect "a complete build of another user runs" [ "$(cat "$place/out")" = "ran in $place: machines" ]
    expect "it needs no tool" [ ! -s "$calls" ]
    expect "and no words" [ ! -s "$place/err" ]
    run test
    expect "tests need a folder that can be written to" [ "$status" = 3 ]
    expect "and say so in one line" [ "$(wc -l <"$place/err")" = 1 ]
}

refuses_a_stale_foreign_build() {
    run machines
    expect "a stale build that cannot be renewed is refused" [ "$status" = 3 ]
    expect "with one line that says why" grep -q 'cannot be written to, and holds no complete build' "$place/err"
    expect "and nothing runs" [ ! -s "$place/out" ]
}

works_through_a_link() {
    ln -s "$checkout/drywalk" "$place/bin/drywalk"
    cd /
    expect "a link finds the checkout" [ "$(drywalk here)" = "ran in /: here" ]
}

lay_out_checkout
tells_about_itself_without_building
installs_nothing_when_told_so
builds_once_and_hands_over
does_nothing_when_up_to_date
builds_again_when_sources_change
shows_why_a_build_failed
boot_asks_for_machines
test_builds_everything
builds_once_when_started_twice
says_that_a_build_was_interrupted
runs_where_it_may_not_write
if ((EUID == 0)); then
    touch "$checkout/models/d.hpp"
    as_other_user refuses_a_stale_foreign_build
    run machines
fi
works_through_a_link
echo "the wrapper works"
