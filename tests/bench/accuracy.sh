#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the command line, installs the runtime that exported files are run in and measures all models x schemes x presets.
#   tests/bench/accuracy.sh --write    puts the table into accuracy.md and accuracy.json; --help lists the options
# REQUANT_ACCEPTANCE_DIR names the folder of models and pictures; without one only the shipped samples are measured. Their 10,000
# test images are those of Debian's package dataset-fashion-mnist: installed, or unpacked below the work folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
acceptance=${REQUANT_ACCEPTANCE_DIR:-$root/../shared/acceptance}
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
cmake -S "$root" -B "$root/build/bench" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREQUANT_BUILD_STUDIO=OFF -DREQUANT_BUILD_TESTS=OFF \
    -DREQUANT_BUILD_BENCH=ON >/dev/null
cmake --build "$root/build/bench" --target requant requant_expose requant_layers

# Only if the packages are not those of the lock file.
runtime=$root/tests/runtime
stamp=$runtime/node_modules/.package-lock.json
if [ ! -f "$stamp" ] || [ "$runtime/package.json" -nt "$stamp" ] || [ "$runtime/package-lock.json" -nt "$stamp" ]; then
    (cd "$runtime" && npm install --ignore-scripts --legacy-peer-deps --no-audit --no-fund && touch "$stamp") ||
        echo "npm could not install the packages of $runtime: exported files are not run in the runtime" >&2
fi

work=$root/build/accuracy
fashion=/usr/share/datasets/fashion-mnist
if [ ! -d "$fashion" ]; then
    unpacked=$work/dataset
    fashion=$unpacked/usr/share/datasets/fashion-mnist
    if [ ! -d "$fashion" ]; then
        mkdir -p "$unpacked"
        if (cd "$unpacked" && apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb .) >/dev/null 2>&1; then
            rm -f "$unpacked"/*.deb
        else
            echo "dataset-fashion-mnist is not installed and cannot be fetched: the samples are measured on the 512 images of the repository" >&2
        fi
    fi
fi
exec node "$here/accuracy.js" --requant "$root/build/bench/app/requant" --expose "$root/build/bench/tests/bench/requant_expose" \
    --layers "$root/build/bench/tests/bench/requant_layers" --sample "$root/resources/sample" --acceptance "$acceptance" --fashion "$fashion" --work "$work" "$@"
