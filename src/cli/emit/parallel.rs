//! A command for GNU parallel, on this machine or over ssh, and the merge.

use std::path::Path;

use super::Sharded;
use crate::report::quoted;

/// The script. Commands are lines of the input: parallel replaces nothing in those.
pub(super) fn script(sharded: &Sharded<'_>) -> String {
    let (title, merge) = (sharded.title(), sharded.merge());
    let parent = Path::new(sharded.out).parent().and_then(Path::to_str).unwrap_or_default();
    let folder = if parent.is_empty() { "." } else { parent };
    let (folder, log) = (quoted(folder), quoted(&format!("{}.joblog", sharded.out)));
    let lines: String =
        (1..=sharded.shards).map(|number| sharded.sweep(&number.to_string(), "1") + "\n").collect();
    format!(
        r#"#!/bin/sh
# {title}, run by GNU parallel and then merged.
#
#   sh SCRIPT [OPTION OF PARALLEL]...    as many at once as there are processors, or as in: sh SCRIPT -j 4
#
# Run it in the folder that its paths start from, with cloudsched on the PATH; over several machines that
# all see this folder: sh SCRIPT --sshlogin one,two --workdir . Run again after a failure, it goes on with
# the shards that are not done.
set -eu

mkdir -p {folder}
parallel --joblog {log} --resume-failed --retries 2 "$@" <<'END'
{lines}END
{merge}
rm -f {log}
"#
    )
}
