#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How fluid Studio is: the graph view with 5,000 operators (graph.cpp), and how soon an edit of MobileNetV2 is answered
# (tests/ui/preliminary_test.cpp). --write puts what it prints into README.md. Runs on the display named by QT_QPA_PLATFORM,
# "offscreen" unless told. REQUANT_ACCEPTANCE_DIR names the folder of models; without one the bundled sample is edited.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
acceptance=${REQUANT_ACCEPTANCE_DIR:-$root/../shared/acceptance}
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}
build=${REQUANT_BUILD_DIR:-$root/build/bench-studio} # a folder that is given is built as it is configured
cmake -S "$root" -B "$build" -G Ninja -DREQUANT_BUILD_BENCH=ON >/dev/null
cmake --build "$build" --target requant_bench_graph test_ui_preliminary >&2
model=$acceptance/models/mobilenet_v2_1.0_224_quant.tflite
samples=$acceptance/data/imagenet_calibration_images.npy
name="MobileNetV2 224, uint8, 63 pictures"
if [ -f "$model" ]; then
    export REQUANT_MODEL=$model REQUANT_SAMPLES=$samples
else
    name="the bundled sample"
fi
failed=0
result=$(
    printf 'Edits of %s (wanted: errors of the edited layer within 150 ms, of all layers within 2,000 ms); load %s at the start.\n\n' \
        "$name" "$(cut -d' ' -f1 /proc/loadavg)"
    printf '| edit | converted (preliminary) ms | errors of the edited layer ms | errors of all layers ms | as asked for ms |\n'
    printf '| --: | --: | --: | --: | --: |\n'
    "$build/tests/ui/test_ui_preliminary" anEditIsShownQuicklyAndThenAsAskedFor | sed -nE \
        's/.*converted in ([0-9]+) ms.*alone (-?[0-9]+) ms, of all layers (-?[0-9]+) ms, as asked for ([0-9]+) ms.*/\1 | \2 | \3 | \4 |/p' |
        awk '{ print "| " NR " | " $0 }'
    echo
    "$build/tests/bench/requant_bench_graph"
) || failed=1
printf '%s\n' "$result"
if [ "${1:-}" = --write ]; then
    fresh=$(mktemp "$here/README.XXXXXX")
    RESULT=$result awk '
        /<!-- studio -->/ { print; print ""; print ENVIRON["RESULT"]; print ""; skip = 1; next }
        /<!-- end of studio -->/ { skip = 0 }
        !skip' "$here/README.md" >"$fresh"
    chmod 644 "$fresh"
    mv "$fresh" "$here/README.md"
fi
exit $failed
