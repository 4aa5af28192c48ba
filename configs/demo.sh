#!/usr/bin/env bash
# Trains the demo model: a small two-stage Deformable DETR from nothing, quick enough for two CPU cores.
# DATA is the folder of a set laid out as carla-street (train/, val/, annotations/instances_{train,val}.json);
# further options go to `saccade train`.
set -euo pipefail
: "${DATA:?the folder of the data set, such as DATA=carla-street configs/demo.sh}"
exec "${SACCADE:-$(dirname "$0")/../build/bin/saccade}" train --output_dir exps/demo \
  --images "$DATA/train" --annotations "$DATA/annotations/instances_train.json" \
  --val_images "$DATA/val" --val_annotations "$DATA/annotations/instances_val.json" \
  --backbone resnet18 --norm batch --with_box_refine --two_stage --num_queries 100 \
  --enc_layers 3 --dec_layers 6 --dim_feedforward 512 --dropout 0 \
  --size 320,1333,32 --train_sizes 260,352 --crop_part 0.6 --cache_mode \
  --batch_size 6 --lr 4e-4 --lr_backbone 4e-4 --clip_max_norm 0.5 --warmup_steps 200 \
  --lr_schedule cosine --epochs 80 --ema 0.998 --precision bf16 --eval_every 5 "$@"
