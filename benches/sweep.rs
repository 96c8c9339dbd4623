//! Sweeps as the command runs them: all points compiled first, runs on threads, a journal, the files.
//!
//! ```text
//! cargo bench --bench sweep
//! ```
//!
//! - *speed*: 64 runs with two jobs against one, on the wall, in turns in one process.
//! - *memory*: the peak of processes of their own with 100 and with 10,000 points, and with more jobs.
//! - *points*: what 10,000 points of a tiny scenario take beyond the runs themselves.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and tells what it read"
)]

#[path = "support/memory.rs"]
mod memory;
mod support;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use cloudsched::experiment::{Course, Plan, Run, Shard, execute};
use cloudsched::report::{Folder, Header, Journal, JournalReader, fingerprint, write_sweep};
use cloudsched::scenario::Draft;
use cloudsched::world;
use memory::{peak_memory_of, tell_peak_memory};
use support::{Rounds, Verdict, is_benchmark, time};

/// A sweep of so many points, `replications` runs each, of a station at which `requests` end.
fn plan(points: u64, replications: u64, requests: u64) -> Plan {
    // Two axes, so that the file does not grow with the points.
    let side = points.isqrt();
    assert_eq!(side * side, points, "points are a square");
    let values = |from: u64, unit: &str| -> String {
        let values = (from..from + side).map(|value| format!("\"{value}{unit}\""));
        values.collect::<Vec<_>>().join(", ")
    };
    let (rates, demands) = (values(50, "/s"), values(1000, "us"));
    let text = format!(
        r#"
name = "sweep"
requests = {requests}
[client.users]
service = "web"
arrivals.poisson = {{ rate = "50/s" }}
[service.web]
platform = "pool"
demand.exponential = {{ mean = "1ms" }}
[platform.pool]
kind = "servers"
servers = 2
[sweep]
replications = {replications}
vary."client.users.arrivals.poisson.rate" = [{rates}]
vary."service.web.demand.exponential.mean" = [{demands}]
"#
    );
    let draft = Draft::parse("sweep.toml", &text, Path::new("."), "sweep", &[]);
    match draft.and_then(|draft| Plan::new(draft, None)) {
        Ok(plan) => plan,
        Err(error) => panic!("{}", error.render(false)),
    }
}

/// What the command `sweep` does, with its files in a folder that is then removed.
fn sweep(plan: &Plan, jobs: usize) {
    let out = tempfile::tempdir().expect("there is room for results");
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let checked = threads.expect("there are threads").install(|| plan.check());
    checked.expect("all points are right");
    let header = Header {
        form: Header::FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: plan.name().to_owned(),
        file: plan.sources().file_name().to_owned(),
        text: plan.sources().file().to_owned(),
        sets: Vec::new(),
        seed: plan.seed().number(),
        shard: (0, 1),
        fingerprint: fingerprint(plan, plan.sources(), &[]).to_string(),
        warnings: Vec::new(),
    };
    let mut journal = Journal::start(out.path(), &header).expect("there is room for results");
    let mut course = Course::new(plan, Shard::WHOLE);
    execute(plan, &mut course, jobs, |run, ended, _| journal.write(plan.index(run), ended))
        .expect("the journal is written");
    let reader = JournalReader::open(journal.path()).expect("the journal is read");
    let (reader, _) = reader.expect("it has its first line");
    let folder = Folder::open(out.path()).expect("the folder is there");
    write_sweep(plan, &header, &mut [reader], folder).expect("the files are written");
    journal.remove().expect("the journal is removed");
}

/// Seconds on the wall that `work` takes: that of all its threads together is what counts here.
fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// One job against two: how many times as long one takes, the median and the least of the rounds.
fn compare_jobs(requests: u64, rounds: usize) -> (f64, f64) {
    let plan = plan(16, 4, requests);
    let rounds = Rounds::run(rounds, 2, |two| seconds(|| sweep(&plan, two + 1)));
    let (one, two, (ratio, least)) = (rounds.median(0), rounds.median(1), rounds.ratio(0, 1));
    println!("64 runs of {requests} requests\n");
    println!(
        "    1 job {one:>8.2} s\n    2 jobs {two:>7.2} s   {ratio:.2} times (least {least:.2})\n"
    );
    (ratio, least)
}

/// Microseconds that a point takes beyond its run, with one job.
fn beyond_runs(points: u64, rounds: usize) -> f64 {
    let plan = plan(points, 1, 10);
    let compiled = |point| plan.compile(point).expect("all points are right");
    let specifications: Vec<_> = (0..points).map(compiled).collect();
    let seed = plan.replication(Run { point: 0, replication: 0 }).seed;
    let runs = || {
        for specification in &specifications {
            std::hint::black_box(world::run(specification, seed, None, None));
        }
    };
    let rounds = Rounds::run(rounds, 2, |contestant| match contestant {
        0 => seconds(|| sweep(&plan, 1)),
        _ => time(runs).0 / 1e9,
    });
    let (whole, runs) = (rounds.median(0), rounds.median(1));
    let each = (whole - runs) / points as f64 * 1e6;
    println!("{points} points of one run of 10 requests, one job\n");
    println!(
        "    the sweep {whole:>6.3} s, its runs alone {runs:.3} s: {each:.0} us a point beyond\n"
    );
    each
}

fn measure_memory(verdict: &mut Verdict) {
    println!("peak resident memory of a sweep\n");
    let at = |points: u64, jobs: u64| {
        let peak = peak_memory_of(&[points, jobs])?;
        println!("    {points:>6} points, {jobs} jobs {peak:>7.1} MB");
        Some(peak)
    };
    let (few, many) = (at(100, 2), at(10_000, 2));
    let more = at(100, 16);
    println!();
    let (Some(few), Some(many), Some(more)) = (few, many, more) else {
        println!("    not measured: only Linux tells it\n");
        return;
    };
    verdict
        .require(many <= 1.2 * few, "100 times as many points take at most 1.2 times the memory");
    verdict.require(more < 8.0 * few, "8 times as many jobs take less than 8 times the memory");
}

fn main() -> ExitCode {
    let told = tell_peak_memory(|numbers| sweep(&plan(numbers[0], 1, 1000), numbers[1] as usize));
    if told {
        return ExitCode::SUCCESS;
    }
    if !is_benchmark() {
        compare_jobs(100, 1);
        beyond_runs(100, 1);
        return ExitCode::SUCCESS;
    }
    let mut verdict = Verdict::new();
    measure_memory(&mut verdict);
    let each = beyond_runs(10_000, 5);
    verdict.require(each < 1000.0, "10,000 points take less than 1 ms each beyond their runs");
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let (ratio, _) = compare_jobs(400_000, 7);
    let wanted = "two jobs are at least 1.8 times as fast as one";
    if processors >= 2 {
        verdict.require(ratio >= 1.8, wanted);
    } else {
        println!("asked where there are two processors: {wanted}");
    }
    verdict.exit_code()
}
