//! Runs that would never end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

use super::{Cases, GOOD};

/// What a run says that does not come to an end.
fn panicked(text: &str) -> String {
    let loaded = load_text("still.toml", text, Path::new("."), "still", &[]).unwrap();
    let still = AssertUnwindSafe(|| run(&loaded.specification, loaded.seed, None, None));
    let Err(payload) = catch_unwind(still) else { panic!("the run came to an end") };
    payload.downcast_ref::<String>().unwrap().clone()
}

/// Callers hold the only two places; messages in line wait for a window that is over for nothing.
const HELD_UP: &str = r#"
    requests = 200
    [client.a]
    service = "a"
    arrivals.constant.rate = "10/s"
    delivery.stream = { batch = 10, window = "3s" }
    [service]
    a = { platform = "p", demand.constant = "100ms", calls = [{ service = "b" }] }
    b = { platform = "p", demand.constant = "2s" }
    [platform.p]
    kind = "faas"
    max_instances = 1
    eviction = "none"
"#;

/// The only instance that there may be is provisioned for another service, whenever it is recycled.
const REPLACED: &str = r#"
    client.few = { service = "b", arrivals.stages = [{ duration = "10s", target = "1/s" }] }
    [service]
    a = { platform = "p", demand.constant = "1s", provisioned_concurrency = 1 }
    b = { platform = "p", demand.constant = "1s" }
    [platform.p]
    kind = "faas"
    max_instances = 1
    max_lifetime.constant = '3h'
"#;

/// Callers that hold what their calls need.
const DEADLOCK: &str = r#"
        requests = 1000000
        client.users = { service = "web", arrivals.poisson.rate = "1000/s", latency.constant = "1ms" }
        service.web = { platform = "PLATFORM", demand.constant = "1ms", calls = [{ service = "other" }] }
        service.other = { platform = "PLATFORM", demand.constant = "1ms" }
        platform.pool = { kind = "servers", servers = 4 }
        platform.cloud = { kind = "faas", cold_start.constant = "1ms", hosts = [{ count = 4, cpu = 1, memory = "128MiB" }] }
    "#;

/// What comes of a run that ends.
fn run_of(text: &str) -> RunOutcome {
    let loaded = load_text("ends.toml", text, Path::new("."), "ends", &[]).unwrap();
    run(&loaded.specification, loaded.seed, None, None)
}

/// A closed loop in which no time passes goes round at one instant, and callers may wait for each
/// other: the run ends with the reason.
#[test]
fn runs_that_would_never_end() {
    let mut cases = Cases::default();
    let still = r#"
        horizon = "1h"
        client.hasty = { service = "web", users = 2 }
        service.web = { platform = "pool", demand.constant = "10ms" }
        platform.pool = { kind = "servers", servers = 1, queue.limit = 0 }
    "#;
    cases.add("clock stands still", panicked(still));
    let at_once = r#"
        requests = 100
        client.eager = { service = "web", arrivals.poisson.rate = "10/s", retries = { attempts = 4000000000, backoff = "0s" } }
        service.web = { platform = "pool", demand.constant = "1s" }
        platform.pool = { kind = "servers", servers = 1, queue.limit = 0 }
    "#;
    cases.add("retries at once", panicked(at_once));
    cases.add("all servers are held", panicked(&DEADLOCK.replace("PLATFORM", "pool")));
    cases.add("all instances are held", panicked(&DEADLOCK.replace("PLATFORM", "cloud")));
    let full = r#"
        client.few = { service = "wide", arrivals.stages = [{ duration = "10s", target = "1/s" }] }
        service.wide = { platform = "cloud", demand.constant = "1s", memory = "1GiB" }
        service.small = { platform = "cloud", demand.constant = "1s" }
        [platform.cloud]
        kind = "faas"
        hosts = [{ cpu = 1, memory = "1GiB" }]
        keep_alive.scheduled = { window = "1m", times = [{ from = "0s", to = "12h", instances = 1 }, { from = "12h", to = "24h", instances = 2 }] }
    "#;
    cases.add("plans keep the room", panicked(full));
    let yearly = full.replace("\"1m\", ", "\"1m\", every = \"365d\", ").replace("24h", "365d");
    cases.add("plans by the year", panicked(&yearly));
    cases.add("a window in a line that is held up", panicked(HELD_UP));
    cases.add("instances that take each other's place", panicked(REPLACED));
    let rarely = REPLACED.replace("'3h'", "'30d'");
    cases.add("instances that do so to the end of time", panicked(&rarely));
    cases.check("endless");

    // Callers that give up, or a horizon, let the run come to its end.
    let ends =
        |old: &str, new: &str| run_of(&DEADLOCK.replace("PLATFORM", "pool").replace(old, new));
    let total =
        ends("\"1ms\" }\n        service.web", "\"1ms\", timeout = \"1s\" }\n        service.web");
    assert!(total.total().timed_out > 900_000, "{:?}", total.total().timed_out);
    let total = ends("requests = 1000000", "horizon = \"200s\"");
    assert!(total.total().in_flight() > 190_000);

    // So do requests that are refused, also before the warm-up is over, and a client whose requests
    // go where there is room.
    let full = DEADLOCK
        .replace("PLATFORM", "pool")
        .replace("servers = 4 }", "servers = 4, queue.limit = 5 }");
    let total = run_of(&full.replace("requests = 1000000", "requests = 1000\nwarm_up = \"350s\""));
    assert_eq!((total.total().refused, total.total().completed), (1000, 0));
    let elsewhere = "requests = 5\n        client.rare = { service = \"rare\", arrivals.poisson.rate = \"0.01/s\" }\n        \
        service.rare = { platform = \"rare\", demand.constant = \"1ms\" }\n        platform.rare = { kind = \"servers\", servers = 1 }";
    let total = ends("requests = 1000000", elsewhere);
    assert_eq!(total.total().completed, 5);
}

/// 10 s / 1 ns are 10^10 samples; 10 s / 10^7 are 1 µs, which is right. A run of some requests may be long, whatever it is.
#[test]
fn series_that_fill_a_disk_are_errors() {
    let mut cases = Cases::default();
    for (head, every, right) in [
        ("horizon = '10s'", "1ns", false),
        ("horizon = '10s'", "999ns", false),
        ("horizon = '10s'", "1us", true),
        ("requests = 1000", "999us", false),
        ("requests = 1000", "1ms", true),
    ] {
        let text = format!(
            "{head}\noutput.series.every = '{every}'\n{}",
            GOOD.split_once('\n').unwrap().1
        );
        match load_text("bad.toml", &text, Path::new(""), "bad", &[]) {
            Ok(_) => assert!(right, "{head} {every}"),
            Err(error) => cases.add(every, error.render(false)),
        }
    }
    cases.check("series");
}

/// Callers that are cut let others go on: on OpenWhisk all are.
#[test]
fn callers_that_are_cut_end() {
    let whisk = "[platform.whisk]
        kind = 'openwhisk'
        invokers = 1
        user_memory = '1GiB'
        quota = { concurrency = 1000000, requests_per_minute = 1000000 }
        stem_cells = []
        timeout = '1s'";
    let whisk = format!("{}\n{whisk}", DEADLOCK.replace("PLATFORM", "whisk"));
    let total = run_of(&whisk.replace("requests = 1000000", "requests = 2000"));
    assert_eq!(total.total().completed + total.total().failed, 2000);
    assert!(total.total().failed > 1000, "{}", total.total().failed);
}
