//! Where nobody waits: keep-alive of functions, servers without end, timeouts, arrivals.

use super::case::{Case, of_run};
use super::text::{EXPONENTIAL, faas, lasting, one, poisson, servers};

const RENEWAL: &str = "the gap between Poisson arrivals is longer than the window";
const ENDLESS: &str = "M/G/∞: Mirasol 1963";
const GIVEN_UP: &str = "the demand is longer than the timeout";

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [(0.5, 20_000), (1.0, 30_000), (3.0, 40_000), (5.0, 100_000)]
        .map(|(window, measured)| keep_alive(window, measured))
        .into();
    cases.extend([endless_instances(), not_kept(), endless_servers()]);
    cases.extend([timeouts(false), timeouts(true), cancelled()]);
    let mmpp =
        r#"mmpp = { states = [{ rate = "2/s", mean = "100s" }, { rate = "20/s", mean = "20s" }] }"#;
    let diurnal = r#"diurnal = { mean = "5/s", amplitude = 0.8, period = "1h", peak = "20m" }"#;
    cases.extend([
        arrivals("mmpp arrivals to servers without end", mmpp, 5.0, 36_000),
        arrivals("diurnal arrivals to servers without end", diurnal, 5.0, 7_200),
    ]);
    cases
}

fn keep_alive(window: f64, measured: u32) -> Case {
    let platform = faas(&format!("keep_alive.fixed = {{ window = \"{}ms\" }}", 1e3 * window));
    let text = one(&lasting(100, measured), &poisson(1.0), "constant = \"0s\"", &platform);
    let cold = libm::exp(-window);
    // At most one instance lives, until the next arrival or for the window.
    Case::new(format!("one arrival a second, kept for {window} s"), text)
        .run("cold_start_fraction", cold, RENEWAL)
        .run("instances_mean", 1.0 - cold, RENEWAL)
}

const LOGNORMAL: &str = r#"lognormal = { mean = "2s", cv = 2.0 }"#;

fn endless_instances() -> Case {
    let platform = faas("keep_alive = \"infinite\"");
    let text = one(&lasting(500, 4_000), &poisson(10.0), LOGNORMAL, &platform);
    Case::new("M/G/∞, lognormal of cv 2, instances kept for ever", text)
        .run("busy_instances_mean", 20.0, ENDLESS)
        .run("response_ms_mean", 2_000.0, ENDLESS)
}

fn not_kept() -> Case {
    let text = one(&lasting(500, 4_000), &poisson(10.0), LOGNORMAL, &faas("keep_alive = \"none\""));
    Case::new("M/G/∞, lognormal of cv 2, instances not kept", text)
        .run("instances_mean", 20.0, ENDLESS)
        .run("cold_start_fraction", 1.0, "no instance is ever idle")
}

fn endless_servers() -> Case {
    let text = one(&lasting(500, 4_000), &poisson(10.0), LOGNORMAL, &servers(1_000, ""));
    Case::new("M/G/∞, lognormal of cv 2, 1000 servers", text).run("utilisation", 0.02, ENDLESS)
}

/// Ten requests a second for 8000 s, and then until all have ended: none is left out for being
/// late.
const TEN: &str = "stages = [{ duration = \"1ms\", target = \"10/s\" }, \
                   { duration = \"8000s\", target = \"10/s\" }]\ntimeout = \"1500ms\"";

fn timeouts(fresh: bool) -> Case {
    let client =
        format!("{TEN}\nretries = {{ attempts = 3, backoff = \"1s\", fresh_demand = {fresh} }}");
    let text = one("", &client, EXPONENTIAL, &servers(1_000, ""));
    let late = libm::exp(-1.5);
    // A demand that is longer than the timeout is 2.5 s in the mean.
    let (name, lost, attempts, work) = if fresh {
        let attempts = 1.0 + late + late * late;
        ("each with a demand of its own", late * late * late, attempts, attempts)
    } else {
        ("all at the same work", late, 1.0 + 2.0 * late, 1.0 + 2.0 * late * 2.5)
    };
    Case::new(format!("M/M/∞ with a timeout of 1.5 s, up to 3 attempts, {name}"), text)
        .measure("timed_out / requests", lost, GIVEN_UP, |outcome| {
            of_run(outcome, "timed_out") / of_run(outcome, "requests")
        })
        .measure("attempts / requests", attempts, GIVEN_UP, |outcome| {
            of_run(outcome, "attempts") / of_run(outcome, "requests")
        })
        .measure("busy servers over requests, s", work, "late work is finished", |outcome| {
            let busy = 1_000.0 * of_run(outcome, "utilisation") * outcome.measured.as_secs_f64();
            busy / of_run(outcome, "requests")
        })
}

fn cancelled() -> Case {
    let client = format!("{TEN}\nabandoned = \"cancel\"");
    let text = one("", &client, EXPONENTIAL, &faas("keep_alive = \"infinite\""));
    let late = libm::exp(-1.5);
    let answered = (1.0 - 2.5 * late) / (1.0 - late);
    Case::new("M/M/∞ with a timeout of 1.5 s, late work cancelled, instances", text)
        .measure("busy instances over requests, s", 1.0 - late, GIVEN_UP, |outcome| {
            let busy = of_run(outcome, "busy_instances_mean") * outcome.measured.as_secs_f64();
            busy / of_run(outcome, "requests")
        })
        .run("response_ms_mean", 1e3 * answered, "the mean of the demands below the timeout")
}

fn arrivals(name: &str, arrivals: &str, per_sec: f64, measured: u32) -> Case {
    let text = one(&lasting(3_600, measured), arrivals, EXPONENTIAL, &servers(100_000, ""));
    let source = "the time-weighted mean of the rates";
    Case::new(name, text).run("throughput_per_s", per_sec, source).measure(
        "busy servers",
        per_sec,
        ENDLESS,
        |outcome| 100_000.0 * of_run(outcome, "utilisation"),
    )
}
