//! What is told where there is no page.

use std::fs;
use std::path::Path;

use super::{cloudsched, everything, report};

/// What `report` tells of a folder of which it makes no page, with `DIR` for the folder.
fn told(folder: &Path) -> String {
    let output = report(folder);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    assert!(!folder.join("report.html").exists());
    let text = String::from_utf8(output.stderr).unwrap();
    text.replace(&folder.display().to_string(), "DIR")
}

#[test]
fn a_folder_without_results() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(&folder.path().join("none")), "error: there is no folder DIR\n");
    let nothing = "error: nothing to report in DIR: there is no summary.csv, compare.csv or another \
                   file of results\n  \
                   help: it needs a folder that `run --out`, `sweep` or `compare --out` wrote\n";
    assert_eq!(told(folder.path()), nothing);
    fs::write(folder.path().join("summary.csv"), "replications,response_ms_p99_mean\n").unwrap();
    assert_eq!(told(folder.path()), nothing);
}

#[test]
fn a_sweep_that_is_not_finished() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".unfinished.jsonl"), "{}\n").unwrap();
    assert_eq!(
        told(folder.path()),
        "error: the sweep in DIR is not finished\n  help: `sweep --resume` goes on with it\n"
    );
    fs::rename(folder.path().join(".unfinished.jsonl"), folder.path().join("shard.jsonl")).unwrap();
    assert_eq!(
        told(folder.path()),
        "error: DIR holds one shard of a sweep\n  help: `merge` puts all shards together\n"
    );
    // Results of a sweep before that one are shown, and it is told that they are old.
    let folder = everything();
    fs::write(folder.path().join(".unfinished.jsonl"), "{}\n").unwrap();
    let output = report(folder.path());
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        "note: a sweep into this folder is not finished; the page shows an older one\n"
    );
}

/// What is told of `everything` with `from` in `file` changed to `to`.
fn broken(file: &str, from: &str, to: &str) -> String {
    let folder = everything();
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
    told(folder.path())
}

#[test]
fn what_is_broken_has_a_place() {
    assert_eq!(
        broken("summary.csv", "410,", "fast,"),
        "error: DIR/summary.csv:3: expected a number in column 4, `response_ms_p50_mean`, but found \
         `fast`\n"
    );
    assert_eq!(
        broken("bill.csv", "0.2\n", "much\n"),
        "error: DIR/bill.csv:2: expected a number in column 7, `cost_usd`, but found `much`\n"
    );
    assert_eq!(
        broken("compare.csv", "p_holm", "p_other"),
        "error: DIR/compare.csv:1: there is no column `p_holm`\n"
    );
    assert_eq!(
        broken("manifest.toml", "confidence = 0.9", "confidence = \"high\""),
        "error: DIR/manifest.toml:6: invalid type: string \"high\", expected f64\n"
    );
    let told = broken("manifest.toml", "sets = [", "sets = [[[");
    assert!(told.starts_with("error: DIR/manifest.toml:10: "), "{told}");
}

#[test]
fn a_page_cannot_be_a_folder() {
    let folder = everything();
    let shown = folder.path().to_str().unwrap();
    let output = cloudsched(["report", shown, "--out", shown]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!("error: cannot write {shown}: it is a folder\n")
    );
}
