//! Servers, functions and replicas that wear out: what a request takes by their age, and when memory kills them, worked out
//! by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};
use cloudsched::model::Outcome::{self, Completed, Failed};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// When each request was sent, in seconds, how long it took, and how it ended; in order of sending.
#[derive(Debug, Default)]
struct Told(Vec<(f64, f64, Outcome)>);

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        self.0.push((row.sent.as_secs_f64(), row.response.as_secs_f64(), row.outcome));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}
}

/// Runs requests by second and demand in seconds to the service `s`, beside what the scenario says.
fn told(requests: &[(f64, f64)], scenario: &str) -> (Told, RunOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("time_s,service,duration_s\n");
    for (time, demand) in requests {
        writeln!(rows, "{time},s,{demand}").unwrap();
    }
    let path = folder.path().join("requests.csv");
    fs::write(&path, rows).unwrap();
    let text = format!(
        "output.requests = true\n\
         client.log.arrivals.trace = {{ format = 'requests', path = '{}' }}\n{scenario}",
        path.display()
    );
    let loaded = load_text("test.toml", &text, folder.path(), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    told.0.sort_by(|a, b| a.0.total_cmp(&b.0));
    (told, outcome)
}

/// How long each request took, and how it ended.
fn taken(requests: &[(f64, f64)], scenario: &str) -> Vec<(f64, Outcome)> {
    let (told, _) = told(requests, scenario);
    told.0.into_iter().map(|(_, taken, outcome)| (taken, outcome)).collect()
}

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let found = outcome.metrics().into_iter().find(|(known, _)| *known == name);
    found.unwrap().1.map_or(f64::NAN, Value::as_f64)
}

fn error(text: &str) -> String {
    let loaded = load_text("test.toml", text, std::path::Path::new("."), "test", &[]);
    loaded.map(|_| ()).unwrap_err().render(false)
}

/// Time makes requests slower from an age of 100 s on, a hundredth of a percent each second; each request makes them slower by a tenth.
const AGEING: &str = "ageing = { after = '100s', slower = '36%/h', slower_per_request = '10%' }";

/// Ten seconds of work with an age of 0 and nothing served before, of 100 s and one request, of 1100 s and two.
const AGED: [f64; 3] = [10.0, 11.0, 13.0];

/// On a server; the one that boots after a fault is young.
#[test]
fn servers_age_and_are_young_when_they_have_booted() {
    for more in ["", "balance = 'random'", "discipline = 'processor-sharing'"] {
        let requests = [0.0, 100.0, 1100.0, 2020.0, 3010.0].map(|at| (at, 10.0));
        let taken = taken(
            &requests,
            &format!(
                "service.s = {{ platform = 'p', {AGEING} }}\n\
                 fault.f = {{ platform = 'p', at = ['2000s'], lasts.constant = '5s' }}\n\
                 [platform.p]\nkind = 'servers'\nservers = 1\nboot.constant = '5s'\n{more}\n"
            ),
        );
        // At 3010 s it is 1000 s old, which is 900 s after the 100, and has served one.
        let expected = [AGED[0], AGED[1], AGED[2], 10.0, 12.0 - 0.1];
        assert_eq!(taken, expected.map(|taken| (taken, Completed)), "{more}");
    }
}

/// On functions from when the instance is ready; the second one, which is started while the first serves, is young.
#[test]
fn functions_age_each_for_itself() {
    let requests = [0.0, 101.0, 1101.0, 1105.0].map(|at| (at, 10.0));
    let taken = taken(
        &requests,
        &format!(
            "service.s = {{ platform = 'p', {AGEING} }}\n\
             platform.p = {{ kind = 'faas', cold_start.constant = '1s' }}\n"
        ),
    );
    let expected = [1.0 + AGED[0], AGED[1], AGED[2], 1.0 + AGED[0]];
    assert_eq!(taken, expected.map(|taken| (taken, Completed)));
}

