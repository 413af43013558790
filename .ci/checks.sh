# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Checks that need no build, for .ci/run and the pre-commit hook. To be sourced in the root of the checkout.

cpp_files() { git ls-files -- '*.cpp' '*.hpp' '*.c' '*.h'; }
shell_files() { git ls-files -- '*.sh' drywalk .ci/run .ci/hostile .ci/tidy .ci/hooks/pre-commit; }

# check_format FILE...: lists what clang-format would change.
check_format() { clang-format --dry-run -Werror --style=file "$@"; }

check_shell() { shellcheck --severity=style "$@"; }
