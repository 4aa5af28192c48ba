#!/usr/bin/env bash
# Writes packages/saccade_VERSION_ARCH.deb and packages/saccade-VERSION-Linux.tar.gz of what `make build` built.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack --config build/CPackConfig.cmake -B "$work" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
rm -rf packages  # an older version's among them
mkdir packages
mv "$work"/*.deb "$work"/*.tar.gz packages/
ls -sh packages
