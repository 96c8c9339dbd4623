//! `PiCloud`: its queue, its processes, its nodes and its bill, worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod always;
mod bill;
mod capacity;
mod wrong;

use std::fmt::Write as _;
use std::fs;

use cloudsched::metric::{Doing, InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};
use cloudsched::model::Outcome;
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::run;

/// A platform with nodes of 4 cores of type `a`, each of one unit, and of 2 cores of type `b`, each of 2;
/// a node starts in 90 s, a process in 500 ms.
const CLOUD: &str = r#"
    [platform.cloud]
    kind = "picloud"
    core_type = "a"
    core_types.a = { units = 1, memory = "1GB", cores = [1, 2, 4], node = { cores = 4, memory = "4GB" } }
    core_types.b = { units = 2, memory = "1GB", cores = [1, 2], node = { cores = 2, memory = "3GB" } }
    boot.constant = "90s"
    spawn.constant = "500ms"
"#;

/// Jobs by second, service and demand in seconds, one a row in order of time.
fn load(jobs: &[(f64, &str, f64)], scenario: &str, sets: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("time_s,service,duration_s\n");
    for (time, service, demand) in jobs {
        writeln!(rows, "{time},{service},{demand}").unwrap();
    }
    fs::write(folder.path().join("jobs.csv"), rows).unwrap();
    let path = folder.path().join("jobs.csv");
    let client = format!(
        "output = {{ requests = true, instances = true }}\n\
         client.log.arrivals.trace = {{ format = 'requests', path = '{}' }}\n",
        path.display()
    );
    // The types `a` and `b` have no price.
    let free = !sets.iter().any(|set| set.contains("price"));
    let free = free.then_some("platform.cloud.price={ request = 0 }");
    let sets: Vec<String> = sets.iter().copied().chain(free).map(str::to_owned).collect();
    let text = format!("{client}{scenario}{CLOUD}");
    let loaded = load_text("test.toml", &text, folder.path(), "test", &sets)
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    // The trace is streamed while it is replayed.
    let _ = folder.keep();
    loaded
}

/// What was told of a run: jobs in order of their end, nodes.
#[derive(Default)]
struct Told {
    /// Service, seconds until its end since the start, how it ended, whether it was cold.
    jobs: Vec<(String, f64, Outcome, Option<bool>)>,
    /// Number of the node, type of core, what it did, from and to in seconds.
    nodes: Vec<(u64, String, Doing, f64, f64)>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let end = (row.sent + row.response).as_secs_f64();
        self.jobs.push((row.service.to_owned(), end, row.outcome, row.cold));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let time = (row.from.as_secs_f64(), row.to.as_secs_f64());
        self.nodes.push((row.instance, row.application.to_owned(), row.doing, time.0, time.1));
    }

    fn levels(&mut self, _: &SeriesRow<'_>) {}
}

fn told(loaded: &Loaded) -> (Told, RunOutcome) {
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told, outcome)
}

/// When each job ended, by service, in order of their ends.
fn ends(told: &Told) -> Vec<(&str, f64)> {
    told.jobs.iter().map(|(service, end, ..)| (service.as_str(), *end)).collect()
}

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let metrics = outcome.metrics();
    let (_, value) = metrics.iter().find(|(metric, _)| *metric == name).unwrap();
    value.map_or(f64::NAN, Value::as_f64)
}

const ONE: &str = "capacity.fixed.nodes=1";

fn cloud(set: &str) -> String {
    format!("platform.cloud.{set}")
}

