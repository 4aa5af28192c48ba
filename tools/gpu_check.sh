#!/usr/bin/env bash
# Checks and times the build on a machine with a GPU; one run of some minutes. In a checkout, or where
# tools/gpu_bundle.sh's archive was unpacked. Usage: tools/gpu_check.sh [OUT], a folder for logs and figures.
#
# PARTS, such as "selftest tests", chooses among: doctor selftest tests goldens sanitizer op infer train.
set -uo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-gpu-check}")
parts=${PARTS:-doctor selftest tests goldens op infer train sanitizer}
mkdir -p "$out"
failed=0

torch=$(python3 -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])" 2>/dev/null)
if [ -f built_in ]; then
  [ -n "$torch" ] || { echo "gpu_check: python3 here has no torch" >&2; exit 1; }
  export LD_LIBRARY_PATH=$torch/lib:$PWD/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  built_in=$(cat built_in)  # compiled into the tests
  [ -e "$built_in" ] || { mkdir -p "$(dirname "$built_in")" && ln -s "$PWD" "$built_in"; }
fi

# run NAME SECONDS COMMAND...: its output goes to a file, its end is told.
run() {
  local name=$1 limit=$2 start=$SECONDS
  shift 2
  if timeout "$limit" "$@" > "$out/$name.log" 2>&1; then
    echo "ok    $name ($((SECONDS - start)) s): $(tail -1 "$out/$name.log" | cut -c1-160)"
  else
    echo "BAD   $name (exit code $?, $((SECONDS - start)) s): $(grep -v '^$' "$out/$name.log" | tail -1 | cut -c1-240)"
    failed=1
  fi
}
bench() { run "$1" 90 "build/bench/$2_bench" "${@:3}"; }

command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
for part in $parts; do
  case "$part" in
    doctor) run doctor 60 build/bin/saccade doctor ;;
    selftest) run selftest 240 build/bin/saccade selftest ;;
    tests) for test in op_cuda gpu model loss train dist; do
        [ -x "build/tests/${test}_tests" ] && run "${test}_tests" 300 "build/tests/${test}_tests" --gtest_brief=1
      done ;;
    goldens) run goldens 200 build/tests/goldens tests/goldens ;;
    sanitizer) run sanitizer 240 compute-sanitizer --error-exitcode 9 build/tests/op_cuda_tests '--gtest_filter=*/1.*' ;;
    op)
      for shape in enc1333 dec800; do
        for pass in forward forward_backward; do
          for dtype in bfloat16 float32; do
            bench "op-$shape-$pass-$dtype" op --device cuda --rounds 3 --shape $shape --pass $pass --dtype $dtype
          done
        done
      done
      bench op-deterministic op --device cuda --rounds 3 --shape enc1333 --pass forward_backward --deterministic ;;
    infer)
      for batch in 1 8; do
        for precision in bf16 fp32; do
          bench "infer-$batch-$precision" infer --device cuda --height 800 --width 1333 --batch $batch --precision $precision
        done
      done ;;
    train) for precision in bf16 fp32; do
        bench "train-$precision" train --device cuda --precision $precision --height 800 --width 1333 --batch 2
      done ;;
    *) echo "gpu_check: no part is called $part" >&2; exit 2 ;;
  esac
done
cat "$out"/op-*.log "$out"/infer-*.log "$out"/train-*.log 2>/dev/null | grep '^{' > "$out/figures.jsonl"
exit $failed
