#!/usr/bin/env bash
# `make package`: both packages, unpacked elsewhere, run on the LibTorch that they bring. For make test-slow (half a minute).
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s package >/dev/null
dpkg-deb -x packages/saccade_*.deb "$work/deb"
tar xf packages/saccade-*.tar.gz -C "$work"
depends=$(dpkg-deb --field packages/saccade_*.deb Depends)
for library in libcairo2 libjpeg62-turbo libsimdjson fonts-dejavu-core; do
  [[ "$depends" == *"$library"* ]] || { echo "the package does not depend on $library: $depends" >&2; exit 1; }
done
for root in "$work/deb/usr" "$work"/saccade-*; do
  if ldd "$root/libexec/saccade/saccade-torch" | grep -E "not found|$PWD/"; then
    echo "$root: loads libraries that are not its own" >&2
    exit 1
  fi
  "$root/bin/saccade" selftest | grep -q "all checking is True"
  (cd "$work" && "$root/bin/saccade" detect "$root/share/saccade/images/Town01_005820.jpg" --out "$work/found.png" --overwrite --quiet)
done
