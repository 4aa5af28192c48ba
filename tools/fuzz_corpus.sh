#!/usr/bin/env bash
# Packs what fuzzing has found into tests/fuzz/corpus/NAME.tar.gz: of the inputs in build-fuzz/corpus/, the smallest that
# together reach as much, up to 400 bytes each. tools/fuzz_corpus.sh [NAME ...], all by default; after `make fuzz`.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- $(ls build-fuzz/corpus)
least=$(mktemp -d)
trap 'rm -rf "$least"' EXIT
mkdir -p tests/fuzz/corpus
for name in "$@"; do
  mkdir "$least/$name"
  "build-fuzz/fuzz/${name}_fuzz" -merge=1 -max_len=400 "$least/$name" "tests/fuzz/seeds/$name" "build-fuzz/corpus/$name" 2>"$least/messages" ||
    { tail -n 5 "$least/messages" >&2; exit 1; }
  # The same bytes for the same inputs.
  tar -C "$least" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c "$name" | gzip -9n >"$least/$name.tar.gz"
  mv "$least/$name.tar.gz" "tests/fuzz/corpus/$name.tar.gz"
  echo "$name: $(ls "$least/$name" | wc -l) inputs"
done
