#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the Debian package into build/package and checks what is in it. With --twice the package is built a second time from
# the same tree and must have the same bytes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mapfile -t packages < <(listed packages-build.txt)
install_missing "${packages[@]}" appstream desktop-file-utils shared-mime-info file

# Time stamps in the package are those of the last commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

make_package() {
    rm -rf "${root:?}/build/package"
    mkdir -p "$root/build/package"
    (cd "$root/build/package" && umask 022 && cpack --config "$root/build/release/CPackConfig.cmake" >cpack.log) ||
        { cat "$root/build/package/cpack.log" >&2; die "cpack failed"; }
    ls "$root"/build/package/*.deb
}

desktop-file-validate "$root/packaging/requant-studio.desktop"
appstreamcli validate --no-net "$root/packaging/requant-studio.metainfo.xml" | { ! grep "^E:"; } || die "the AppStream metadata is not valid"
build release
say "Packing"
deb=$(make_package)
first=$(sha256sum <"$deb")
if [ "${1:-}" = --twice ]; then
    deb=$(make_package)
    [ "$(sha256sum <"$deb")" = "$first" ] || die "the second package differs from the first"
    say "Packed twice: the same bytes"
fi
for path in usr/bin/requant usr/bin/requant-studio usr/share/applications/requant-studio.desktop usr/share/man/man1/requant.1 \
    usr/share/mime/packages/requant.xml usr/share/metainfo/requant-studio.metainfo.xml usr/share/bash-completion/completions/requant \
    usr/share/requant/sample/fashion_mobilenet_uint8.tflite; do
    dpkg-deb --fsys-tarfile "$deb" | tar -t | grep -q "^\./$path\(\.gz\)\?$" || die "$path is not in the package"
done
dpkg-deb --field "$deb" Package Version Architecture Depends Recommends
say "$deb"
