#!/usr/bin/env bash
# Trains plain DETR, with its own defaults; further options go to `saccade train`.
set -euo pipefail
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/detr_r50 --model detr "$@"
