#!/usr/bin/env bash
# The main job on the shipped model: detect, explain and evaluate on street scenes and two real photographs.
# Pictures go to demo-out/.
set -euo pipefail
cd "$(dirname "$0")/.."
saccade=build/bin/saccade
out=demo-out
mkdir -p "$out"
one=assets/images/Town03_013980.jpg

$saccade detect assets/images --out "$out/detections" --overwrite
$saccade detect assets/photos --out "$out/photos" --threshold 0.3 --overwrite
$saccade detect "$one" --out "$out/detect.svg" --overwrite
$saccade explain "$one" --class vehicle --out "$out/points.png" --overwrite
$saccade explain "$one" --class vehicle --kind heat --out "$out/heat.png" --overwrite
$saccade explain "$one" --class vehicle --kind grid --out "$out/grid.png" --overwrite
$saccade explain "$one" --class vehicle --kind references --out "$out/references.png" --overwrite
$saccade explain "$one" --module encoder --at 320,218 --out "$out/encoder-token.png" --overwrite
for photo in assets/photos/*.jpg; do
  $saccade explain "$photo" --out "$out/points-$(basename "$photo" .jpg).png" --overwrite
done
set=(--images assets/images --annotations assets/images/instances.json)
$saccade data show "${set[@]}" --out "$out/truth.png" --overwrite
$saccade data show "${set[@]}" --augmented --id 534 --out "$out/augmented.png" --overwrite
$saccade data stats "${set[@]}" --out "$out/stats.png" --overwrite --quiet
$saccade eval "${set[@]}" --tide --plot "$out/precision-recall.png" --overwrite
echo "the pictures are in $out/; next: build/bin/saccade view, and open the address that it prints"
