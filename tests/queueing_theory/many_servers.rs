//! Several servers: a central line, no line, and a line at each behind a balancer.

use super::case::{Case, of_run};
use super::formula::{erlang_b, erlang_c, gm1_root, mmc_waiting};
use super::text::{EXPONENTIAL, cluster, faas, lasting, one, picloud, poisson, servers};

const ERLANG_C: &str = "Erlang C: Kleinrock vol. 1, section 3.5";
const ERLANG_B: &str = "Erlang B: Kleinrock vol. 1, section 3.7";
const INSENSITIVE: &str = "Erlang B for any service time: Sevastyanov 1957";

pub fn cases() -> Vec<Case> {
    let on_faas = |c: u32, keys: &str| {
        faas(&format!("max_instances = {c}\nkeep_alive = \"infinite\"\n{keys}"))
    };
    vec![
        mmc("M/M/2, load 0.8", 2, 0.8, 60_000, &servers(2, "")),
        mmc("M/M/10, load 0.8", 10, 0.8, 40_000, &servers(10, "")),
        mmc("M/M/50, load 0.9", 50, 0.9, 25_000, &servers(50, "")),
        mmc("M/M/10, load 0.8, instances", 10, 0.8, 40_000, &on_faas(10, "")),
        mmc("M/M/10, load 0.8, two machines of five cores", 10, 0.8, 40_000, &picloud(2, 5)),
        mmc("M/M/10, load 0.8, two nodes of five pods", 10, 0.8, 40_000, &cluster(2, 5)),
        loss("M/M/1/1 at 0.5 Erlang", 1, 0.5, EXPONENTIAL, ERLANG_B, &servers(1, NO_LINE)),
        loss("M/M/10/10 at 8 Erlang", 10, 8.0, EXPONENTIAL, ERLANG_B, &servers(10, NO_LINE)),
        loss(
            "M/M/10/10 at 8 Erlang, instances",
            10,
            8.0,
            EXPONENTIAL,
            ERLANG_B,
            &on_faas(10, NO_LINE),
        ),
        loss("M/M/50/50 at 45 Erlang", 50, 45.0, EXPONENTIAL, ERLANG_B, &servers(50, NO_LINE)),
        loss(
            "M/G/10/10 at 8 Erlang, lognormal of cv 1.5, instances",
            10,
            8.0,
            LOGNORMAL,
            INSENSITIVE,
            &on_faas(10, NO_LINE),
        ),
        random_split(),
        round_robin(),
    ]
}

const NO_LINE: &str = "queue = { limit = 0 }";
const LOGNORMAL: &str = r#"lognormal = { mean = "1s", cv = 1.5 }"#;

fn mmc(name: &str, c: u32, rho: f64, measured: u32, platform: &str) -> Case {
    let rate = rho * f64::from(c);
    let text = one(&lasting(500, measured), &poisson(rate), EXPONENTIAL, platform);
    let waiting = mmc_waiting(c, rho);
    // Servers and cores have a utilisation, instances and pods a number.
    let counted = ["faas", "kubernetes"].iter().any(|kind| platform.contains(kind));
    let (busy, level) = if counted { ("busy_instances_mean", rate) } else { ("utilisation", rho) };
    Case::new(name, text)
        .run("waiting_ms_mean", 1e3 * waiting, ERLANG_C)
        .run("response_ms_mean", 1e3 * (waiting + 1.0), ERLANG_C)
        .run("queue_length_mean", rate * waiting, ERLANG_C)
        .run(busy, level, ERLANG_C)
        .measure("requests that wait, by the mean waiting time", erlang_c(c, rate), ERLANG_C, {
            // Those that wait do so for 1 / (c - a) in the mean.
            move |outcome| of_run(outcome, "waiting_ms_mean") / 1e3 * f64::from(c) * (1.0 - rho)
        })
}

fn loss(name: &str, c: u32, a: f64, demand: &str, source: &'static str, platform: &str) -> Case {
    let text = one(&lasting(500, 5_000), &poisson(a), demand, platform);
    let refused = erlang_b(c, a);
    let carried = a * (1.0 - refused);
    let case = Case::new(name, text).measure("refused / requests", refused, source, |outcome| {
        of_run(outcome, "refused") / of_run(outcome, "requests")
    });
    if platform.contains("faas") {
        case.run("busy_instances_mean", carried, source)
    } else {
        case.run("utilisation", carried / f64::from(c), source)
    }
}

/// A random part of a Poisson process is one.
fn random_split() -> Case {
    let text = one(
        &lasting(5_000, 40_000),
        &poisson(3.2),
        EXPONENTIAL,
        &servers(4, "balance = \"random\""),
    );
    let source = "4 times M/M/1: Kleinrock vol. 1, section 3.2";
    Case::new("4 servers behind a random balancer, load 0.8", text)
        .run("response_ms_mean", 5_000.0, source)
        .run("queue_length_mean", 4.0 * 3.2, source)
}

/// Every fourth of a Poisson process: four exponential phases between arrivals.
fn round_robin() -> Case {
    let keys = "balance = \"round-robin\"";
    let text = one(&lasting(5_000, 40_000), &poisson(3.2), EXPONENTIAL, &servers(4, keys));
    let phase = |s: f64| 3.2 / (3.2 + s);
    let sigma = gm1_root(|s| phase(s) * phase(s) * phase(s) * phase(s));
    let source = "4 times E4/M/1: Kleinrock vol. 1, chapter 6";
    Case::new("4 servers behind a round-robin balancer, load 0.8", text)
        .run("response_ms_mean", 1e3 / (1.0 - sigma), source)
        .run("waiting_ms_mean", 1e3 * sigma / (1.0 - sigma), source)
}
