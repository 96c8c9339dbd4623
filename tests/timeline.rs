//! The trace of `run --timeline`: what viewers need of it, and that it agrees with the figures.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cloudsched::world::PlatformKind;
use serde_json::Value;

/// Runs a scenario of the smoke tests, all of it measured.
fn run(scenario: &str, more: &[&str]) -> Output {
    let file = format!("scenarios/smoke/{scenario}.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command.args(["run", &file, "--set", "warm_up=0s", "--format", "json"]).args(more);
    command.stdin(Stdio::null()).output().unwrap()
}

/// The figures of a run, and its trace in `folder`.
fn traced(scenario: &str, folder: &Path) -> (Value, Value) {
    let file = folder.join("trace.json");
    let output = run(scenario, &["--timeline", file.to_str().unwrap()]);
    assert!(output.status.success(), "{scenario}: {}", String::from_utf8_lossy(&output.stderr));
    let figures = serde_json::from_slice(&output.stdout).unwrap();
    (figures, serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
}

/// How many servers a platform of a scenario has.
fn servers_of(scenario: &str, platform: &str) -> u32 {
    let file = format!("scenarios/smoke/{scenario}.toml");
    let platforms = cloudsched::scenario::load(file.as_ref(), &[]).unwrap().specification.platforms;
    let found = platforms.into_iter().find(|known| known.name == platform).unwrap();
    match found.kind {
        PlatformKind::Servers(servers) => servers.servers,
        _ => panic!("{platform} has instances"),
    }
}

/// Microseconds with up to three digits behind the point, in nanoseconds.
fn nanos(time: &Value) -> u64 {
    let nanos = time.as_f64().unwrap() * 1000.0;
    assert!((nanos - nanos.round()).abs() < 1e-3, "{time} is finer than a nanosecond");
    nanos.round() as u64
}

/// What an instance did, from when, until when, in nanoseconds.
type Slice = (String, u64, u64);

/// What is in a trace.
#[derive(Default)]
struct Trace {
    processes: BTreeMap<u64, String>,
    threads: BTreeMap<(u64, u64), String>,
    slices: BTreeMap<(u64, u64), Vec<Slice>>,
    /// By process and name as Perfetto makes it: from when it had which value.
    counters: BTreeMap<(u64, String), Vec<(u64, u64)>>,
    end: u64,
}

impl Trace {
    fn of(trace: &Value) -> Self {
        let mut read = Self::default();
        for event in trace["traceEvents"].as_array().unwrap() {
            read.event(event);
        }
        read
    }

    fn event(&mut self, event: &Value) {
        let pid = event["pid"].as_u64().unwrap();
        let name = event["name"].as_str().unwrap();
        let args = event["args"].as_object().unwrap();
        let thread = || (pid, event["tid"].as_u64().unwrap());
        let called = || args["name"].as_str().unwrap().to_owned();
        match (event["ph"].as_str().unwrap(), name) {
            ("M", "process_name") => assert_eq!(self.processes.insert(pid, called()), None),
            ("M", "thread_name") => assert_eq!(self.threads.insert(thread(), called()), None),
            ("X", _) => {
                let (from, length) = (nanos(&event["ts"]), nanos(&event["dur"]));
                self.end = self.end.max(from + length);
                let slices = self.slices.entry(thread()).or_default();
                slices.push((name.to_owned(), from, from + length));
                let (application, instance) = (&args["application"], &args["instance"]);
                let thread = format!("{} #{instance}", application.as_str().unwrap());
                assert_eq!(self.threads[&(pid, event["tid"].as_u64().unwrap())], thread);
            }
            ("C", _) => {
                let time = nanos(&event["ts"]);
                self.end = self.end.max(time);
                for (kind, value) in args {
                    let key = (pid, format!("{name} {kind}"));
                    let steps = self.counters.entry(key).or_default();
                    steps.push((time, value.as_u64().unwrap()));
                }
            }
            other => panic!("{other:?}"),
        }
    }

    /// The nanoseconds that instances of a process spent so.
    fn spent(&self, pid: u64, doing: &[&str]) -> f64 {
        let of_process = self.slices.iter().filter(|((of, _), _)| *of == pid);
        let slices = of_process.flat_map(|(_, slices)| slices);
        slices
            .filter(|(did, ..)| doing.contains(&did.as_str()))
            .map(|(_, a, b)| (b - a) as f64)
            .sum()
    }

    /// Value times nanoseconds under a counter.
    fn area(&self, pid: u64, counter: &str) -> f64 {
        let steps = &self.counters[&(pid, counter.to_owned())];
        assert_eq!(steps[0].0, 0, "{counter} begins at the start");
        assert_eq!(steps.last().unwrap().0, self.end, "{counter} reaches to the end");
        let pairs = steps.windows(2);
        pairs.map(|pair| pair[0].1 as f64 * (pair[1].0 - pair[0].0) as f64).sum()
    }
}

const SCENARIOS: [&str; 6] =
    ["faas-late", "faas-early", "faas-cap", "evictions", "servers-ps", "calls"];

#[test]
fn slices_and_counters_agree_with_the_figures() {
    let folder = tempfile::tempdir().unwrap();
    let mut instances = 0;
    for scenario in SCENARIOS {
        let (figures, trace) = traced(scenario, folder.path());
        let trace = Trace::of(&trace);
        let names: Vec<&String> = figures["platforms"].as_object().unwrap().keys().collect();
        assert_eq!(trace.processes.values().collect::<Vec<_>>(), names, "{scenario}");
        for (pid, platform) in &trace.processes {
            let agree = |metric: &str, area: f64| {
                let mean = figures["platforms"][platform][metric].as_f64().unwrap();
                let told = area / trace.end as f64;
                let here = format!("{scenario}, {platform}, {metric}: {told} for {mean}");
                assert!((told - mean).abs() < 1e-9 * (1.0 + mean), "{here}");
            };
            agree("queue_length_mean", trace.area(*pid, "queue length"));
            if figures["platforms"][platform]["instances_mean"].is_null() {
                let busy = trace.area(*pid, "busy servers");
                let servers = servers_of(scenario, platform);
                agree("utilisation", busy / f64::from(servers));
                continue;
            }
            instances += 1;
            for (metric, doing, counter) in [
                ("instances_mean", &["cold start", "busy", "idle"][..], Some("all instances")),
                ("busy_instances_mean", &["busy"], Some("busy instances")),
                ("idle_instances_mean", &["idle"], None),
            ] {
                agree(metric, trace.spent(*pid, doing));
                if let Some(counter) = counter {
                    agree(metric, trace.area(*pid, counter));
                }
            }
            let starting = trace.area(*pid, "starting instances");
            assert_eq!(starting, trace.spent(*pid, &["cold start"]), "{scenario}, {platform}");
        }
    }
    assert!(instances > 5, "only {instances} platforms with instances");
}

#[test]
fn tracks_are_as_viewers_need_them() {
    let folder = tempfile::tempdir().unwrap();
    for scenario in SCENARIOS {
        let (_, trace) = traced(scenario, folder.path());
        let trace = Trace::of(&trace);
        let mut tids: Vec<u64> = trace.slices.keys().map(|(_, tid)| *tid).collect();
        tids.extend(trace.processes.keys());
        tids.sort_unstable();
        let all = tids.len();
        tids.dedup();
        assert_eq!(tids.len(), all, "{scenario}: a number twice");
        for (thread, slices) in &trace.slices {
            for pair in slices.windows(2) {
                assert_eq!(pair[0].2, pair[1].1, "{scenario}, {thread:?}: a gap or an overlap");
            }
            assert!(slices.iter().all(|(_, from, to)| from < to), "{scenario}, {thread:?}");
        }
        for (counter, steps) in &trace.counters {
            let (last, before) = steps.split_last().unwrap();
            assert!(before.windows(2).all(|p| p[0].0 < p[1].0 && p[0].1 != p[1].1), "{counter:?}");
            assert!(before.last().is_none_or(|step| step.0 <= last.0), "{counter:?}");
        }
    }
}

#[test]
fn a_trace_changes_nothing_and_is_the_same_bytes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let traces = ["one.json", "two.json"].map(|name| folder.path().join("new").join(name));
    let rows = folder.path().join("rows");
    let plain = run("evictions", &[]);
    let [one, two] = traces.each_ref().map(|path| path.to_str().unwrap());
    assert!(run("evictions", &["--timeline", one]).stdout == plain.stdout);
    let both = run("evictions", &["--timeline", two, "--out", rows.to_str().unwrap()]);
    assert!(both.stdout == plain.stdout);
    let [one, two] = traces.each_ref().map(|path| fs::read(path).unwrap());
    assert!(one == two, "two runs give two traces");
    // Nothing is left beside them, and the folder has what the scenario asks for.
    let names = |path: &Path| {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&folder.path().join("new")), ["one.json", "two.json"]);
    let files = ["bill.csv", "manifest.toml", "quantiles.csv", "runs.csv", "summary.csv"];
    assert_eq!(names(&rows), files);
    let trace: Value = serde_json::from_slice(&one).unwrap();
    assert_eq!(trace["otherData"]["scenario"], "evictions");
    let hosted = trace["traceEvents"].as_array().unwrap().iter().any(|e| e["args"]["host"] == 0);
    assert!(hosted, "no slice tells its host");
}

