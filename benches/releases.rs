//! What releases cost who has none: the same run without a release, and with a release of another service, which nobody asks.
//!
//! ```text
//! cargo bench --bench releases
//! ```
//!
//! Where a scenario has no release, an attempt pays a branch where its version is chosen, where it arrives and where its end is seen. Against a
//! copy of the program from which these were taken, by turns, 15 times 3,000,000 requests each, whole runs took 0.99 times as long on servers, 0.99
//! on functions and 1.06 on a cluster (medians; single pairs 0.7 to 1.25, 2026-11, on two cores that others used, too): nothing that could be told from noise.
//! With a release of another service an attempt pays the branches, and behind each the look whether its own
//! service is released, while nothing else of the run differs: all its figures are the same. So what that takes more is a loose bound from above on
//! what the branches alone do. For comparison, what a release costs who has one: one of the service itself that comes after the end of the run, with
//! the same figures, whose attempts are seen as those of its old version; and one under way, by which half of them, drawn one by one,
//! go to a version in which nothing differs.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and tells what it read"
)]

mod support;

use std::path::Path;
use std::process::ExitCode;

use cloudsched::scenario::{self, Loaded};
use cloudsched::world;
use support::{Rounds, Verdict, is_benchmark, time};

/// What runs a service at 1000 requests a second of a millisecond each.
const PLATFORMS: [(&str, &str, &str); 3] = [
    ("servers", "kind = 'servers', servers = 2", ""),
    ("functions", "kind = 'faas'", ""),
    ("cluster", "kind = 'orchestrator', nodes = [{ cpu = 8, memory = '8GiB' }]", ", replicas = 4"),
];

/// Without a release, with one of another service, with one that never comes, and with one under way.
const RELEASES: [&str; 4] = [
    "",
    "release.v2 = { service = 'other', at = '0s' }",
    "release.v2 = { service = 'web', at = '1000d' }",
    "release.v2 = { service = 'web', at = '0s', strategy.canary.steps = [{ weight = 0.5, hold = '1000d' }] }",
];

fn load((_, platform, service): (&str, &str, &str), requests: u64, release: &str) -> Loaded {
    let text = format!(
        "requests = {requests}
        client.users = {{ service = 'web', arrivals.poisson.rate = '1000/s' }}
        service.web = {{ platform = 'home', demand.exponential.mean = '1ms' {service} }}
        service.other = {{ platform = 'home', demand.exponential.mean = '1ms' {service} }}
        platform.home = {{ {platform} }}
        {release}"
    );
    match scenario::load_text("releases.toml", &text, Path::new("."), "releases", &[]) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{}", error.render(false)),
    }
}

/// How many times as long a run takes with a release of another service as without, at worst over the platforms: the median of the
/// rounds.
fn compare(requests: u64, rounds: usize) -> f64 {
    println!("{requests} requests, time of each and times as long, median of {rounds} rounds\n");
    println!("platform    no release    of another    never comes      under way");
    let mut worst = 0.0_f64;
    for platform in PLATFORMS {
        let loaded = RELEASES.map(|release| load(platform, requests, release));
        let mut first = None;
        let rounds = Rounds::run(rounds, RELEASES.len(), |release| {
            let loaded = &loaded[release];
            let (taken, outcome) =
                time(|| world::run(&loaded.specification, loaded.seed, None, None));
            if release < 3 {
                let clients = format!("{:?}", outcome.clients);
                assert_eq!(&clients, first.get_or_insert(clients.clone()), "{}", platform.0);
            }
            taken / requests as f64
        });
        let ratio = |release| rounds.ratio(release, 0).0;
        print!("{:10} {:>8.1} ns", platform.0, rounds.median(0));
        for release in 1..RELEASES.len() {
            print!(" {:>13.3}x", ratio(release));
        }
        println!();
        worst = worst.max(ratio(1));
    }
    println!();
    worst
}

fn main() -> ExitCode {
    if !is_benchmark() {
        compare(1000, 1);
        return ExitCode::SUCCESS;
    }
    let worst = compare(1_000_000, 15);
    let mut verdict = Verdict::new();
    verdict.require(worst <= 1.25, "a release of another service costs at most a quarter of a run");
    verdict.exit_code()
}
