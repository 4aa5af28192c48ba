#!/usr/bin/env bash
# The longer tests: readers under the sanitizers, with 100,000 random mutations of the good files; training
# killed at 30 random moments; the packages of `make package`, unpacked; the Python package as a wheel; 20 seconds of
# every fuzz target.
# The last line is `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What skipped all or some of its tests says so in words of GoogleTest or pytest.
check() {
  if "$@" 2>&1 | tee "$log"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $*"; fi
  skipped=$((skipped + $(sed -nE 's/^\[  SKIPPED \] ([0-9]+) tests?.*/\1/p; s/.*[ ,]([0-9]+) skipped.*/\1/p; s/^([0-9]+) skipped.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')))
}
for tests in build-asan/tests/*_tests; do check "$tests" --gtest_brief=1; done
SACCADE_MUTATIONS=${MUTATIONS:-100000} check build-asan/tests/data_tests --gtest_brief=1 --gtest_filter='CocoMutation.*'
check build-asan/tests/mutate_checkpoints tests/goldens/checkpoints "${MUTATIONS:-100000}"
SACCADE_HOSTILE_REQUESTS=${MUTATIONS:-10000} check build-asan/tests/server_tests --gtest_brief=1 --gtest_filter='HttpServerTest.RandomRequests*'
SACCADE_LOAD_SECONDS=60 SACCADE_HOSTILE_REQUESTS=10000 check .venv/bin/python -m pytest -q -p no:cacheprovider tests/cli/test_view.py tests/cli/test_view_load.py -k 'hostile or many_clients'
SACCADE_KILLS=${KILLS:-30} check .venv/bin/python -m pytest -q -p no:cacheprovider tests/cli/test_train.py -k kill
check tests/tools/package_test.sh
# From the same seed every time, so that a change is to blame for what it finds; `make fuzz` looks elsewhere each time.
FUZZ_SEED=1 FUZZ_SECONDS=${FUZZ_SECONDS:-20} check tools/fuzz.sh
SACCADE_WHEEL=1 check .venv/bin/python -m pytest -q -p no:cacheprovider tests/python/test_package.py -k wheel
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
