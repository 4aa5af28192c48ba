#!/usr/bin/env bash
# The attention of every query of the validation images, all decoder layers: one trace for each image, into folder $1.
set -euo pipefail
: "${SACCADE:=build/bin/saccade}"
mkdir -p "$1"
for image in assets/val/*.jpg; do
  name=$(basename "$image" .jpg)
  "$SACCADE" explain "$image" --layer all --kind grid --quiet --overwrite \
    --out "$1/last.png" --trace "$1/$name.safetensors"
done
touch "$1/done"
