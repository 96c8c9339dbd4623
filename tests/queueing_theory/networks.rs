//! Networks of stations: open ones as Jackson, closed ones by mean value analysis.

use super::case::Case;
use super::formula::closed;
use super::text::lasting;

const TANDEM: &str = "Burke 1956; Jackson 1957";
const FEEDBACK: &str = "Kelly 1979, chapter 3";
const CLOSED: &str = "Reiser and Lavenberg 1980";

pub fn cases() -> Vec<Case> {
    let mut cases = vec![tandem(), feed_forward(), feedback()];
    cases.extend([(1, 100_000), (5, 40_000), (20, 30_000), (50, 30_000)].map(users));
    cases
}

/// A client of service `front`, which has no demand of its own and is never short of servers, and
/// calls stations `a` and `b`.
fn network(client: &str, calls: &str, a: &str, b: &str, times: &str) -> String {
    format!(
        r#"{times}
[client.c]
service = "front"
{client}
[service.front]
platform = "front"
demand.constant = "0s"
calls = [{calls}]
[platform.front]
kind = "servers"
servers = 1000000
[service.a]
platform = "a"
{a}
[service.b]
platform = "b"
{b}
[platform.b]
kind = "servers"
servers = 1
"#
    )
}

const ONE: &str = "[platform.a]\nkind = \"servers\"\nservers = 1";

fn exponential(millis: u32) -> String {
    format!("demand.exponential = {{ mean = \"{millis}ms\" }}\n")
}

fn tandem() -> Case {
    let text = network(
        "arrivals.poisson = { rate = \"0.7/s\" }",
        r#"{ service = "a" }, { service = "b" }"#,
        &format!("{}{ONE}", exponential(1_000)),
        &exponential(900),
        &lasting(2_000, 60_000),
    );
    let (a, b) = (1e3 / 0.3, 900.0 / (1.0 - 0.63));
    Case::new("tandem of M/M/1 at loads 0.7 and 0.63", text)
        .service("a", "response_ms_mean", a, TANDEM)
        .service("b", "response_ms_mean", b, TANDEM)
        .run("response_ms_mean", a + b, TANDEM)
        .platform("b", "queue_length_mean", 0.63 * 0.63 / 0.37, TANDEM)
}

fn feed_forward() -> Case {
    let text = network(
        "arrivals.poisson = { rate = \"0.7/s\" }",
        r#"{ service = "a" }, { service = "b", probability = 0.5 }"#,
        &format!("{}{ONE}", exponential(1_000)),
        &exponential(2_000),
        &lasting(2_000, 80_000),
    );
    let (a, b) = (1e3 / 0.3, 2e3 / 0.3);
    Case::new("half of the output of M/M/1 goes on to another", text)
        .service("a", "response_ms_mean", a, TANDEM)
        .service("b", "response_ms_mean", b, TANDEM)
        .service("b", "throughput_per_s", 0.35, TANDEM)
        .run("response_ms_mean", a + b / 2.0, TANDEM)
}

/// What comes back is no Poisson process, and the station is as if it were.
fn feedback() -> Case {
    let text = network(
        "arrivals.poisson = { rate = \"0.35/s\" }",
        r#"{ service = "a", count = 2 }, { service = "b" }"#,
        &format!("{}{ONE}", exponential(1_000)),
        &exponential(1_000),
        &lasting(2_000, 100_000),
    );
    let (a, b) = (1e3 / 0.3, 1e3 / 0.65);
    Case::new("a station that is visited twice, and another", text)
        .service("a", "response_ms_mean", a, FEEDBACK)
        .service("b", "response_ms_mean", b, FEEDBACK)
        .run("response_ms_mean", 2.0 * a + b, FEEDBACK)
        .platform("a", "utilisation", 0.7, FEEDBACK)
}

/// Station `a` shares its processor, so its demand need not be exponential.
fn users((users, measured): (u32, u32)) -> Case {
    let shared = "demand.lognormal = { mean = \"200ms\", cv = 1.5 }\n[platform.a]\n\
                  kind = \"servers\"\nservers = 1\ndiscipline = \"processor-sharing\"";
    let text = network(
        &format!("users = {users}\nthink_time.exponential = {{ mean = \"5s\" }}"),
        r#"{ service = "a" }, { service = "b" }"#,
        shared,
        &exponential(300),
        &lasting(2_000, measured),
    );
    let (throughput, response) = closed(users, 5.0, &[0.2, 0.3]);
    Case::new(format!("closed loop of {users}, a shared processor and a line"), text)
        // Of all requests: the metric leaves out those sent in the warm-up and answered after it.
        .measure("served by b, 1/s", throughput, CLOSED, |outcome| {
            let b = outcome.platforms.iter().find(|named| named.name == "b").unwrap();
            b.of.0.begun as f64 / outcome.measured.as_secs_f64()
        })
        .run("response_ms_mean", 1e3 * response, CLOSED)
        .platform("a", "utilisation", 0.2 * throughput, CLOSED)
        .platform("b", "utilisation", 0.3 * throughput, CLOSED)
}
