#!/usr/bin/env bash
# The study of docs/study/README.md, from nothing: builds the program, runs every part on the demo model and the street
# images that ship with it, copies the numbers to docs/study/results and writes README.md from them. No GPU is needed.
# Run again, it goes on where it was; what is large stays in $WORK (exps/study). SACCADE names another program.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${WORK:-exps/study}
begun=$SECONDS
[ -n "${SACCADE:-}" ] || make build
export SACCADE=${SACCADE:-build/bin/saccade}
set=(--images assets/val --annotations assets/val/instances.json)
mkdir -p "$work"

# part NAME FILE COMMAND...: runs it unless FILE, which it writes last, is there.
part() {
  local name=$1 file=$work/$2 started=$SECONDS
  shift 2
  if [ -e "$file" ]; then echo "study: $name: there already"; return; fi
  echo "study: $name"
  "$@" >"$work/last.log" 2>&1 || { cat "$work/last.log"; echo "study: $name failed"; exit 1; }
  echo "study: $name: $((SECONDS - started)) s"
}
# Pages are written last: their presence says that a part is done.
sweep() {
  local name=$1
  shift
  part "sweep $name" "$name.html" "$SACCADE" sweep "${set[@]}" "$@" --out "$work/$name" --html "$work/$name.html" --overwrite
}

part "model on its validation images" eval.html \
  "$SACCADE" eval "${set[@]}" --errors "$work/errors" --results "$work/found.json" --html "$work/eval.html" --overwrite
sweep heads --unit dec.cross.head --preselect 48
sweep levels --unit dec.cross.level
sweep layers --unit dec.cross.layer
sweep self-heads --unit dec.self.head
sweep enc-levels --unit enc.level --subset 42
sweep enc-heads --unit enc.head --subset 42
sweep template --template --unit dec.cross.layer
sweep template-enc --template --unit enc.head --subset 42
part "what every head and level looks at" traces/done docs/study/traces.sh "$work/traces"
part "which map is faithful" faith.html \
  "$SACCADE" faith --images assets/images --annotations assets/images/instances.json --out "$work/faith" --html "$work/faith.html" --overwrite
part "search" search.html \
  "$SACCADE" search "${set[@]}" --out "$work/search" --html "$work/search.html" --overwrite
part "training a small one" run/done docs/study/train.sh "$work"
for checkpoint in "$work"/run/checkpoint0*.pth; do
  name=epoch-$(basename "$checkpoint" .pth | tail -c 5)
  part "template at $name" "$name.html" "$SACCADE" sweep --images assets/val --annotations "$work/held.json" \
    --template --unit dec.cross.layer --weights "$checkpoint" --out "$work/$name" --html "$work/$name.html" --overwrite
done

.venv/bin/python docs/study/collect.py "$work" docs/study/results
.venv/bin/python docs/study/write.py
echo "study: docs/study/README.md written, after $((SECONDS - begun)) s"
