#!/usr/bin/env bash
# Trains two-stage Deformable DETR (with box refinement); further options go to `saccade train`.
set -euo pipefail
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/r50_deformable_detr_plus_iterative_bbox_refinement_plus_plus_two_stage --with_box_refine --two_stage "$@"
