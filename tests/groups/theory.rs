//! Servers that fail against closed forms.

use cloudsched::stats::{Interval, t_quantile};

use super::{metric, with_seed};

/// The mean of a metric, or of what it lacks of 1, over 16 runs and its standard error.
fn measured(text: &str, name: &str, of_one: bool) -> (f64, f64) {
    let value = |seed| metric(&with_seed(text, seed), name);
    let runs: Vec<f64> =
        (1..=16).map(value).map(|value| if of_one { 1.0 - value } else { value }).collect();
    let interval = Interval::of(&runs, 0.95).unwrap();
    (interval.mean, interval.half_width / t_quantile(0.95, 15.0))
}

fn agrees(text: &str, name: &str, theory: f64) {
    looks_like(name, measured(text, name, false), theory);
}

/// The same of what a metric lacks of 1: of one that is near 1 a small part would be all that it lacks.
fn lacks(text: &str, name: &str, theory: f64) {
    looks_like(name, measured(text, name, true), theory);
}

fn looks_like(name: &str, (mean, error): (f64, f64), theory: f64) {
    let distance = (mean - theory) / error;
    assert!(distance.abs() < 4.0, "{name}: {theory} by theory, {mean} ± {error} measured");
    assert!(error < 0.03 * theory, "{name}: {mean} ± {error} is too wide");
}

/// Servers that work for 1,000 s and are repaired for 100 s on average are there for 10/11 of the time. Behind a
/// balancer that knows at once, a request is refused only if all of n have failed: with probability (1/11)^n.
#[test]
fn availability_of_one_of_n() {
    for (n, none) in [(1, 1.0 / 11.0), (2, 1.0 / 121.0)] {
        let text = format!(
            "horizon = '1500000s'\nclient.c = {{ service = 's', arrivals.poisson.rate = '0.02/s' }}\n\
             service.s = {{ platform = 'p', demand.constant = '0s' }}\n\
             fault.f = {{ platform = 'p', between.exponential.mean = '1000s', lasts.exponential.mean = '100s' }}\n\
             platform.p = {{ kind = 'servers', servers = {n}, balance = 'random' }}\n"
        );
        lacks(&text, "availability", none);
    }
}

/// M/M/1 with a server that fails at rate x, busy or idle, and is repaired at rate y; who is served when it fails is
/// lost, who waits waits on. Arrivals at rate l, service at rate m. With generating functions (as White and Christie,
/// Queuing with preemptive priorities or with breakdown, Operations Research 6, 1958) P of the number present while it
/// works and Q while it does not:
///
/// ```text
/// (l (1 - z) + m (1 - 1/z) + x) P = m (1 - 1/z) p0 + y Q
/// (l (1 - z) + y) Q               = x (P - p0) / z + x p0
/// ```
///
/// so with D = l (1 - z) + y
///
/// ```text
/// P = p0 (m D + x y) / ((m - l z) D + x (y - l z))
/// Q = x ((P - p0) / z + p0) / D
/// ```
///
/// and P(1) = y / (x + y) gives p0 = ((m - l) y + x (y - l)) / ((x + y) (m + x)). The share of requests that are lost is
/// x (P(1) - p0) / l, the server is busy for P(1) - p0, and the mean number present is P'(1) + Q'(1).
#[test]
fn a_line_whose_server_breaks_down() {
    let (l, m, x, y) = (0.5, 1.0, 0.02, 0.1);
    let works = y / (x + y);
    let below = (m - l) * y + x * (y - l);
    let p0 = below / ((x + y) * (m + x));
    let busy = works - p0;
    // P is p0 N / M: N(1) = y (m + x), N'(1) = -l m, M(1) = below, M'(1) = -l (y + m - l + x).
    let slope = p0 * (-l * m * below + y * (m + x) * l * (y + m - l + x)) / (below * below);
    let slope_down = x * ((slope - busy) * y + l * works) / (y * y);
    let text = "horizon = '200000s'\nwarm_up = '2000s'\n\
         client.c = { service = 's', arrivals.poisson.rate = '0.5/s' }\n\
         service.s = { platform = 'p', demand.exponential.mean = '1s' }\n\
         fault.f = { platform = 'p', between.exponential.mean = '50s', lasts.exponential.mean = '10s' }\n\
         platform.p = { kind = 'servers', servers = 1 }\n";
    lacks(text, "availability", x * busy / l);
    agrees(text, "utilisation", busy);
    agrees(text, "queue_length_mean", slope + slope_down - busy);
}