/// On a replica from when its containers have started; those that are started again are young.
#[test]
fn replicas_age_and_are_young_when_they_are_started_again() {
    let requests = [2.0, 101.0, 1101.0, 2002.0].map(|at| (at, 10.0));
    let taken = taken(
        &requests,
        &format!(
            "service.s = {{ platform = 'p', replicas = 1, pod.start.constant = '1s', {AGEING} }}\n\
             fault.f = {{ platform = 'p', kind = 'container-crash', at = ['2000s'] }}\n\
             platform.p = {{ kind = 'orchestrator', nodes = [{{ cpu = 1, memory = '1GiB' }}] }}\n"
        ),
    );
    let expected = [AGED[0], AGED[1], AGED[2], 10.0];
    assert_eq!(taken, expected.map(|taken| (taken, Completed)));
}

/// A version on servers is as old as its release, or as its installation, which takes 10 s. The old one does not age.
#[test]
fn a_version_is_young_when_it_comes() {
    for (strategy, began) in
        [("", 1000.0), ("strategy.in-place.install.constant = '10s'\n", 1010.0)]
    {
        let requests = [(900.0, 10.0), (began + 1.0, 10.0), (began + 1101.0, 10.0)];
        let taken = taken(
            &requests,
            &format!(
                "service.s = {{ platform = 'p' }}\n\
                 platform.p = {{ kind = 'servers', servers = 1, balance = 'random' }}\n\
                 [release.v2]\nservice = 's'\nat = '1000s'\nversion.{AGEING}\n{strategy}"
            ),
        );
        // 1001 s after the 100.
        let expected = [10.0, 10.0, 12.001];
        assert_eq!(taken, expected.map(|taken| (taken, Completed)), "{strategy}");
    }
}

/// Each request leaves 1 MiB behind, and 50 are free: the 51st on an instance is too much and fails as it comes, and another
/// instance takes its place with a cold start.
#[test]
fn what_requests_leak_kills_instances_and_containers() {
    let requests: Vec<_> = (0..200).map(|at| (10.0 * f64::from(at), 0.1)).collect();
    for platform in [
        "kind = 'faas'\ncold_start.constant = '1s'\nkeep_alive = 'infinite'",
        "kind = 'faas'\ncold_start.constant = '1s'\nkeep_alive = 'infinite'\nconcurrency = 4",
        "kind = 'openwhisk'\ninvokers = 1\nuser_memory = '128MiB'\nmanaged_fraction = 1.0\nstem_cells = []\n\
         create.constant = '1s'\ninit.constant = '100ms'",
        "kind = 'fn'\nplacer = 'naive'\ncold_start.constant = '1s'\nhosts = [{ cpu = 1, memory = '512MiB' }]",
    ] {
        let (told, outcome) = told(
            &requests,
            &format!(
                "service.s = {{ platform = 'p', runtime = 'nodejs:20', memory = '128MiB', \
                 memory_use = {{ base = '78MiB', leak_per_request = '1MiB' }} }}\n\
                 [platform.p]\n{platform}\n"
            ),
        );
        let failed = told.0.iter().zip(1..).filter(|((.., how), _)| *how != Completed);
        let failed: Vec<(i32, bool)> =
            failed.map(|((_, taken, _), at)| (at, *taken < 0.1)).collect();
        assert_eq!(failed, [(51, true), (102, true), (153, true)], "{platform}");
        assert_eq!(metric(&outcome, "oom_kills"), 3.0, "{platform}");
        assert_eq!(metric(&outcome, "cold_starts"), 4.0, "{platform}");
    }
}

/// An instance that is ready at 1 s leaks 60 MiB in 60 s. What it serves at 61 s fails, both requests; one that nobody uses
/// then stands still and lives, until its next request comes.
#[test]
fn what_leaks_over_time_kills_instances_that_serve() {
    let run = |requests: &[(f64, f64)]| {
        taken(
            requests,
            "service.s = { platform = 'p', memory = '160MiB', \
             memory_use = { base = '100MiB', leak = '1MiB/s' } }\n\
             platform.p = { kind = 'faas', cold_start.constant = '1s', concurrency = 2, keep_alive = 'infinite' }\n",
        )
    };
    let just = 1e-9;
    let served = run(&[(0.0, 1.0), (40.0, 30.0), (50.0, 30.0), (70.0, 1.0)]);
    let expected =
        [(2.0, Completed), (21.0 + just, Failed), (11.0 + just, Failed), (2.0, Completed)];
    assert_eq!(served, expected);
    // The first is served to its last nanosecond.
    assert_eq!(run(&[(0.0, 1.0), (41.0, 20.0)])[1], (20.0, Completed));
    assert_eq!(run(&[(0.0, 1.0), (100.0, 1.0)])[1], (0.0, Failed));
}

