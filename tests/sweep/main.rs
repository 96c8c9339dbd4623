//! Sweeps from end to end: the same bytes however they came about, and what is told when they
//! cannot be.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod doubt;
mod refused;
mod same_bytes;
mod until;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What is swept here, without its `[sweep]`.
const BASE: &str = r#"name = "tiny"
horizon = "20s"

[client.users]
service = "web"
arrivals.poisson = { rate = "20/s" }

[service.web]
platform = "pool"
demand.exponential = { mean = "20ms" }

[platform.pool]
kind = "servers"
servers = 1
"#;

/// Six points.
const GRID: &str = r#"
[sweep]
replications = 4
vary."platform.pool.discipline" = ["fifo", "lifo"]
vary."service.web.demand" = [{ constant = "20ms" }, { exponential = { mean = "20ms" } }, { constant = "40ms" }]
"#;

/// A folder with a scenario in it, in which commands are run.
struct Bench(TempDir);

impl Bench {
    fn new(sweep: &str) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        bench.scenario(&format!("{BASE}{sweep}"));
        bench
    }

    fn scenario(&self, text: &str) {
        fs::write(self.path("a.toml"), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn output(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
        command.args(words.split_whitespace()).current_dir(self.0.path());
        command.env_remove("RAYON_NUM_THREADS").stdin(Stdio::null()).output().unwrap()
    }

    /// Standard output of a command that is done.
    fn done(&self, words: &str) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "{words}: {}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command tells that fails.
    fn fails(&self, words: &str) -> String {
        let output = self.output(words);
        assert_eq!(output.status.code(), Some(1), "{words}: {}", told(&output));
        told(&output)
    }

    /// The files of a folder of results: name and bytes.
    fn files(&self, folder: &str) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), read(&entry.path())))
            .collect();
        files.sort();
        files
    }

    /// The rows of a table of results, below its header.
    fn rows(&self, file: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(self.path(file)).unwrap();
        let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
        reader.records().map(|record| row(record.unwrap())).collect()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The column of a table of results.
fn column(header: &str, name: &str) -> usize {
    header.split(',').position(|column| column == name).unwrap()
}
