#!/usr/bin/env bash
# Runs a command in several processes of this machine, or of this and others:
# tools/run_dist_launch.sh GPUS COMMAND...
#
#   GPUS           processes in all, on every machine together
#   GPUS_PER_NODE  processes on this machine (default: GPUS, 8 where GPUS is more)
#   NODE_RANK      which machine this is, from 0 (default: 0)
#   MASTER_ADDR    address of machine 0 (default: 127.0.0.1)
#   MASTER_PORT    port at which rank 0 listens (default: 29500)
#   SACCADE        the program (default: build/bin/saccade of this repository)
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: tools/run_dist_launch.sh GPUS COMMAND..." >&2; exit 2; }
gpus=$1
shift
[[ $gpus =~ ^[1-9][0-9]{0,3}$ ]] || { echo "run_dist_launch.sh: GPUS is '$gpus', not a number from 1" >&2; exit 2; }
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
[[ $per_node =~ ^[1-9][0-9]{0,3}$ ]] || { echo "run_dist_launch.sh: GPUS_PER_NODE is '$per_node', not a number from 1" >&2; exit 2; }
if ((gpus % per_node)); then
  echo "run_dist_launch.sh: $gpus GPUS are no multiple of GPUS_PER_NODE=$per_node" >&2
  exit 2
fi
export SACCADE=${SACCADE:-$(cd "$(dirname "$0")/.." && pwd)/build/bin/saccade}
exec "$SACCADE" launch --nnodes $((gpus / per_node)) --node_rank "${NODE_RANK:-0}" --nproc_per_node "$per_node" \
  --master_addr "${MASTER_ADDR:-127.0.0.1}" --master_port "${MASTER_PORT:-29500}" -- "$@"