#[test]
fn what_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let told = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();
    let several = run("faas-cap", &["--timeline", "trace.json", "--replications", "2"]);
    assert_eq!(several.status.code(), Some(2), "{}", told(&several));
    assert!(told(&several).contains("cannot be used with '--replications"), "{}", told(&several));
    let into_folder = run("faas-cap", &["--timeline", path]);
    assert_eq!(into_folder.status.code(), Some(1));
    assert_eq!(told(&into_folder), format!("error: cannot write {path}: it is a folder\n"));
}

/// Who interrupts a run finds the folder as it was before.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [new, old] = ["new", "old"].map(|name| folder.path().join(name));
    fs::create_dir(&old).unwrap();
    fs::write(old.join("mine.txt"), "mine").unwrap();
    for out in [&new, &old] {
        let out = out.to_str().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
        command.args(["run", "tests/cmd/files/mm1.toml", "--out", out]);
        command.args(["--set", "horizon=30d", "--set", "output.requests=true"]);
        let mut run = command.stderr(Stdio::null()).spawn().unwrap();
        let begun = || {
            fs::read_dir(out).is_ok_and(|mut files| {
                files.any(|file| file.unwrap().metadata().is_ok_and(|file| file.len() > 1000))
            })
        };
        while !begun() {
            assert_eq!(run.try_wait().unwrap(), None, "it was to go on");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let kill = Command::new("kill").args(["-INT", &run.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(run.wait().unwrap().code(), Some(130));
    }
    assert!(!new.exists());
    assert_eq!(fs::read_dir(&old).unwrap().count(), 1);
}
