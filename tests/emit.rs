//! The scripts of `sweep --emit`: that shells and YAML parsers take them, and that what they run is
//! the sweep. `.ci/engines` runs them on Slurm and under GNU parallel.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

const SCENARIO: &str = r#"name = "It's $(a) sweep"
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

[sweep]
replications = 4
vary."platform.pool.discipline" = ["fifo", "lifo"]
"#;

/// Where the scenario and the results are; no word of a shell.
const FILE: &str = "it's a $HOME.toml";
const OUT: &str = "the re$ults/$(all) of it";
const SETS: [&str; 2] = ["service.web.demand={ constant = \"30ms\" }", "name=\"$$ 'x' $(y)\""];

struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        fs::write(bench.0.path().join(FILE), SCENARIO).unwrap();
        bench
    }

    fn sweep(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
        command.args(["sweep", FILE, "--seed", "7"]).current_dir(self.0.path());
        for set in SETS {
            command.args(["--set", set]);
        }
        command.args(words).stdin(Stdio::null()).output().unwrap()
    }

    /// The script for an engine.
    fn emit(&self, words: &[&str]) -> String {
        let words = [&["--shards", "3", "--out", OUT, "--emit"], words].concat();
        let output = self.sweep(&words);
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a shell does with a script, with the program on its path.
    fn shell(&self, script: &str, options: &[&str], variables: &[(&str, &str)]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_cloudsched")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let file = self.0.path().join("script.sh");
        fs::write(&file, script).unwrap();
        let mut command = Command::new("sh");
        command.args(options).arg(file).current_dir(self.0.path()).env("PATH", path);
        command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap()
    }

    fn done(&self, script: &str, variables: &[(&str, &str)]) -> String {
        let output = self.shell(script, &[], variables);
        assert!(output.status.success(), "{script}\n{}", told(&output));
        told(&output)
    }

    /// The files of a folder of results.
    fn files(&self, folder: &str) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.0.path().join(folder)).unwrap().map(Result::unwrap);
        let file = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        };
        let mut files: Vec<_> = entries.map(file).collect();
        files.sort();
        files
    }

    /// That the merged results are those of one process.
    fn check(&self) {
        let whole = self.sweep(&["--out", "whole"]);
        assert!(whole.status.success(), "{}", told(&whole));
        assert!(self.files("whole") == self.files(OUT), "the results differ");
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The lines between `<<'END'` and `END`.
fn input(script: &str) -> &str {
    script.split_once("<<'END'\n").unwrap().1.split_once("END\n").unwrap().0
}

#[test]
fn a_slurm_script_does_shards_and_a_merge() {
    let bench = Bench::new();
    let script = bench.emit(&["slurm"]);
    insta::assert_snapshot!("slurm", script);
    let syntax = bench.shell(&script, &["-n"], &[]);
    assert!(syntax.status.success(), "{}", told(&syntax));
    for task in ["3", "1", "2"] {
        bench.done(&script, &[("SLURM_ARRAY_TASK_ID", task)]);
    }
    bench.done(input(&script), &[]);
    bench.check();
    // A task that is requeued after its end does nothing again.
    let again = bench.done(&script, &[("SLURM_ARRAY_TASK_ID", "2")]);
    assert!(again.contains("shard 2/3 in") && again.contains("is finished already"), "{again}");
    // Of another scenario it does.
    fs::write(bench.0.path().join(FILE), SCENARIO.replace("20s", "21s")).unwrap();
    let other = bench.done(&script, &[("SLURM_ARRAY_TASK_ID", "2")]);
    assert!(!other.contains("already"), "{other}");
    let merged = bench.shell(input(&script), &[], &[]);
    assert!(!merged.status.success() && told(&merged).contains("is of another sweep"));
}

#[test]
fn a_command_for_parallel_does_shards_and_a_merge() {
    let bench = Bench::new();
    let script = bench.emit(&["parallel"]);
    insta::assert_snapshot!("parallel", script);
    let syntax = bench.shell(&script, &["-n"], &[]);
    assert!(syntax.status.success(), "{}", told(&syntax));
    bench.done(input(&script), &[]);
    let merge = script.lines().find(|line| line.starts_with("cloudsched merge ")).unwrap();
    bench.done(merge, &[]);
    bench.check();
}

/// A command as Kubernetes hands it on: `$$` is `$`, and `$(NAME)` stays where no variable is called
/// so. (Its own documents; k8s.io/kubernetes, `third_party/forked/golang/expansion`.)
fn expanded(command: &str) -> String {
    command.replace("$$", "$")
}

#[test]
fn a_manifest_does_shards_and_a_merge() {
    let bench = Bench::new();
    let manifest = bench.emit(&["kubernetes", "--image", "here/it:1", "--claim", "my-claim"]);
    insta::assert_snapshot!("kubernetes", manifest);
    let documents = YamlLoader::load_from_str(&manifest).unwrap();
    let [shards, merge] = documents.as_slice() else { panic!("{} documents", documents.len()) };
    let spec = &shards["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    assert_eq!(spec["completions"].as_i64(), Some(3));
    assert_eq!(merge["spec"]["suspend"].as_bool(), Some(true));
    let command = |job: &Yaml| {
        assert_eq!(job["kind"].as_str(), Some("Job"));
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(pod["restartPolicy"].as_str(), Some("OnFailure"));
        let claim = &pod["volumes"][0]["persistentVolumeClaim"]["claimName"];
        assert_eq!(claim.as_str(), Some("my-claim"));
        let container = &pod["containers"][0];
        assert_eq!(container["image"].as_str(), Some("here/it:1"));
        assert_eq!(container["volumeMounts"][0]["mountPath"], container["workingDir"]);
        expanded(container["args"][0].as_str().unwrap())
    };
    for index in ["0", "2", "1"] {
        bench.done(&command(shards), &[("JOB_COMPLETION_INDEX", index)]);
    }
    bench.done(&command(merge), &[]);
    bench.check();
}

#[test]
fn what_makes_no_sense_is_told() {
    let bench = Bench::new();
    let mut all = String::new();
    for (words, status) in [
        (&["--emit", "slurm"][..], 2),
        (&["--shards", "3"], 2),
        (&["--emit", "slurm", "--shards", "3", "--jobs", "2"], 2),
        (&["--emit", "slurm", "--shards", "3", "--shard", "1/3"], 2),
        (&["--emit", "parallel", "--shards", "3", "--resume"], 2),
        (&["--emit", "kubernetes", "--shards", "3", "--claim", "results"], 2),
        (&["--emit", "slurm", "--shards", "3", "--image", "here/it:1"], 2),
        (&["--emit", "slurm", "--shards", "9"], 1),
        (&["--emit", "slurm", "--shards", "3", "--out", "a\nb"], 1),
    ] {
        let output = bench.sweep(words);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {}", told(&output));
        assert!(output.stdout.is_empty(), "{words:?}");
        let first = told(&output).split("\n\n").next().unwrap().trim_end().to_owned();
        all += &format!("== {words:?}\n{first}\n\n");
    }
    insta::assert_snapshot!("emit_refused", all);
}
