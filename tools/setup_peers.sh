#!/usr/bin/env bash
# Makes .venv-peers: the programs that bench/compare.py measures us against. Does nothing, quickly, when they are there.
# Usage: tools/setup_peers.sh. `.venv`, which builds and tests, is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=.venv-peers/saccade-peers.stamp
wanted=$(cat tools/requirements-peers.txt tools/cuda_stand_ins.sh | sha256sum | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && exit 0
[ -x .venv-peers/bin/python ] || { echo "making .venv-peers"; python3 -m venv .venv-peers; }
echo "installing the peers of the benchmarks (about 900 MB)"
.venv-peers/bin/python -m pip install -q --disable-pip-version-check --no-deps -r tools/requirements-peers.txt
tools/cuda_stand_ins.sh .venv-peers
# What the image peers call must work before the stamp says so.
.venv-peers/bin/python - <<'PYTHON'
import cv2  # noqa: F401
import torch
import torchvision.transforms.v2.functional as functional
from torchvision.io import decode_jpeg, encode_jpeg

picture = torch.zeros(3, 48, 64, dtype=torch.uint8)
assert functional.resize(decode_jpeg(encode_jpeg(picture)), [80]).shape == (3, 80, 106)
PYTHON
echo "$wanted" > "$stamp"
