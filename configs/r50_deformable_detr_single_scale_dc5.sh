#!/usr/bin/env bash
# Trains Deformable DETR on one feature level of twice the resolution (DC5); further options go to `saccade train`.
set -euo pipefail
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/r50_deformable_detr_single_scale_dc5 --num_feature_levels 1 --dilation "$@"
