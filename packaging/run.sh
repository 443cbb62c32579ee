#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and opens Requant Studio on the sample model (or on the one named). Without a display
# it does the same job headless: converts to two targets and writes models, report and a picture of Studio.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: packaging/run.sh [--headless] [-o FOLDER] [MODEL.tflite]
  --headless  do not open a window even if there is a display
  -o FOLDER   where the headless run writes (default: out/<model>)
  MODEL       a quantized TFLite model (default: the bundled sample)
TEXT
}

headless=no folder='' model=''
while [ $# -gt 0 ]; do
    case $1 in
        --headless) headless=yes ;;
        -o) [ $# -ge 2 ] || die "-o needs a folder"; folder=$2; shift ;;
        -h|--help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) model=$1 ;;
    esac
    shift
done
sample=$root/resources/sample/fashion_mobilenet_uint8.tflite
model=$(realpath -m -- "${model:-$sample}")
[ -f "$model" ] || die "there is no file $model"
[ -z "$folder" ] || folder=$(realpath -m -- "$folder")

mapfile -t packages < <(listed packages-build.txt)
install_missing "${packages[@]}"
build release
bin=$root/build/release/app

if [ "$headless" = no ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    say "Opening Requant Studio on $model"
    exec "$bin/requant-studio" "$model"
fi

folder=${folder:-$root/out/$(basename "$model" .tflite)}
mkdir -p "$folder"
say "No window: converting $(basename "$model") to symmetric and symmetric-pow2"
samples=()
if [ "$model" = "$sample" ] && [ -f "$root/resources/sample/fashion_test_images.npy" ]; then
    samples=(--samples "$root/resources/sample/fashion_test_images.npy")
fi
status=0 # 1 tells findings: the models are written, and the report says what was found
"$bin/requant" convert "$model" --profile symmetric --profile symmetric-pow2 "${samples[@]}" -o "$folder" || status=$?
[ "$status" -le 1 ] || exit "$status"
QT_QPA_PLATFORM=offscreen "$bin/requant-studio" --profile symmetric-pow2 "${samples[@]}" \
    --screenshot "$folder/studio.png" --size 1600x1000 "$model"
say "Written to $folder:"
ls -1 "$folder"
exit "$status"
