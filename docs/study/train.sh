#!/usr/bin/env bash
# Trains a transformer from nothing on 60 of the validation images, over the demo model's backbone, which stays as it is;
# the other 24 are held out. Into folder $1: learn.json, held.json, backbone.safetensors and run/.
set -euo pipefail
: "${SACCADE:=build/bin/saccade}"
.venv/bin/python docs/study/split.py "$1"
train() {
  "$SACCADE" train --output_dir "$1/run" --weights "$1/backbone.safetensors" --resume auto \
    --images assets/val --annotations "$1/learn.json" --val_images assets/val --val_annotations "$1/held.json" \
    --backbone resnet18 --lr_backbone 0 --with_box_refine --two_stage --num_queries 100 --enc_layers 3 --dec_layers 6 \
    --dim_feedforward 512 --dropout 0 --size 320,1333,32 --train_sizes 260,352 --crop_part 0.6 --cache_mode \
    --batch_size 3 --lr 3e-4 --clip_max_norm 0.5 --warmup_steps 100 --lr_schedule cosine --epochs 25 --eval_every 5 \
    --precision bf16 "${@:2}"
}
# The first two epochs, 20 steps each, have checkpoints too.
train "$1" --steps 20
cp "$1/run/checkpoint.pth" "$1/run/checkpoint0000.pth"
train "$1" --steps 40
cp "$1/run/checkpoint.pth" "$1/run/checkpoint0001.pth"
train "$1"
touch "$1/run/done"
