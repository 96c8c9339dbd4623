//! One server and one line: M/M/1, M/G/1, G/M/1, and orders of service.

use super::case::{Case, of_run};
use super::formula::{gm1_root, mg1_waiting, mm1k_refused, shortest_job_waiting};
use super::text::{CONSTANT, EXPONENTIAL, faas, lasting, one, poisson, servers};

const MM1: &str = "Kleinrock vol. 1, section 3.2";
const PK: &str = "Pollaczek-Khinchine: Kleinrock vol. 1, chapter 5";
const GM1: &str = "Kleinrock vol. 1, chapter 6";
const ORDER: &str = "Kingman 1962, The effect of queue discipline on waiting time variance";

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        tail(mm1(0.5, 1_000, 60_000), 0.5),
        tail(mm1(0.8, 5_000, 220_000), 0.8),
        mm1(0.95, 20_000, 1_100_000),
        fast_server(),
        slow_network(),
    ];
    cases.extend([
        mg1("M/D/1, load 0.8", 0.8, CONSTANT, 0.0, 100_000),
        mg1("M/G/1, lognormal of cv 1.5, load 0.7", 0.7, &of_mean("lognormal", 1.5), 1.5, 300_000),
        mg1("M/G/1, gamma of cv 0.7, load 0.7", 0.7, &of_mean("gamma", 0.7), 0.7, 60_000),
        mg1(
            "M/G/1, hyperexponential of cv 2, load 0.7",
            0.7,
            &of_mean("hyperexponential", 2.0),
            2.0,
            300_000,
        ),
        mg1("M/G/1, Erlang of 4 phases, load 0.7", 0.7, ERLANG, 0.5, 60_000),
    ]);
    cases.push(gm1("D/M/1, load 0.8", r#"constant = { rate = "0.8/s" }"#, |s| libm::exp(-s / 0.8)));
    cases.extend([
        order("M/M/1, load 0.6, first in, first out", "fifo", 1.0),
        order("M/M/1, load 0.6, last in, first out", "lifo", 1.0 / 0.4),
        order("M/M/1, load 0.6, in random order", "random", 1.0 / (1.0 - 0.3)),
        shortest_job(),
        priority(),
        bounded("M/M/1/5, load 0.9", &servers(1, "queue = { limit = 4 }")),
        bounded(
            "M/M/1/5, load 0.9, one instance",
            &faas("max_instances = 1\nqueue = { limit = 4 }\nkeep_alive = \"infinite\""),
        ),
    ]);
    cases
}

const ERLANG: &str = r#"erlang = { mean = "1s", phases = 4 }"#;

fn of_mean(distribution: &str, cv: f64) -> String {
    format!(r#"{distribution} = {{ mean = "1s", cv = {cv} }}"#)
}

fn mm1(rho: f64, warm_up: u32, measured: u32) -> Case {
    let text = one(&lasting(warm_up, measured), &poisson(rho), EXPONENTIAL, &servers(1, ""));
    let response = 1e3 / (1.0 - rho);
    // The response time is exponential.
    Case::new(format!("M/M/1, load {rho}"), text)
        .run("response_ms_mean", response, MM1)
        .run("waiting_ms_mean", rho * response, MM1)
        .run("queue_length_mean", rho * rho / (1.0 - rho), MM1)
        .run("utilisation", rho, MM1)
        .quantile("response_ms_p90", -libm::log(0.1) * response, MM1)
}

/// The far tail, where it does not take minutes to know it to 1 %.
fn tail(case: Case, rho: f64) -> Case {
    case.quantile("response_ms_p99", -libm::log(0.01) * 1e3 / (1.0 - rho), MM1)
}

fn fast_server() -> Case {
    let text = one(&lasting(2_000, 60_000), &poisson(1.4), EXPONENTIAL, &servers(1, "speed = 2.0"));
    Case::new("M/M/1, load 0.7, a server of speed 2", text)
        .run("response_ms_mean", 500.0 / 0.3, MM1)
        .run("utilisation", 0.7, MM1)
}

fn slow_network() -> Case {
    let arrivals = format!("{}\nlatency.constant = \"250ms\"", poisson(0.5));
    let text = one(&lasting(1_000, 40_000), &arrivals, EXPONENTIAL, &servers(1, ""));
    Case::new("M/M/1, load 0.5, 250 ms away", text).run("response_ms_mean", 2_500.0, MM1).run(
        "waiting_ms_mean",
        1_000.0,
        MM1,
    )
}

fn mg1(name: &str, rho: f64, demand: &str, cv: f64, measured: u32) -> Case {
    let text = one(&lasting(5_000, measured), &poisson(rho), demand, &servers(1, ""));
    let waiting = mg1_waiting(rho, cv);
    Case::new(name, text).run("waiting_ms_mean", 1e3 * waiting, PK).run(
        "queue_length_mean",
        rho * waiting,
        PK,
    )
}

fn gm1(name: &str, arrivals: &str, transform: impl Fn(f64) -> f64) -> Case {
    let text = one(&lasting(2_000, 60_000), arrivals, EXPONENTIAL, &servers(1, ""));
    let sigma = gm1_root(transform);
    Case::new(name, text).run("waiting_ms_mean", 1e3 * sigma / (1.0 - sigma), GM1).run(
        "response_ms_mean",
        1e3 / (1.0 - sigma),
        GM1,
    )
}

/// The order changes the spread of the waiting times and not their mean.
fn order(name: &str, discipline: &str, factor: f64) -> Case {
    let keys = format!("discipline = \"{discipline}\"");
    let text = one(&lasting(2_000, 250_000), &poisson(0.6), EXPONENTIAL, &servers(1, &keys));
    let square = 2.0 * 0.6 / (0.4 * 0.4) * factor;
    Case::new(name, text).run("waiting_ms_mean", 1_500.0, MM1).measure(
        "mean square of the waiting time, s²",
        square,
        ORDER,
        |outcome| {
            let waiting = &outcome.total().waiting;
            let (mean, sd) = (waiting.mean().unwrap(), waiting.sd().unwrap());
            mean * mean + sd * sd
        },
    )
}

fn shortest_job() -> Case {
    let keys = "discipline = \"shortest-job\"";
    let text = one(&lasting(2_000, 200_000), &poisson(0.8), EXPONENTIAL, &servers(1, keys));
    let source = "Phipps 1956; Harchol-Balter 2013, chapter 31";
    Case::new("M/M/1, load 0.8, shortest job first", text).run(
        "waiting_ms_mean",
        1e3 * shortest_job_waiting(0.8),
        source,
    )
}

fn priority() -> Case {
    let text = format!(
        r#"{}
[client.urgent]
service = "urgent"
arrivals.poisson = {{ rate = "0.6/s" }}
[client.patient]
service = "patient"
arrivals.poisson = {{ rate = "0.4/s" }}
[service.urgent]
platform = "p"
priority = 1
demand.exponential = {{ mean = "500ms" }}
[service.patient]
platform = "p"
demand.exponential = {{ mean = "1s" }}
{}"#,
        lasting(2_000, 100_000),
        servers(1, "discipline = \"priority\"")
    );
    // What remains of the job in service: the sum of rate times half the second moment.
    let residual = 0.6 * 0.5 * 0.5 + 0.4;
    let source = "Cobham 1954; Kleinrock vol. 2, chapter 3";
    Case::new("M/G/1 with two priorities, not preemptive", text)
        .service("urgent", "waiting_ms_mean", 1e3 * residual / 0.7, source)
        .service("patient", "waiting_ms_mean", 1e3 * residual / (0.7 * 0.3), source)
}

fn bounded(name: &str, platform: &str) -> Case {
    let text = one(&lasting(1_000, 60_000), &poisson(0.9), EXPONENTIAL, platform);
    let refused = mm1k_refused(5, 0.9);
    let source = "Kleinrock vol. 1, section 3.6";
    Case::new(name, text)
        .measure("refused / requests", refused, source, |outcome| {
            of_run(outcome, "refused") / of_run(outcome, "requests")
        })
        .run("throughput_per_s", 0.9 * (1.0 - refused), source)
}
