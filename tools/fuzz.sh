#!/usr/bin/env bash
# Runs the fuzz targets of tests/fuzz/, as many at a time as there are cores: tools/fuzz.sh [NAME ...], all by default.
# FUZZ_SECONDS is the time of each (default 60), FUZZ_SEED where its random numbers begin (default 0: anywhere). It
# begins with tests/fuzz/seeds/ and with what earlier runs have found, packed in tests/fuzz/corpus/ (tools/fuzz_corpus.sh).
# Inputs that reach something new are kept in build-fuzz/corpus/NAME and tried first by the next run; one that breaks
# something is kept in build-fuzz/findings/, and
# `build-fuzz/fuzz/NAME_fuzz FILE` shows it again.
# The last line is `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."
export FUZZ_SECONDS=${FUZZ_SECONDS:-60}

run_one() {
  local name=$1 corpus=build-fuzz/corpus/$1 packed=build-fuzz/packed findings=build-fuzz/findings log=build-fuzz/findings/$1.log
  mkdir -p "$corpus" "$packed" "$findings"
  tar -C "$packed" -xzf "tests/fuzz/corpus/$name.tar.gz" || { echo "FAILED: $name: its corpus cannot be unpacked"; return; }
  # -max_len: small inputs try more; pickles and checkpoints are larger than texts.
  local length=4096
  case $name in
    pth | pickle | image) length=8192 ;;
    coco) length=2048 ;;
  esac
  if "build-fuzz/fuzz/${name}_fuzz" "$corpus" "$packed/$name" "tests/fuzz/seeds/$name" -seed="${FUZZ_SEED:-0}" -max_total_time="$FUZZ_SECONDS" -max_len=$length \
       -timeout=20 -rss_limit_mb=2560 -print_final_stats=1 -artifact_prefix="$findings/$name-" >"$log" 2>&1; then
    echo "$name: $(grep -oP 'number_of_executed_units: *\K.*' "$log") inputs, no fault"
  else
    echo "FAILED: $name; what it says is in $log:"
    grep -E 'ERROR:|runtime error:|a property|terminate called|what\(\)|SUMMARY|Test unit written' "$log" | head -8
    tail -n 3 "$log"
  fi
}
export -f run_one

if [ $# -eq 0 ]; then
  for program in build-fuzz/fuzz/*_fuzz; do
    name=$(basename "$program")
    set -- "$@" "${name%_fuzz}"
  done
fi
results=$(mktemp)
trap 'rm -f "$results"' EXIT
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one {}' | tee "$results"
failed=$(grep -c '^FAILED' "$results")
passed=$(grep -c ' inputs, no fault$' "$results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq $# ]
