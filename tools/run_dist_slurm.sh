#!/usr/bin/env bash
# Runs a command as a Slurm job, one process per GPU: tools/run_dist_slurm.sh PARTITION JOB GPUS COMMAND...
#
#   GPUS           processes in all
#   GPUS_PER_NODE  processes on each machine (default: GPUS, 8 where GPUS is more)
#   CPUS_PER_TASK  cores of each process (default: 4)
#   SRUN_ARGS      further options of srun, split at blanks
#   MASTER_ADDR    address of rank 0 (default: the first host of the job)
#   MASTER_PORT    port at which rank 0 listens (default: 29500)
#   SACCADE        the program (default: build/bin/saccade of this repository)
#
# Where the cluster has no GPUs: SRUN_ARGS=--gres=none.
set -euo pipefail
[ $# -ge 4 ] || { echo "usage: tools/run_dist_slurm.sh PARTITION JOB GPUS COMMAND..." >&2; exit 2; }
partition=$1 job=$2 gpus=$3
shift 3
[[ $gpus =~ ^[1-9][0-9]{0,3}$ ]] || { echo "run_dist_slurm.sh: GPUS is '$gpus', not a number from 1" >&2; exit 2; }
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
export SACCADE=${SACCADE:-$(cd "$(dirname "$0")/.." && pwd)/build/bin/saccade}
# A path, such as ./job.sh, or a program in PATH runs as it is; any other word is a
# command of saccade, such as eval.
[[ $1 == */* ]] || [ -n "$(type -P -- "$1")" ] || set -- "$SACCADE" "$@"
read -ra more <<<"${SRUN_ARGS:-}"
exec srun -p "$partition" --job-name="$job" --gres=gpu:"$per_node" --ntasks="$gpus" --ntasks-per-node="$per_node" \
  --cpus-per-task="${CPUS_PER_TASK:-4}" --kill-on-bad-exit=1 "${more[@]}" "$@"
