#!/usr/bin/env bash
# Configures (when needed) and builds one preset: tools/build.sh cpu|bench|asan [target ...].
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
export PATH="$PWD/.venv/bin:$PATH"
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
folder=build
[ "$preset" = asan ] && folder=build-asan
if [ ! -f "$folder/build.ninja" ] || [ "$preset" = bench ]; then
  cmake --preset "$preset" --log-level=WARNING >/dev/null
fi
cmake --build "$folder" -j "${JOBS:-$(nproc)}" ${1:+--target "$@"} -- --quiet
