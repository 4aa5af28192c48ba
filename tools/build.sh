#!/usr/bin/env bash
# Configures (when needed) and builds one preset: tools/build.sh cpu|bench|asan|tsan|fuzz [target ...].
# SACCADE_CUDA=on|off builds the CUDA plug-in too or no longer, for CUDA_ARCHITECTURES such as '90;90+PTX'; without
# them the build stays what it was. SACCADE_PYTHON=on|off is the same for the Python package.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
export PATH="$PWD/.venv/bin:$PATH"
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
folder=build
case "$preset" in asan | tsan | fuzz) folder=build-$preset ;; esac
if [ ! -f "$folder/build.ninja" ] || [ "$preset" = bench ]; then
  cmake --preset "$preset" --log-level=WARNING >/dev/null
fi
settings=()
[ -n "${SACCADE_CUDA:-}" ] && settings+=("-DSACCADE_CUDA=$SACCADE_CUDA")
[ -n "${CUDA_ARCHITECTURES:-}" ] && settings+=("-DCUDA_ARCHITECTURES=$CUDA_ARCHITECTURES")
[ -n "${SACCADE_PYTHON:-}" ] && settings+=("-DSACCADE_PYTHON=$SACCADE_PYTHON")
if [ "$folder" = build ] && [ ${#settings[@]} -gt 0 ]; then
  cmake "${settings[@]}" --log-level=WARNING "$folder" >/dev/null
fi
# On a terminal ninja shows how far it is; in a log only what goes wrong counts.
[ -d "$folder/tests" ] || echo "building $preset (the first time takes about six minutes on two cores)"
quiet=(--quiet)
[ -t 1 ] && quiet=()
cmake --build "$folder" -j "${JOBS:-$(nproc)}" ${1:+--target "$@"} -- "${quiet[@]}"
