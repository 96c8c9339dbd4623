//! What a change of a scenario must not change, or change in a known way.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod smoke;
mod told;

use std::collections::BTreeMap;
use std::path::Path;

use cloudsched::kernel::Span;
use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;
use cloudsched::world::{Event, run};
use told::{Rows, parts, text};

/// Runs a scenario in text; also gives the rows that it tells.
fn outcome(scenario: &str) -> (RunOutcome, Vec<String>) {
    let loaded = load_text("test.toml", scenario, Path::new("."), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let mut rows = Rows::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut rows), None);
    (outcome, rows.0)
}

/// The parts of a run by name.
fn by_name(outcome: &RunOutcome) -> BTreeMap<String, String> {
    parts(outcome).into_iter().collect()
}

/// A scenario in which every time is `scale` times as long and every rate as much lower.
fn scaled(platform: &str, scale: u64) -> String {
    let ms = |ms: u64| format!("\"{}ms\"", ms * scale);
    format!(
        "horizon = {}
        output.requests = true
        client.a = {{ service = \"s\", arrivals.poisson.rate = \"{}/min\", timeout = {},
            abandoned = \"cancel\", latency.constant = {},
            retries = {{ attempts = 3, backoff = {}, max_backoff = {}, jitter = \"full\" }} }}
        client.b = {{ service = \"s\", users = 2, think_time.exponential.mean = {} }}
        client.c = {{ service = \"f\", arrivals.constant.rate = \"{}/min\" }}
        service.s = {{ platform = \"p\", demand.exponential.mean = {},
            calls = [{{ service = \"f\", timeout = {}, probability = 0.5 }}] }}
        service.f = {{ platform = \"q\", demand.uniform = {{ low = {}, high = {} }},
            family.count = 3, memory = \"256MiB\" }}
        [platform.p]
        kind = \"servers\"
        servers = 2
        {platform}
        [platform.q]
        kind = \"faas\"
        cold_start.constant = {}
        keep_alive.fixed.window = {}
        hosts = [{{ cpu = 1, memory = \"512MiB\" }}]",
        ms(100_000),
        840 / scale,
        ms(600),
        ms(2),
        ms(100),
        ms(150),
        ms(400),
        240 / scale,
        ms(80),
        ms(300),
        ms(10),
        ms(90),
        ms(200),
        ms(1000),
    )
}

/// Counts are the same, times twice as long; exactly, or within `off` where arithmetic rounds to
/// nanoseconds on the way.
#[test]
fn twice_the_time_is_twice_every_span() {
    for platform in ["", "discipline = \"lifo\"", "balance = \"choose-d\"", "queue.limit = 2"] {
        let [(one, rows), (two, _)] = [1, 2].map(|scale| outcome(&scaled(platform, scale)));
        assert!(rows.len() > 1000, "{}", rows.len());
        let (before, after) = (one.total(), two.total());
        for (name, figures) in [("before", &before), ("after", &after)] {
            assert!(figures.timed_out > 0 && figures.attempts > figures.requests, "{name}");
        }
        let counts = |r: &cloudsched::metric::RequestFigures| {
            [r.requests, r.completed, r.refused, r.timed_out, r.failed, r.attempts]
        };
        assert_eq!(counts(&before), counts(&after), "{platform}");
        assert_eq!(one.digest.events(), two.digest.events());
        assert_eq!(two.measured, one.measured * 2);
        let close = |name: &str, before: Option<f64>, after: Option<f64>| {
            let (before, after) = (before.unwrap() * 2.0, after.unwrap());
            let off = (after - before).abs();
            assert!(off <= before * 1e-7, "{platform}: {name} {before} {after}");
        };
        close("response", before.response.mean(), after.response.mean());
        close("waiting", before.waiting.mean(), after.waiting.mean());
        for (a, b) in one.platforms.iter().zip(&two.platforms) {
            let (a, b) = (&a.of.0, &b.of.0);
            close("queue", a.waiting.mean(one.measured), b.waiting.mean(one.measured));
            assert_eq!(a.begun, b.begun);
            let gone = |figures: &cloudsched::metric::PlatformFigures| {
                figures.instances.map(|i| (i.starts, i.evictions, i.expirations, i.unplaced))
            };
            assert_eq!(gone(a), gone(b), "{platform}");
        }
    }
}

#[test]
fn a_host_that_nobody_needs_changes_nothing_for_first_fit() {
    let with = |more: &str| {
        outcome(&format!(
            "horizon = \"5m\"
            client.a = {{ service = \"f\", arrivals.poisson.rate = \"5/s\" }}
            service.f = {{ platform = \"q\", demand.exponential.mean = \"300ms\", family.count = 9 }}
            [platform.q]
            kind = \"faas\"
            max_instances = 10
            cold_start.exponential.mean = \"200ms\"
            keep_alive.fixed.window = \"5s\"
            placement = \"first-fit\"
            hosts = [{{ count = 4, cpu = 4, memory = \"512MiB\" }}{more}]"
        ))
        .0
    };
    let (few, more) = (with(""), with(", { count = 3, cpu = 9, memory = \"9GiB\" }"));
    assert_eq!(few.digest, more.digest);
    assert_eq!(
        text(&few.request_metrics(&few.total())),
        text(&more.request_metrics(&more.total()))
    );
    let starts = |outcome: &RunOutcome| outcome.platforms[0].of.0.instances.unwrap();
    assert!(starts(&few).starts > 50 && starts(&few).evictions > 10, "{:?}", starts(&few));
    assert_eq!(starts(&few).starts, starts(&more).starts);
}

/// A client with a service and a platform of its own, whose names all begin with `prefix`.
fn stranger(prefix: &str) -> String {
    format!(
        "
        [client.{prefix}c]
        service = \"{prefix}s\"
        arrivals.poisson.rate = \"9/s\"
        timeout = \"200ms\"
        retries = {{ attempts = 2, jitter = \"full\", backoff = \"50ms\" }}
        latency.exponential.mean = \"3ms\"
        [service.{prefix}s]
        platform = \"{prefix}p\"
        family = {{ count = 5, popularity.zipf = {{ s = 1.0 }} }}
        demand.exponential.mean = \"100ms\"
        calls = [{{ service = \"{prefix}t\", probability = 0.4 }}]
        [service.{prefix}t]
        platform = \"{prefix}q\"
        demand.exponential.mean = \"50ms\"
        [platform.{prefix}p]
        kind = \"faas\"
        max_instances = 4
        cold_start.exponential.mean = \"80ms\"
        keep_alive.fixed.window = \"1s\"
        hosts = [{{ cpu = 1, memory = \"512MiB\" }}]
        [platform.{prefix}q]
        kind = \"servers\"
        servers = 3
        balance = \"choose-d\"
        "
    )
}

/// Scenarios that a stranger can join: those that end at a horizon. A run that ends with so many
/// requests, or with the last of all, ends at another time when others send, too.
fn open_to_strangers() -> impl Iterator<Item = (String, String)> {
    let texts = smoke::names().into_iter().map(|name| {
        let text = smoke::text(&name);
        (name, text)
    });
    texts.filter(|(_, text)| text.contains("\nhorizon") && !text.contains("\nrequests"))
}

fn smoke_outcome(name: &str, text: &str) -> RunOutcome {
    let loaded = smoke::loaded(name, text);
    run(&loaded.specification, loaded.seed, None, None)
}

#[test]
fn strangers_change_no_figure() {
    let mut seen = 0;
    for (name, text) in open_to_strangers() {
        let alone = by_name(&smoke_outcome(&name, &text));
        for prefix in ["aaa-", "zzz-"] {
            let joined = by_name(&smoke_outcome(&name, &(text.clone() + &stranger(prefix))));
            for (part, figures) in &alone {
                assert_eq!(Some(figures), joined.get(part), "{name}: {part} with {prefix}");
            }
            assert!(joined.len() >= alone.len() + 5, "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

/// The tables of a file, each from its `[NAME]` to the next.
fn tables(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    starts.retain(|at| text[*at..].lines().next().is_some_and(|line| line.ends_with(']')));
    starts.insert(0, 0);
    starts.push(text.len());
    starts.windows(2).map(|two| &text[two[0]..two[1]]).collect()
}

#[test]
fn the_order_of_tables_changes_nothing() {
    for name in smoke::names() {
        let text = smoke::text(&name);
        let tables = tables(&text);
        assert!(tables.len() > 3, "{name}: {tables:?}");
        let (first, others) = tables.split_first().unwrap();
        let backwards: String =
            [*first].into_iter().chain(others.iter().rev().copied()).collect::<Vec<_>>().join("\n");
        let (before, after) = (smoke_outcome(&name, &text), smoke_outcome(&name, &backwards));
        assert_eq!(before.digest, after.digest, "{name}");
        assert_eq!(by_name(&before), by_name(&after), "{name}");
    }
}

/// When the requests of clients arrive, to which member they go, and how much work they are.
fn workload(policies: &str, service: &str) -> (Vec<(u64, Event)>, Vec<String>) {
    let scenario = format!(
        "horizon = \"2m\"
        client.a = {{ service = \"f\", arrivals.poisson.rate = \"9/s\" }}
        client.b = {{ service = \"f\", arrivals.mmpp.states = [{{ rate = \"1/s\", mean = \"9s\" }},
            {{ rate = \"20/s\", mean = \"1s\" }}] }}
        output = {{ requests = true, members = true }}
        [service.f]
        platform = \"p\"
        demand.lognormal = {{ mean = \"90ms\", cv = 1.5 }}
        family = {{ count = 12, popularity.zipf = {{ s = 0.9 }} }}
        {service}
        [platform.p]
        {policies}"
    );
    let loaded = load_text("test.toml", &scenario, Path::new("."), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (mut rows, mut arrivals) = (Rows::default(), Vec::new());
    let mut journal = |key: u64, event: Event| {
        if let Event::Arrival(_) = event {
            arrivals.push((key, event));
        }
    };
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut rows), Some(&mut journal));
    let mut told: Vec<String> = outcome
        .members
        .iter()
        .map(|member| format!("{}: {}", member.name, member.of.requests))
        .collect();
    let ended = rows.0.len() as u64;
    assert!(ended > 1000 && outcome.total().requests - ended < 500, "{ended}");
    told.push(format!("{} requests", outcome.total().requests));
    (arrivals, told)
}

#[test]
fn all_policies_face_the_same_arrivals() {
    let first = workload("kind = \"servers\"\nservers = 9", "");
    assert!(first.0.len() > 1000);
    let servers = [
        "discipline = \"lifo\"",
        "discipline = \"processor-sharing\"",
        "balance = \"random\"",
        "balance = \"consistent-hash\"",
        "queue.limit = 0",
    ];
    let faas = [
        "",
        "keep_alive = \"none\"\ncold_start.exponential.mean = \"200ms\"",
        "binding = \"early\"\nconcurrency = 3\ncold_start.exponential.mean = \"200ms\"",
        "keep_alive = \"hybrid-histogram\"\ncold_start.exponential.mean = \"200ms\"",
        "keep_alive.forecast.window = \"1s\"\ncold_start.exponential.mean = \"200ms\"",
        "hosts = [{ count = 2, cpu = 9, memory = \"1GiB\" }]\neviction = \"greedy-dual\"",
        "hosts = [{ count = 2, cpu = 9, memory = \"1GiB\" }]\nplacement = \"random\"",
    ];
    let servers = servers.map(|policy| format!("kind = \"servers\"\nservers = 9\n{policy}"));
    let faas = faas.map(|policy| format!("kind = \"faas\"\n{policy}"));
    for policies in servers.iter().chain(&faas) {
        assert_eq!(first, workload(policies, ""), "{policies}");
    }
}

/// With a server for everybody a response is the demand, so demands are seen in the rows.
#[test]
fn all_policies_face_the_same_demands() {
    let demands = |platform: &str| {
        let (_, mut rows) = outcome(&format!(
            "horizon = \"2m\"
            output.requests = true
            client.a = {{ service = \"s\", arrivals.poisson.rate = \"9/s\" }}
            service.s = {{ platform = \"p\", demand.exponential.mean = \"90ms\",
                calls = [{{ parallel = [{{ service = \"t\", count = 2, probability = 0.5 }}] }}] }}
            service.t = {{ platform = \"p\", demand.uniform = {{ low = \"0s\", high = \"1s\" }} }}
            platform.p = {{ {platform} }}"
        ));
        let cut = |row: &String| row.split(", waiting").next().unwrap().to_owned();
        for row in &mut rows {
            *row = cut(row);
        }
        rows.sort_unstable();
        rows
    };
    let first = demands("kind = \"servers\", servers = 500");
    assert!(first.len() > 900 && first[0].contains("response: Span("), "{}", first[0]);
    for platform in [
        "kind = \"servers\", servers = 500, discipline = \"lifo\"",
        "kind = \"servers\", servers = 500, balance = \"least-outstanding\"",
        "kind = \"faas\"",
        "kind = \"faas\", keep_alive = \"none\", which_idle = \"oldest\"",
        "kind = \"faas\", concurrency = 7, hosts = [{ count = 9, cpu = 1, memory = \"64GiB\" }]",
    ] {
        assert_eq!(first, demands(platform), "{platform}");
    }
}

/// A timeout that never comes, a line that is never full and a retry that is never needed change
/// nothing.
#[test]
fn what_never_happens_changes_nothing() {
    let with = |client: &str, platform: &str| {
        let (outcome, rows) = outcome(&format!(
            "horizon = \"2m\"
            output.requests = true
            client.a = {{ service = \"s\", arrivals.poisson.rate = \"9/s\"{client} }}
            service.s = {{ platform = \"p\", demand.exponential.mean = \"90ms\" }}
            platform.p = {{ kind = \"servers\", servers = 1{platform} }}"
        ));
        assert_eq!(outcome.total().timed_out + outcome.total().refused, 0);
        assert!(outcome.total().response.max() > Some(Span::from_millis(300)));
        rows
    };
    let plain = with("", "");
    assert_eq!(plain, with(", timeout = \"1h\", abandoned = \"cancel\"", ""));
    assert_eq!(plain, with(", retries = { attempts = 9 }", ", queue.limit = 100000"));
    assert_eq!(plain, with("", ", discipline = \"priority\", speed = 1.0"));
}

/// A balancer before one server has no choice; what requests stick to further down is the same.
#[test]
fn a_balancer_of_one_server_changes_nothing() {
    let with = |balance: &str| {
        outcome(&format!(
            "horizon = \"2m\"
            output.requests = true
            client.a = {{ service = \"s\", users = 30, think_time.exponential.mean = \"1s\" }}
            client.b = {{ service = \"s\", arrivals.poisson.rate = \"9/s\" }}
            service.s = {{ platform = \"p\", demand.exponential.mean = \"9ms\",
                calls = [{{ service = \"t\" }}] }}
            service.t = {{ platform = \"q\", demand.exponential.mean = \"2ms\" }}
            platform.p = {{ kind = \"servers\", servers = 1,
                discipline = \"processor-sharing\"{balance} }}
            platform.q = {{ kind = \"servers\", servers = 4, balance = \"consistent-hash\" }}"
        ))
        .1
    };
    let plain = with("");
    assert!(plain.len() > 2000, "{}", plain.len());
    assert_eq!(plain, with(", balance = \"round-robin\""));
}
