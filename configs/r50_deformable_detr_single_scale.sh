#!/usr/bin/env bash
# Trains Deformable DETR on one feature level; further options go to `saccade train`.
set -euo pipefail
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/r50_deformable_detr_single_scale --num_feature_levels 1 "$@"