/// One node, and a job that takes all of it for 100 s. Behind it come, at 1 to 5 s, `low` of priority 0,
/// `high` of priority 5, and `low` again, each with 4 cores for 10 s: the urgent one goes first, the others
/// in order of arrival. Each has the process of the one before: the spawn of 500 ms is paid once.
#[test]
fn the_queue_is_in_order_of_priority_and_arrival() {
    let services = "service.low = { platform = 'cloud', cores = 4 }\n\
                    service.high = { platform = 'cloud', cores = 4, priority = 5 }\n";
    let jobs = [(0.0, "low", 100.0), (1.0, "low", 10.0), (2.0, "high", 10.0), (3.0, "low", 20.0)];
    let (told, outcome) = told(&load(&jobs, services, &[&cloud(ONE)]));
    let expected = [("low", 100.5), ("high", 110.5), ("low", 120.5), ("low", 140.5)];
    assert_eq!(ends(&told), expected);
    let cold: Vec<_> = told.jobs.iter().map(|job| job.3).collect();
    assert_eq!(cold, [Some(true), Some(false), Some(false), Some(false)]);
    assert_eq!(metric(&outcome, "queue_length_max"), 3.0);
    assert_eq!(metric(&outcome, "unplaced"), 3.0);
}

/// Two of four cores are taken for 100 s. `wide` wants four and waits; `narrow` behind it wants one, which
/// there is, and is not held up. When the two cores come free the narrow one has gone, too.
#[test]
fn who_does_not_fit_is_passed_over() {
    let services = "service.half = { platform = 'cloud', cores = 2 }\n\
                    service.wide = { platform = 'cloud', cores = 4 }\n\
                    service.narrow = { platform = 'cloud' }\n";
    let jobs = [(0.0, "half", 100.0), (1.0, "wide", 10.0), (2.0, "narrow", 10.0)];
    let (told, _) = told(&load(&jobs, services, &[&cloud(ONE)]));
    assert_eq!(ends(&told), [("narrow", 12.5), ("half", 100.5), ("wide", 111.0)]);
}

/// A core of `b` has 2 units: 10 s of demand take 5 s. With two cores and two threads 2.5 s; with two cores
/// and one thread 5 s.
#[test]
fn cores_are_as_fast_as_their_units() {
    let services = "service.one = { platform = 'cloud', core_type = 'b' }\n\
                    service.two = { platform = 'cloud', core_type = 'b', cores = 2, threads = 2 }\n\
                    service.idle = { platform = 'cloud', core_type = 'b', cores = 2 }\n";
    let jobs = [(0.0, "one", 10.0), (100.0, "two", 10.0), (200.0, "idle", 10.0)];
    let (told, _) = told(&load(&jobs, services, &[&cloud(ONE)]));
    // `idle` takes as many cores as `two`, and finds its process.
    assert_eq!(ends(&told), [("one", 5.5), ("two", 103.0), ("idle", 205.0)]);
}

/// An hour of demand on four cores of 2.5 units takes 360 s sharp, not a nanosecond more: at 0.36 USD an
/// hour of a core, to the millisecond, 0.144 USD.
#[test]
fn odd_speeds_are_exact() {
    let services = "service.s = { platform = 'cloud', cores = 4, threads = 4 }\n";
    let sets = [ONE, "core_types.a.units=2.5", "price.picloud.values.a=0.36"].map(cloud);
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let (told, outcome) = told(&load(&[(0.0, "s", 3600.0)], services, &sets));
    assert_eq!(ends(&told), [("s", 360.5)]);
    assert_eq!(outcome.cost().as_picodollars(), 144_000_000_000);
}

/// A process serves later jobs of its account, and of no other: `b` of another account starts its own. When
/// all memory of the node has gone to idle processes, the one idle for longest goes.
#[test]
fn processes_are_used_again_by_their_account() {
    let services = "service.a = { platform = 'cloud' }\nservice.b = { platform = 'cloud' }\n\
                    service.c = { platform = 'cloud', cores = 4 }\n\
                    account.other = { services = ['b'] }\n";
    let jobs = [
        (0.0, "a", 1.0),
        (10.0, "a", 1.0),
        (20.0, "b", 1.0),
        (30.0, "b", 1.0),
        // Takes all memory: the processes of `a` and `b` go.
        (40.0, "c", 1.0),
        (50.0, "a", 1.0),
    ];
    let (told, outcome) = told(&load(&jobs, services, &[&cloud(ONE)]));
    let cold: Vec<_> = told.jobs.iter().map(|job| job.3.unwrap()).collect();
    assert_eq!(cold, [true, false, true, false, true, true]);
    assert_eq!(metric(&outcome, "cold_starts"), 4.0);
}

