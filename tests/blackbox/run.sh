#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh STUDIO SOURCE_FOLDER STORY: starts a display, a session bus, a window manager and Requant Studio with an empty home, and drives it
# through the accessibility bus and the keyboard, as STORY.py beside this file tells. Everything it starts ends with it.
# Without a package that it needs it ends with 77 (skipped); with REQUANT_NO_SKIP=1 that is a failure.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage='usage: run.sh STUDIO SOURCE_FOLDER STORY'
studio=$(realpath "${1:?$usage}")
source=$(realpath "${2:?$usage}")
story=${3:?$usage}

skip() {
    [ -z "${REQUANT_NO_SKIP:-}" ] || { printf 'FAILED: %s\n' "$*"; exit 1; }
    printf 'skipped: %s\n' "$*"
    exit 77
}
for program in Xvfb openbox xdotool dbus-run-session /usr/bin/python3; do
    command -v "$program" >/dev/null || skip "there is no $program (packaging/packages-test.txt)"
done
/usr/bin/python3 -c 'import pyatspi' 2>/dev/null || skip "there is no python3-pyatspi (packaging/packages-test.txt)"

if [ -z "${REQUANT_BLACKBOX_INSIDE:-}" ]; then
    work=$(mktemp -d)
    display=''
    end() {
        [ -z "$display" ] || kill "$display" 2>/dev/null || true
        rm -rf "$work"
    }
    trap end EXIT
    mkdir -p "$work/home" "$work/run" "$work/out"
    chmod 700 "$work/run"
    mkfifo "$work/number"
    Xvfb -displayfd 3 -screen 0 1440x960x24 -nolisten tcp 3>"$work/number" 2>"$work/xvfb.log" &
    display=$!
    read -r -t 30 number <"$work/number" || { cat "$work/xvfb.log"; skip "Xvfb does not start"; }
    env -u WAYLAND_DISPLAY REQUANT_BLACKBOX_INSIDE="$work" DISPLAY=":$number" HOME="$work/home" XDG_RUNTIME_DIR="$work/run" \
        XDG_CONFIG_HOME="$work/home/.config" XDG_DATA_HOME="$work/home/.local/share" XDG_CACHE_HOME="$work/home/.cache" \
        LANG=C.UTF-8 LC_ALL=C.UTF-8 QT_QPA_PLATFORM=xcb QT_ACCESSIBILITY=1 QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 NO_AT_BRIDGE=0 \
        dbus-run-session -- "${BASH_SOURCE[0]}" "$studio" "$source" "$story" 2>"$work/bus.log" || { status=$?; cat "$work/bus.log"; exit "$status"; }
    exit 0
fi

work=$REQUANT_BLACKBOX_INSIDE
openbox >"$work/openbox.log" 2>&1 &
manager=$!
trap 'kill "$manager" 2>/dev/null || true' EXIT
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/$story.py" "$studio" "$source" "$work/out"
