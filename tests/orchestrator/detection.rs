//! How long it takes until a failure is known: its distribution, held against theory.
//!
//! Each of [`RUNS`] runs has one failure, at an instant that is uniform over a whole number of periods. The distance of
//! Kolmogorov and Smirnov between what is seen and theory is above sqrt(ln(2 / a) / (2 n)) with probability a at most, for
//! every n (Massart, The Annals of Probability 18, 1990). With a = 0.001 and n = 300 that is 0.1126. The seeds are fixed.

use cloudsched::kernel::Seed;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

use super::metric;

const RUNS: u64 = 300;
const LEVEL: f64 = 0.001;

/// How many seconds it took to detect the failure of each run.
fn detected(scenario: &str) -> Vec<f64> {
    let text = format!(
        "horizon = '3000s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/h' }}\n{scenario}"
    );
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let of = |seed| {
        let outcome = run(&loaded.specification, Seed::new(seed), None, None);
        metric(&outcome, "time_to_detect_ms_mean") / 1e3
    };
    let mut seen: Vec<f64> = (0..RUNS).map(of).collect();
    seen.sort_by(f64::total_cmp);
    seen
}

/// The largest distance between the distribution of what was seen and a continuous one.
fn distance(seen: &[f64], theory: impl Fn(f64) -> f64) -> f64 {
    let n = seen.len() as f64;
    let of = |(place, &value): (usize, &f64)| {
        let (expected, below) = (theory(value), place as f64 / n);
        (expected - below).max(below + 1.0 / n - expected)
    };
    seen.iter().enumerate().map(of).fold(0.0, f64::max)
}

fn agrees(name: &str, seen: &[f64], theory: impl Fn(f64) -> f64) {
    let (far, bound) =
        (distance(seen, theory), (libm::log(2.0 / LEVEL) / (2.0 * RUNS as f64)).sqrt());
    assert!(
        far < bound,
        "{name}: {far} is above {bound}; from {:?} to {:?}",
        seen.first(),
        seen.last()
    );
}

/// The integral of a uniform distribution function over (0, width), from 0 to `value`.
fn area(value: f64, width: f64) -> f64 {
    let within = value.clamp(0.0, width);
    within * within / (2.0 * width) + (value - width).max(0.0)
}

/// The distribution function of the sum of two that are uniform over (0, a) and (0, b): the mean of the former at `value - y`
/// over all y of the latter.
fn sum_of_uniforms(value: f64, a: f64, b: f64) -> f64 {
    (area(value, a) - area(value - b, a)) / b
}

/// A node says each P that it is there. When it fails, the last time is U ago, uniform over (0, P); T after that time it has
/// failed, and that is looked at each C, which is a gap G later, uniform over (0, C) and, as the failure may come at any time,
/// independent of U. So it takes T - U + G, and T - P - that is the least - is taken off.
#[test]
fn a_failed_node_is_detected_by_its_heartbeats() {
    for (kind, period, timeout, check) in [
        ("kubernetes", 10.0, 50.0, 5.0),
        ("openshift", 10.0, 50.0, 5.0),
        ("ecs", 30.0, 60.0, 30.0),
        ("docker-swarm", 5.0, 15.0, 1.0),
    ] {
        let seen = detected(&format!(
            "service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s' }}\n\
             platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', between.uniform = {{ low = '1000s', high = '1060s' }} }}\n"
        ));
        let least = timeout - period;
        agrees(kind, &seen, |value| sum_of_uniforms(value - least, period, check));
    }
}

/// Of a replica that hangs the first look fails W later, uniform over (0, period), and the last of so many in a row is over
/// (failures - 1) steps and a timeout after that began; a step is a period, and a timeout more where the period counts from
/// the end of a look. Then it takes `endpoint_delay` until no request goes there.
#[test]
fn a_hang_is_detected_by_the_looks_that_fail() {
    for (kind, period, rest) in [
        ("kubernetes", 10.0, 2.0 * 10.0 + 1.0 + 1.0),
        ("ecs", 30.0, 30.0 + 5.0),
        ("docker-swarm", 30.0, 2.0 * 60.0 + 30.0 + 1.0),
        ("docker", 30.0, 2.0 * 60.0 + 30.0),
    ] {
        let delay = if kind == "ecs" { "endpoint_delay = '0s', " } else { "" };
        let seen = detected(&format!(
            "service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s', pod.readiness = {{}} }}\n\
             platform.c = {{ kind = '{kind}', {delay}nodes = [{{ cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'hang', between.uniform = {{ low = '1000s', high = '1060s' }}, lasts.constant = '1000s' }}\n"
        ));
        agrees(kind, &seen, |value| ((value - rest) / period).clamp(0.0, 1.0));
    }
}

/// What would be wrong by a tenth of a period is told apart: the bound is not too wide.
#[test]
fn theory_that_is_wrong_is_refused() {
    let seen: Vec<f64> = (0..RUNS).map(|number| (number as f64 + 0.5) / RUNS as f64).collect();
    assert!(distance(&seen, |value| value.clamp(0.0, 1.0)) < 0.01);
    assert!(distance(&seen, |value| (value - 0.12).clamp(0.0, 1.0)) > 0.1126);
}