/// A server leaks 60 MiB in 60 s, whether it serves or not; it boots for 5 s then, and is as new.
#[test]
fn what_leaks_over_time_kills_servers() {
    let text = |horizon: &str| {
        format!(
            "horizon = '{horizon}'\n\
             service.s = {{ platform = 'p', memory = '160MiB', \
             memory_use = {{ base = '100MiB', leak = '1MiB/s' }} }}\n\
             platform.p = {{ kind = 'servers', servers = 1, boot.constant = '5s' }}\n"
        )
    };
    for (horizon, kills) in [("60s", 0.0), ("61s", 1.0), ("125s", 1.0), ("126s", 2.0)] {
        let (_, outcome) = told(&[(0.0, 1.0), (200.0, 1.0)], &text(horizon));
        assert_eq!(metric(&outcome, "oom_kills"), kills, "{horizon}");
    }
    let requests = [(50.0, 20.0), (62.0, 1.0), (100.0, 10.0)];
    let (told, _) = told(&requests, &text("200s"));
    let ends: Vec<_> = told.0.iter().map(|(_, taken, outcome)| (*taken, *outcome)).collect();
    // The second waits in the line of all until the server is back at 65 s.
    let expected = [(10.0 + 1e-9, Failed), (4.0 + 1e-9, Completed), (10.0, Completed)];
    assert_eq!(ends, expected);
}

/// What requests leak is counted on each server: the 51st of the first is the 101st of both. As servers come back the turns begin
/// anew with the first, so that the 51st of the second is the 103rd.
#[test]
fn what_requests_leak_kills_servers() {
    let requests: Vec<_> = (0..200).map(|at| (10.0 * f64::from(at), 0.1)).collect();
    let (told, outcome) = told(
        &requests,
        "service.s = { platform = 'p', memory = '128MiB', \
         memory_use = { base = '78MiB', leak_per_request = '1MiB' } }\n\
         platform.p = { kind = 'servers', servers = 2, balance = 'round-robin', boot.constant = '1s' }\n",
    );
    let failed = told.0.iter().zip(1..).filter(|((.., how), _)| *how != Completed);
    assert_eq!(failed.map(|(_, at)| at).collect::<Vec<_>>(), [101, 103]);
    assert_eq!(metric(&outcome, "oom_kills"), 2.0);
}

#[test]
fn what_is_wrong_is_said() {
    let service = |keys: &str, platform: &str| {
        error(&format!(
            "horizon = '1h'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'p', demand.constant = '1s', {keys} }}\n\
             platform.p = {{ {platform} }}\n"
        ))
    };
    let servers = "kind = 'servers', servers = 1";
    let faas = "kind = 'faas'";
    let said = |text: &str, what: &str| assert!(text.contains(what), "{text}");
    said(&service("ageing = {}", servers), "nothing is said of how requests become slower");
    let after = "ageing = { after = '1h', slower_per_request = '1%' }";
    said(&service(after, faas), "it is by time that requests become slower `after` an age");
    said(&service("ageing.slower = '10/h'", faas), "a percentage needs a unit");
    said(&service("memory_use.base = '1MiB'", servers), "it does not say how much that is");
    let large = "memory = '128MiB', memory_use = { base = '100MiB', per_request = '29MiB' }";
    said(&service(large, faas), "over its limit with its first request");
    // It would be killed a nanosecond after each start.
    let full = "memory = '128MiB', memory_use = { base = '128MiB', leak = '1MiB/h' }";
    said(&service(full, servers), "over its limit with its first request");
    let twice = "replicas = 1, memory_use.base = '1MiB', pod.memory_use.base = '1MiB'";
    let cluster = "kind = 'orchestrator', nodes = [{ cpu = 1, memory = '1GiB' }]";
    said(&service(twice, cluster), "stands here and in the `pod`");
}
