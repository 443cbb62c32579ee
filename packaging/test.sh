#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building and testing need, builds, and runs every test through ctest. The last line counts the tests;
# the exit code is ctest's. Arguments go to ctest (for instance: packaging/test.sh -R core).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t packages < <(listed packages-build.txt; listed packages-test.txt)
install_missing "${packages[@]}"

# The runtime that exported models are proved in. npm runs only if its packages are not those of the lock file.
runtime=$root/tests/runtime
if [ -f "$runtime/package.json" ]; then
    install_node
    stamp=$runtime/node_modules/.package-lock.json
    if [ ! -f "$stamp" ] || [ "$runtime/package.json" -nt "$stamp" ] || [ "$runtime/package-lock.json" -nt "$stamp" ]; then
        say "Installing the runtime for the tests (npm)"
        for attempt in 1 2 3; do
            (cd "$runtime" && npm install --ignore-scripts --legacy-peer-deps --no-audit --no-fund) && break
            [ "$attempt" -lt 3 ] || die "npm could not install the packages of tests/runtime"
            sleep 5
        done
        touch "$stamp"
    fi
fi

build dev
say "Testing"
log=$root/build/dev/test-output.txt
status=0
ctest --preset dev --no-tests=error -j "$(nproc)" "$@" 2>&1 | tee "$log" || status=$?

# ctest's own closing sentence: "83% tests passed, 1 tests failed out of 6".
summary=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log" | tail -n 1)
[ -n "$summary" ] || die "ctest ran no tests (exit code $status)"
failed=${summary% *}
total=${summary#* }
skipped=$(grep -c '\*\*\*Skipped' "$log" || true)
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$((total - failed - skipped)) passed, $failed failed"
exit "$status"
