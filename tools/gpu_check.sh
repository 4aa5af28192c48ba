#!/usr/bin/env bash
# Checks and times the build on a machine with a GPU; one run of some minutes. In a checkout, or where
# tools/gpu_bundle.sh's archive was unpacked. Usage: tools/gpu_check.sh [OUT], a folder for logs and figures.
#
# PARTS, such as "selftest tests", chooses among: doctor selftest tests goldens sanitizer op infer train kernels.
set -uo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-gpu-check}")
parts=${PARTS:-doctor selftest tests goldens op infer train sanitizer}
mkdir -p "$out"
rm -f "$out/failed"

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
    touch "$out/failed"  # a variable would be lost where several run together
  fi
}
bench() { run "$1" 60 "build/bench/$2_bench" --threads 8 "${@:3}"; }
profile="ncu --clock-control none"

command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
for part in $parts; do
  case "$part" in
    doctor) run doctor 60 build/bin/saccade doctor ;;
    selftest) run selftest 240 build/bin/saccade selftest ;;
    # Together: nothing here is timed, and a lent GPU is lent for minutes.
    tests) for test in op_cuda gpu model loss train dist; do
        [ -x "build/tests/${test}_tests" ] && OMP_NUM_THREADS=3 run "${test}_tests" 120 "build/tests/${test}_tests" --gtest_brief=1 &
      done
      wait ;;
    goldens) run goldens 200 build/tests/goldens tests/goldens ;;
    sanitizer) for tool in memcheck racecheck; do
        run $tool 240 compute-sanitizer --tool $tool --error-exitcode 9 build/tests/op_cuda_tests '--gtest_filter=*/1.*' &
      done
      wait ;;
    kernels)
      run kernels-op 40 $profile --set detailed --section WarpStateStats -k regex:'forward_kernel|gradient' --launch-skip 6 --launch-count 3 --kill yes \
        build/bench/op_bench --device cuda --rounds 1 --shape enc1333 --pass forward_backward --dtype bfloat16 --peers ours
      SACCADE_CUDA_GRAPHS=off run kernels-infer 40 $profile --csv --metrics gpu__time_duration.sum --launch-skip 1600 --launch-count 1000 --kill yes \
        build/bench/infer_bench --device cuda --height 800 --width 1333 --precision bf16 --rounds 3 ;;
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
[ ! -e "$out/failed" ]
