# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by run.sh and test.sh: installing what is missing and building. Sourced by bash with `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The packages named in a list file, one a line, # for comments.
listed() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/packaging/$1"; }

# Installs those of the packages given that are not there; does nothing at all if they are.
install_missing() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "Not a Debian system: please see to these packages yourself: $*"
        return 0
    fi
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "these packages are missing and there is no sudo; as root run:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} missing packages: ${missing[*]}"
    # A third-party source that cannot be reached must not stop the installation of what Debian has.
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -qq update || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        -qq install -y --no-install-recommends "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}

# Node 18 or newer with npm, from wherever; Debian 12's packages where there is none.
install_node() {
    local major
    major=$({ node --version 2>/dev/null || true; } | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    if [ "${major:-0}" -ge 18 ] && command -v npm >/dev/null; then
        return 0
    fi
    install_missing nodejs npm
}

# build PRESET: configures and builds into build/PRESET, only what changed.
build() {
    cd "$root" || die "there is no folder $root"
    say "Building ($1)"
    mkdir -p build
    cmake --preset "$1" >"$root/build/configure-$1.log" 2>&1 || { cat "$root/build/configure-$1.log" >&2; die "cmake could not configure"; }
    rm -f "$root/build/configure-$1.log"
    cmake --build --preset "$1" || die "the build failed"
}
