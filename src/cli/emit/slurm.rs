//! A job array for Slurm, and a job that merges when all its tasks are done.

use super::Sharded;

/// The script: run by itself it submits itself and the merge, run as a task it does a shard.
pub(super) fn script(sharded: &Sharded<'_>) -> String {
    let (title, label, shards) = (sharded.title(), sharded.label(), sharded.shards);
    let sweep = sharded.sweep("\"$SLURM_ARRAY_TASK_ID\"", "\"${SLURM_CPUS_PER_TASK:-1}\"");
    let merge = sharded.merge();
    format!(
        r#"#!/bin/sh
# {title}: a Slurm job array, and a job that merges them when all are done.
#
#   sh SCRIPT [OPTION OF SBATCH]...    submits both, as in: sh SCRIPT --partition=long --time=2:00:00
#   sbatch SCRIPT                      the shards alone; with --array=3 only the third
#
# Submit it from the folder that its paths start from, which all nodes must see at the same place,
# with cloudsched on the PATH. A task that is requeued, or submitted again, goes on after what is done.
#SBATCH --job-name={label}
#SBATCH --array=1-{shards}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -eu

if [ -n "${{SLURM_ARRAY_TASK_ID:-}}" ]; then
  exec {sweep}
fi

job=$(sbatch --parsable "$@" "$0")
job=${{job%%;*}}
echo "shards: job $job"
sbatch --job-name={label}-merge --dependency="afterok:$job" --kill-on-invalid-dep=yes "$@" <<'END'
#!/bin/sh
exec {merge}
END
"#
    )
}
