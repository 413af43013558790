#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The worked example of docs/trace_format.md: its C program compiles, and its trace gets the report that the page shows.
#   document_test.sh PROGRAM PAGE
set -euo pipefail

program=$1
page=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# fenced LANGUAGE: the first block of that language.
fenced() { awk -v open="\`\`\`$1" '$0 == open {inside = 1; next} $0 == "```" && inside {exit} inside' "$page"; }

cd "$folder"
fenced c >emit.c
fenced text >expected
cc -std=c99 -Wall -Wextra -Werror emit.c -o emit
./emit >trace.jsonl
status=0
"$program" check - <trace.jsonl >report || status=$?
if [[ $status != 1 ]]; then
    echo "exit code $status, 1 expected"
    exit 1
fi
sed -i -E "s/\((commit [0-9a-f]+( with changes)?|unknown commit)\)/(commit 0123456789)/" report # whatever commit this is
diff -u expected report
