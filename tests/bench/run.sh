#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the benchmark, installs the runtimes to measure against and prints a table of all of them, measured in turn.
# Arguments go to bench.js: --rounds N, --write (puts the table into README.md). REQUANT_ACCEPTANCE_DIR names the folder of
# models; without one there is nothing to measure.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
acceptance=${REQUANT_ACCEPTANCE_DIR:-$root/../shared/acceptance}
if [ ! -d "$acceptance/models" ]; then
    echo "skipped: no models in $acceptance (set REQUANT_ACCEPTANCE_DIR)"
    exit 0
fi
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
cmake -S "$root" -B "$root/build/bench" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREQUANT_BUILD_STUDIO=OFF -DREQUANT_BUILD_TESTS=OFF \
    -DREQUANT_BUILD_BENCH=ON >/dev/null
cmake --build "$root/build/bench" --target requant_bench

# Only if the packages are not those of the lock file. What cannot be installed is left out of the table.
for folder in "$here" "$root/tests/runtime"; do
    stamp=$folder/node_modules/.package-lock.json
    if [ ! -f "$stamp" ] || [ "$folder/package.json" -nt "$stamp" ] || [ "$folder/package-lock.json" -nt "$stamp" ]; then
        (cd "$folder" && npm install --ignore-scripts --legacy-peer-deps --no-audit --no-fund && touch "$stamp") ||
            echo "npm could not install the packages of $folder" >&2
    fi
done
exec node "$here/bench.js" --bench "$root/build/bench/tests/bench/requant_bench" --acceptance "$acceptance" "$@"
