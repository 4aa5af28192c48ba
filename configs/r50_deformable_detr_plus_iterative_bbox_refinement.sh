#!/usr/bin/env bash
# Trains Deformable DETR with iterative box refinement; further options go to `saccade train`.
set -euo pipefail
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/r50_deformable_detr_plus_iterative_bbox_refinement --with_box_refine "$@"
