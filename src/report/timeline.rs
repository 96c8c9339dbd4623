//! A run as a trace for viewers such as Perfetto: each instance a track, each platform's levels
//! counters.
//!
//! The format is the JSON of Chrome's trace events: a platform is a process, an instance one of its
//! threads, what an instance does a complete event (`X`), a level a counter (`C`). Times are in
//! microseconds. As Perfetto reads it, slices of a thread must not overlap, numbers of threads are
//! one for all processes, a counter is called by its name and its argument, and `displayTimeUnit`
//! is best left out (google/perfetto, `src/trace_processor/importers/json`, and its FAQ).

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde_json::json;
use tempfile::TempPath;

use super::Part;
use super::rows::decimal;
use crate::kernel::{Seed, Time};
use crate::metric::{Doing, InstanceRow, Recorder, RequestRow, SeriesRow};
use crate::world::{PlatformKind, Specification};

/// Writes the trace of a run on its way. What it keeps of the run are the present levels.
#[derive(Debug)]
pub struct Timeline {
    trace: Trace,
    platforms: BTreeMap<String, Process>,
    scenario: String,
}

/// The file. A run cannot fail, so the first error is kept for its end, and nothing more is written
/// after it.
#[derive(Debug)]
struct Trace {
    to: BufWriter<Part>,
    /// Whether an event stands in it.
    begun: bool,
    error: Option<io::Error>,
}

/// A platform in the trace.
#[derive(Debug)]
struct Process {
    /// Its number, from 1.
    pid: u64,
    counters: &'static [Counter],
    /// What the counters in the file show last.
    shown: Vec<Option<u64>>,
    /// When the levels were told last, and what they were.
    time: Time,
    levels: Vec<Option<u64>>,
}

/// A level as a counter.
#[derive(Debug)]
struct Counter {
    /// What it is called in two words; the second is the name of its argument.
    name: (&'static str, &'static str),
    level: fn(&SeriesRow<'_>) -> Option<u64>,
}

const SERVERS: &[Counter] = &[
    Counter { name: ("queue", "length"), level: |row| Some(row.queue_length) },
    Counter { name: ("busy", "servers"), level: |row| Some(row.busy) },
];

const GROUP: &[Counter] = &[
    Counter { name: ("queue", "length"), level: |row| Some(row.queue_length) },
    Counter { name: ("busy", "servers"), level: |row| Some(row.busy) },
    Counter { name: ("starting", "servers"), level: |row| row.starting },
    Counter { name: ("all", "servers"), level: |row| row.instances },
];

const INSTANCES: &[Counter] = &[
    Counter { name: ("queue", "length"), level: |row| Some(row.queue_length) },
    Counter { name: ("busy", "instances"), level: |row| Some(row.busy) },
    Counter { name: ("starting", "instances"), level: |row| row.starting },
    Counter { name: ("all", "instances"), level: |row| row.instances },
];

impl Timeline {
    /// A trace of a run of `specification` into the file `to`. The run must tell of instances and
    /// levels ([`OutputSpec`](crate::world::OutputSpec)).
    pub fn new(to: Part, specification: &Specification) -> Self {
        let mut trace = Trace { to: BufWriter::new(to), begun: false, error: None };
        let mut platforms = BTreeMap::new();
        trace.write("{\"traceEvents\":[");
        for (pid, platform) in (1..).zip(&specification.platforms) {
            let args = json!({ "name": platform.name });
            trace.event(&format!(r#""ph":"M","name":"process_name","pid":{pid},"args":{args}"#));
            platforms.insert(platform.name.clone(), Process::new(pid, &platform.kind));
        }
        Self { trace, platforms, scenario: specification.name.clone() }
    }

    /// Closes the file of a run with this seed.
    ///
    /// # Errors
    /// If anything could not be written since the start.
    pub fn finish(mut self, seed: Seed) -> io::Result<TempPath> {
        for process in self.platforms.values_mut() {
            // Once more, so that the counters reach to the end of the run.
            process.shown.fill(None);
            process.show(&mut self.trace);
        }
        let about = json!({
            "scenario": self.scenario,
            "seed": seed.number().to_string(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        self.trace.write(&format!("\n],\n\"otherData\":{about}}}\n"));
        self.trace.finish()
    }
}

impl Trace {
    /// Writes an event with these members, on a line of its own.
    fn event(&mut self, members: &str) {
        self.write(if self.begun { ",\n{" } else { "\n{" });
        self.begun = true;
        self.write(members);
        self.write("}");
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.to.write_all(text.as_bytes()).err();
        }
    }

    fn finish(self) -> io::Result<TempPath> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let part = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(part.into_temp_path())
    }
}

impl Process {
    fn new(pid: u64, kind: &PlatformKind) -> Self {
        let counters = match kind {
            PlatformKind::Servers(spec) if spec.group.is_some() => GROUP,
            PlatformKind::Servers(_) => SERVERS,
            _ => INSTANCES,
        };
        let none = vec![None; counters.len()];
        Self { pid, counters, shown: none.clone(), time: Time::ZERO, levels: none }
    }

    /// Writes the levels that are not what the counters show.
    fn show(&mut self, trace: &mut Trace) {
        let (pid, ts) = (self.pid, micros(self.time));
        for ((counter, shown), level) in self.counters.iter().zip(&mut self.shown).zip(&self.levels)
        {
            let before = std::mem::replace(shown, *level);
            if let Some(value) = level.filter(|_| before != *level) {
                let (name, of) = counter.name;
                trace.event(&format!(
                    r#""ph":"C","name":"{name}","pid":{pid},"ts":{ts},"args":{{"{of}":{value}}}"#
                ));
            }
        }
    }
}

impl Recorder for Timeline {
    fn request(&mut self, _: &RequestRow<'_>) {}

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    /// Shows what the levels were before this instant, if it is a new one: what changes and changes
    /// back within one was no level.
    fn levels(&mut self, row: &SeriesRow<'_>) {
        let process = self.platforms.get_mut(row.platform).expect("a platform of the scenario");
        if row.time > process.time {
            process.show(&mut self.trace);
            process.time = row.time;
        }
        for (level, counter) in process.levels.iter_mut().zip(process.counters) {
            *level = (counter.level)(row);
        }
    }

    fn period(&mut self, row: &InstanceRow<'_>) {
        let (processes, pid) = (self.platforms.len() as u64, self.platforms[row.platform].pid);
        // A number for each instance of all platforms, and none that is a process's.
        let tid = processes + pid + row.instance * processes;
        let InstanceRow { application, instance, .. } = row;
        if row.from == row.started {
            let args = json!({ "name": format!("{application} #{instance}") });
            self.trace.event(&format!(
                r#""ph":"M","name":"thread_name","pid":{pid},"tid":{tid},"args":{args}"#
            ));
        }
        let name = match row.doing {
            Doing::Cold => "cold start",
            Doing::Busy => "busy",
            Doing::Idle => "idle",
            Doing::Paused => "paused",
            Doing::Resuming => "resuming",
        };
        let (ts, dur) = (micros(row.from), decimal((row.to - row.from).as_nanos(), 3));
        let host = row.host.map(|host| format!(r#","host":{host}"#)).unwrap_or_default();
        let application = json!(application);
        self.trace.event(&format!(
            r#""ph":"X","name":"{name}","cat":"instance","pid":{pid},"tid":{tid},"ts":{ts},"dur":{dur},"args":{{"application":{application},"instance":{instance}{host}}}"#
        ));
    }
}

/// Microseconds since the start, exactly.
fn micros(time: Time) -> String {
    decimal(time.as_nanos(), 3)
}
