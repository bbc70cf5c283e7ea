#!/bin/sh
#SBATCH --job-name=orrery-sweep
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=64M
# Eight parts of a sweep as an array: sbatch slurm-array.sh; when all have finished,
# orrery merge part-*.json -o sweep.json
set -eu
exec orrery sweep token-bucket \
  --x capacity=1..40:8 --y offered=1..20:4 --metric refused/offered \
  --runs 25 --until 60 --seed 1 --jobs 1 \
  --shard "$SLURM_ARRAY_TASK_ID/8" \
  -o "part-$SLURM_ARRAY_TASK_ID.json"