/// One shared node, and four cores for account `own` on another. Its six jobs take the four and two of
/// the shared ones; of the two of `other` at 1 s both find room, the third waits for a shared core, not
/// for the reserved ones that come free first.
#[test]
fn reserved_cores_are_for_their_account() {
    let services = "service.mine = { platform = 'cloud' }\nservice.theirs = { platform = 'cloud' }\n\
                    account.own = { services = ['mine'] }\n";
    let mut jobs = vec![(0.0, "mine", 10.0); 4];
    jobs.extend([(0.0, "mine", 30.0); 2]);
    jobs.extend([(1.0, "theirs", 100.0); 2]);
    jobs.push((2.0, "theirs", 1.0));
    let realtime = cloud("realtime=[{ account = 'own', cores = 4 }]");
    let (spilt, outcome) = told(&load(&jobs, services, &[&cloud(ONE), &realtime]));
    let mut expected = vec![("mine", 10.5); 4];
    expected.extend([("mine", 30.5); 2]);
    expected.extend([("theirs", 32.0), ("theirs", 101.5), ("theirs", 101.5)]);
    assert_eq!(ends(&spilt), expected);
    assert_eq!(metric(&outcome, "instances_max"), 2.0);
    // Excess of the holder that waits takes a reserved core when one comes free.
    let more = vec![(0.0, "mine", 10.0); 9];
    let (told, _) = told(&load(&more, services, &[&cloud(ONE), &realtime]));
    assert!((told.jobs[8].1 - 20.5).abs() < 1e-9, "{:?}", ends(&told));
}

/// A job that runs for longer than it may is killed, and has failed; what it ran is billed.
#[test]
fn who_runs_for_too_long_is_killed() {
    let services = "service.a = { platform = 'cloud', timeout = '1m' }\n";
    let jobs = [(0.0, "a", 100.0), (200.0, "a", 60.0)];
    let price = "price.picloud.values.c1=0.05";
    let sets = [ONE, price, "core_types.c1.node.cores=4", "core_type=c1"].map(cloud);
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let (told, outcome) = told(&load(&jobs, services, &sets));
    let outcomes: Vec<_> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    assert_eq!(outcomes, [(60.5, Outcome::Failed), (260.0, Outcome::Completed)]);
    // 120 s of a core at 0.05 an hour: 0.001666666667 USD.
    assert_eq!(outcome.cost().as_picodollars(), 1_666_666_667);
}

/// So is one that has done its own 10 s and waits for a call: it is killed a minute after it began.
#[test]
fn who_waits_for_calls_for_too_long_is_killed() {
    let services = "service.a = { platform = 'cloud', max_runtime = '1m', calls = [{ service = 'b' }] }\n\
                    service.b = { platform = 'cloud', demand.constant = '2h' }\n";
    let (told, _) = told(&load(&[(0.0, "a", 10.0)], services, &[&cloud(ONE)]));
    let outcomes: Vec<_> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    assert_eq!(outcomes, [(60.5, Outcome::Failed)]);
}

/// A type of one's own has the price that is given for it: 100 s at 0.36 USD an hour are a cent.
#[test]
fn types_of_its_own_have_prices_of_their_own() {
    let services = "service.s = { platform = 'cloud' }\n";
    let price = cloud("price.picloud.values.a=0.36");
    let (_, outcome) = told(&load(&[(0.0, "s", 100.0)], services, &[&cloud(ONE), &price]));
    assert_eq!(outcome.cost().as_picodollars(), 10_000_000_000);
}
