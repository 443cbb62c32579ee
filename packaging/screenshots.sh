#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws the pictures of README and help into resources/screenshots: Studio in a real window under Xvfb.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: packaging/screenshots.sh [MODEL.tflite [SAMPLES]]
  MODEL    a quantized TFLite model (default: the bundled sample)
  SAMPLES  pictures, .npy or raw file (default: the sample's own)
The programs must have been built (packaging/run.sh or packaging/test.sh); needs xvfb-run.
TEXT
}

case ${1:-} in -h|--help) usage; exit 0 ;; esac
studio=''
for preset in release dev; do
    if [ -z "$studio" ] && [ -x "$root/build/$preset/app/requant-studio" ]; then
        studio=$root/build/$preset/app/requant-studio
    fi
done
[ -n "$studio" ] || die "build first: packaging/run.sh"
sample=$root/resources/sample
model=${1:-$sample/fashion_mobilenet_uint8.tflite}
samples=${2:-}
[ -n "$samples" ] || [ -n "${1:-}" ] || samples=$sample/fashion_test_images.npy
folder=$root/resources/screenshots
mkdir -p "$folder"
settings=$(mktemp -d)
trap 'rm -rf "$settings"' EXIT

# draw NAME SIZE THEME PROFILE [option ...]
draw() {
    local name=$1 size=$2 theme=$3 profile=$4
    shift 4
    XDG_CONFIG_HOME=$settings XDG_RUNTIME_DIR=$settings QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1920x1200x24" \
        "$studio" --screenshot "$folder/$name.png" --size "$size" --theme "$theme" --profile "$profile" \
        ${samples:+--samples "$samples"} "$@" "$model"
    say "$folder/$name.png"
}

draw studio-light 1600x1000 light symmetric-pow2 --select 7 --show layer,activations,heat
draw studio-dark 1600x1000 dark symmetric --select 7 --show scheme,weights,heat
draw studio-causes 1600x1000 dark symmetric-pow2 --select 7 --show why,causes,heat
draw studio-compare 1600x1000 light symmetric --variant symmetric-pow2 --select 7 --show layer,compare
draw studio-small 1280x800 light symmetric --select 7 --show why,scale
model=$sample/fashion_mobilenet_uint8.tflite samples=$sample/fashion_test_images.npy
draw studio-issues 1280x800 light amd-dpu --show scheme,issues
draw studio-help 1280x800 dark symmetric --select 3 --show help,histogram
draw studio-recipe 1280x800 light esp-dl-s3 --select 3 --show steps,rules
