//! Points that are run until a metric is known well enough.

use std::convert::Infallible;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cloudsched::experiment::{Course, Plan, Shard, execute};
use cloudsched::scenario::Draft;
use cloudsched::stats::Interval;

use super::{BASE, Bench, column, read};

const UNTIL: &str = r#"
[sweep]
until = { metric = "response_ms_mean", relative_half_width = 0.08, least = 3, most = 40 }
vary."client.users.arrivals.poisson.rate" = ["5/s", "30/s", "45/s", "60/s"]
"#;

#[test]
fn a_point_stops_as_soon_as_it_is_known_and_not_before() {
    let bench = Bench::new(UNTIL);
    let mut counts: Vec<Vec<usize>> = Vec::new();
    for jobs in [1, 2, 7] {
        bench.done(&format!("sweep a.toml --jobs {jobs} --out out"));
        let text = read(&bench.path("out/runs.csv"));
        let mean = column(text.lines().next().unwrap(), "response_ms_mean");
        let rows = bench.rows("out/runs.csv");
        let values = |rate: &str| -> Vec<f64> {
            let rows = rows.iter().filter(|row| row[0] == rate);
            rows.map(|row| row[mean].parse().unwrap()).collect()
        };
        let points: Vec<Vec<f64>> = ["5/s", "30/s", "45/s", "60/s"].map(values).to_vec();
        for values in &points {
            let narrow = |count: usize| {
                let interval = Interval::of(&values[..count], 0.95).unwrap();
                interval.half_width <= 0.08 * interval.mean
            };
            let first = (3..values.len()).find(|count| narrow(*count));
            assert_eq!(first, None, "it was known before");
            assert!(narrow(values.len()) || values.len() == 40);
        }
        counts.push(points.iter().map(Vec::len).collect());
    }
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert!(counts[0].iter().any(|count| *count != counts[0][0]), "{counts:?}");
    let summary = bench.rows("out/summary.csv");
    let replications: Vec<usize> = summary.iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(replications, counts[0]);
}

/// Runs of microseconds, so that a thread is back before its result is handed over.
const MANY: &str = r#"
[sweep]
until = { metric = "response_ms_mean", relative_half_width = 0.2, least = 2, most = 30 }
sample = { method = "random", points = 40 }
vary."client.users.arrivals.poisson.rate" = { from = "5/s", to = "40/s" }
"#;

#[test]
fn a_single_thread_never_runs_past_what_is_needed_next() {
    let text = format!("{BASE}{MANY}").replace("20s", "1s");
    let draft = Draft::parse("a.toml", &text, Path::new("."), "a", &[]).unwrap();
    let plan = Plan::new(draft, None).unwrap();
    let (sender, ended) = mpsc::channel();
    // Not joined: a thread that waits for ever would keep the test from saying so.
    thread::spawn(move || {
        for _ in 0..50 {
            let mut course = Course::new(&plan, Shard::WHOLE);
            let done = execute(&plan, &mut course, 1, |_, _, _| Ok::<(), Infallible>(()));
            assert!(done.is_ok() && course.next().is_none());
        }
        sender.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_mins(2)).expect("all sweeps end");
}
