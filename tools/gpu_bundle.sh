#!/usr/bin/env bash
# Packs the build for a machine with a GPU that has LibTorch's Python wheel and nothing else of ours: no packages, no
# compiler, no checkout. Usage: tools/gpu_bundle.sh FILE.tar.xz [PROGRAM ...], where PROGRAMs are of build/tests and
# build/bench (default: those that have something to do there). Unpack there and run tools/gpu_check.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "$1")
shift
[ -f build/libexec/saccade/libsaccade_cuda.so ] || {
  echo "gpu_bundle: this build has no CUDA kernels; make build SACCADE_CUDA=on" >&2
  exit 1
}
programs=("$@")
if [ ${#programs[@]} -eq 0 ]; then
  programs=(tests/op_cuda_tests tests/gpu_tests tests/model_tests tests/loss_tests tests/train_tests tests/dist_tests
            tests/goldens bench/op_bench bench/infer_bench bench/train_bench)
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
into=$folder/saccade
mkdir -p "$into/lib" "$into/assets"
files=(bin/saccade libexec/saccade/saccade-torch libexec/saccade/libsaccade_cuda.so)
for program in "${programs[@]}"; do
  if [ -f "build/$program" ]; then files+=("$program"); else echo "gpu_bundle: build/$program is not built, left out" >&2; fi
done
for file in "${files[@]}"; do
  install -D "build/$file" "$into/build/$file"
  strip --strip-unneeded "$into/build/$file"
done
# Libraries of Debian's packages, but not those of every Linux, of LibTorch, or of a CUDA toolkit.
for file in "${files[@]}"; do ldd "$into/build/$file" 2>/dev/null || true; done | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
  sort -u | grep -vE '/(libc|libm|libdl|librt|libpthread|libutil|libstdc\+\+|libgcc_s|ld-linux[^/]*)\.so|/torch/lib/|/nvidia/|^/usr/local/' |
  while read -r library; do cp -L "$library" "$into/lib/"; done
mkdir -p "$into/bench" "$into/tools" "$into/tests"
cp bench/*.py "$into/bench/"
cp tools/gpu_check.sh "$into/tools/"
cp -r assets/. "$into/assets/"
cp -r tests/goldens tests/assets "$into/tests/"
mkdir -p "$into/build/share"
ln -s ../../assets "$into/build/share/saccade"
pwd > "$into/built_in"  # tests look for their files there
XZ_OPT="-1 -T0" tar -C "$folder" -cJf "$out" saccade
echo "wrote $out, $(du -h "$out" | cut -f1)"
