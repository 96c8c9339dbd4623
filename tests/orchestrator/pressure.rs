//! Nodes whose memory is too little for what their pods use: who is evicted or killed, and when, worked out by hand.

use cloudsched::model::Outcome;

use super::{load, metric, told};

/// A node of 1000 MiB under Kubernetes, which holds back 100 MiB more; what `platform` adds, and these services.
fn cluster(platform: &str, services: &str) -> String {
    format!(
        "platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 64, memory = '1000MiB' }}], {platform} }}\n{services}"
    )
}

/// A service of one replica that asks for so many MiB, and uses so many and more of them each second.
fn service(name: &str, asks: u32, uses: u32, leak: u32, priority: i32) -> String {
    format!(
        "service.{name} = {{ platform = 'p', replicas = 1, memory = '{asks}MiB', cpu = '10m', priority = {priority}, \
         pod.memory_use = {{ base = '{uses}MiB', leak = '{leak}MiB/s' }} }}\n"
    )
}

/// Which pod is gone first, and when: a request long after that ends the run.
fn first_gone(scenario: &str) -> (String, f64) {
    let (told, _) = told(&load(&[(2000.0, "end", 0.0)], scenario));
    let gone = told.pods.iter().filter(|pod| pod.3 < 2000.0);
    let first = gone.min_by(|a, b| a.3.total_cmp(&b.3)).unwrap();
    (first.0.clone(), first.3)
}

const END: &str = "service.end = { platform = 'p', replicas = 1, cpu = '10m' }\n";

/// `d` asks for 400 and uses 100, and 1 more each second, which is more than the 1000 of the node, with the 760 of the others,
/// from 140 s on: at 150 the kubelet sees it. `a` uses 10 more than it asks for, `b` 150, `c` 100. Of those who use more than they
/// ask for, the lowest priority goes first, then who uses most beyond it.
#[test]
fn who_uses_more_than_it_asks_for_goes_by_priority_then_by_how_much() {
    let d = service("d", 400, 100, 1, 0);
    for (a, b, c, first) in [
        ((300, 0), (100, 5), (100, 0), "c"),
        ((300, 0), (100, 5), (100, 1), "a"),
        ((300, 9), (100, 5), (100, 9), "b"),
        ((310, -7), (100, 5), (100, 9), "b"),
    ] {
        let scenario = cluster(
            "",
            &format!(
                "{}{}{}{d}{END}",
                service("a", a.0, 310, 0, a.1),
                service("b", b.0, 250, 0, b.1),
                service("c", c.0, 200, 0, c.1)
            ),
        );
        assert_eq!(first_gone(&scenario), (first.to_owned(), 150.0), "{a:?}, {b:?}, {c:?}");
    }
}

/// 100 MiB from the start and 1 more each second: 1000 at 900 s, and more at the look at 910. Its successor begins anew with 100.
/// The node has its taint until 300 s after that look: a pod that asks for nothing and comes at 950 waits until 1210, one that
/// asks for CPU does not.
#[test]
fn a_node_short_of_memory_keeps_away_who_asks_for_nothing() {
    let scenario = cluster(
        "",
        &format!(
            "{}service.nothing = {{ platform = 'p' }}\nservice.asks = {{ platform = 'p', cpu = '1m' }}\n",
            service("s", 100, 100, 1, 0)
        ),
    );
    let jobs = [(900.0, "nothing", 1.0), (950.0, "nothing", 1.0), (951.0, "asks", 1.0)];
    let (told, outcome) = told(&load(&jobs, &scenario));
    assert_eq!(told.ends(), [("nothing", 901.0), ("asks", 952.0), ("nothing", 1211.0)]);
    assert_eq!(told.pods_of("s"), [(0, 0.0, 910.0), (0, 910.0, 1211.0)]);
    assert_eq!((metric(&outcome, "pod_evictions"), metric(&outcome, "oom_kills")), (1.0, 0.0));
}

/// At 95 MiB a second there are 1050 at the look at 10 s, more than the 1000 of the node and less than the 1100 that there are: it is
/// evicted. At 60 there are 700 at 10 s, and 1100 before the next look, at 16.67 s: it is killed, and starts again at once, as it
/// does where nobody looks; Swarm knows of no 100 MiB held back, and starts another task after 5 s.
#[test]
fn what_grows_faster_than_the_kubelet_looks_is_killed() {
    let scenario = |kind: &str, leak| {
        let all = cluster("", &format!("{}{END}", service("s", 100, 100, leak, 0)));
        all.replace("'kubernetes'", &format!("'{kind}'"))
    };
    for (kind, leak, until, evictions, kills) in [
        ("kubernetes", 95, 9.9, 0.0, 0.0),
        ("kubernetes", 95, 10.1, 1.0, 0.0),
        ("kubernetes", 60, 16.6, 0.0, 0.0),
        ("kubernetes", 60, 16.7, 0.0, 1.0),
        ("docker-swarm", 60, 14.9, f64::NAN, 0.0),
        ("docker-swarm", 60, 15.1, f64::NAN, 1.0),
    ] {
        let (_, outcome) = told(&load(&[(until, "end", 0.0)], &scenario(kind, leak)));
        let seen = (metric(&outcome, "pod_evictions"), metric(&outcome, "oom_kills"));
        assert_eq!(seen.1, kills, "{kind} {leak} {until}");
        assert!(seen.0.total_cmp(&evictions).is_eq(), "{kind} {leak} {until}: {seen:?}");
    }
}

/// `guaranteed` asks for the memory and the CPU that it may have, `nothing` asks for nothing, `grows` asks for 100 MiB, uses 100 and 90
/// more each second until the others' and its own are 1100. The kernel adds 1000 thousandths of that for `nothing` and 1000 - 90 for
/// `grows`, and takes 997 from `guaranteed`. With 200 for this one and 430 for `nothing`, `grows` uses 470: 1391 against 1337. With 500
/// and 100, `grows` uses 500: 1091 against 1365, and `guaranteed` has less than nothing. Under Swarm all is used at 1000, and who uses
/// most of 200, 350 and 450, or of 500, 100 and 400, goes.
#[test]
fn the_kernel_kills_by_class_where_there_is_a_kubelet() {
    let first_failed = |kind: &str, guaranteed: u32, nothing: u32| {
        let services = format!(
            "horizon = '9s'\n{}service.nothing = {{ platform = 'p', replicas = 1, pod.memory_use.base = '{nothing}MiB' }}\n\
             service.guaranteed = {{ platform = 'p', replicas = 1, memory = '{guaranteed}MiB', cpu = '10m', \
             pod = {{ memory_limit = '{guaranteed}MiB', cpu_limit = '10m', memory_use.base = '{guaranteed}MiB' }} }}\n",
            service("grows", 100, 100, 90, 0)
        );
        let scenario = cluster("", &services).replace("'kubernetes'", &format!("'{kind}'"));
        let names = ["grows", "nothing", "guaranteed"];
        let (told, _) = told(&load(&names.map(|name| (1.0, name, 1000.0)), &scenario));
        told.jobs.iter().find(|job| job.2 == Outcome::Failed).map(|job| job.0.clone()).unwrap()
    };
    assert_eq!(first_failed("kubernetes", 200, 430), "nothing");
    assert_eq!(first_failed("kubernetes", 500, 100), "grows");
    assert_eq!(first_failed("docker-swarm", 200, 350), "grows");
    assert_eq!(first_failed("docker-swarm", 500, 100), "guaranteed");
}

/// Less than 400 MiB are left from the start, and nobody uses more than it asks for: the lower priority goes at the first look, or
/// of equals who is nearest to what it asks for.
#[test]
fn who_uses_less_than_it_asks_for_goes_if_nobody_uses_more() {
    let pressure = "memory_pressure = { hard = '100MiB', soft = '400MiB', soft_grace = '0s', period = '10s', transition = '5m' }";
    for (a, b, first) in [(3, 2, "b"), (2, 3, "a"), (2, 2, "b")] {
        let services =
            format!("{}{}{END}", service("a", 400, 350, 0, a), service("b", 400, 360, 0, b));
        assert_eq!(first_gone(&cluster(pressure, &services)), (first.to_owned(), 10.0), "{a}, {b}");
    }
}

/// Of 1100 MiB less than 400 are left when more than 700 are used, after 600 s, as the look at 610 sees; 90 s later that is long
/// enough.
#[test]
fn a_soft_threshold_waits() {
    let pressure = "memory_pressure = { hard = '100MiB', soft = '400MiB', soft_grace = '90s', period = '10s', transition = '5m' }";
    let scenario = cluster(pressure, &format!("{}{END}", service("s", 100, 100, 1, 0)));
    assert_eq!(first_gone(&scenario), ("s".to_owned(), 700.0));
}

/// Limits that add up to no more than the node has are all that is looked at: both are killed by their own, and the node is never
/// short.
#[test]
fn limits_that_fit_keep_a_node_from_it() {
    let one = |name: &str| {
        service(name, 100, 100, 1, 0)
            .replace("pod.memory_use", "pod.memory_limit = '500MiB', pod.memory_use")
    };
    let scenario = cluster("", &format!("{}{}{END}", one("a"), one("b")));
    let (told, outcome) = told(&load(&[(1000.0, "end", 0.0)], &scenario));
    assert_eq!(metric(&outcome, "oom_kills"), 4.0);
    assert_eq!(told.pods_of("a"), [(0, 0.0, 1000.0)], "nobody is evicted");
}

/// A daemon uses 100 MiB from the start and 1 more each second: more than 1000 at the look at 910. Another comes to its node at once,
/// though it asks for nothing: daemons stand the taint.
#[test]
fn daemons_are_evicted_and_come_again() {
    let daemon = |asks: &str| {
        format!(
            "service.d = {{ platform = 'p', {asks} pod = {{ daemon = true, memory_use = {{ base = '100MiB', leak = '1MiB/s' }} }} }}\n{END}"
        )
    };
    for asks in ["cpu = '10m', memory = '100MiB',", ""] {
        let (told, outcome) = told(&load(&[(1000.0, "end", 0.0)], &cluster("", &daemon(asks))));
        assert_eq!(told.pods_of("d"), [(0, 0.0, 910.0), (0, 910.0, 1000.0)], "{asks}");
        assert_eq!(metric(&outcome, "pod_evictions"), 1.0);
    }
}

/// Less than 400 MiB are left from 6 s on, when a job of 5 s comes that uses the 400 that it asks for. It is nearer to that than a
/// replica which uses 350 of 400, and goes at the look at 10 s; it begins anew, until 15 s. If the replica has the lower priority,
/// that goes.
#[test]
fn jobs_are_evicted_and_begin_anew() {
    let pressure = "memory_pressure = { hard = '100MiB', soft = '400MiB', soft_grace = '0s', period = '10s', transition = '5m' }";
    for (priority, lives, end) in
        [(0, vec![(0, 6.0, 10.0), (0, 10.0, 15.0)], 15.0), (-1, vec![(0, 6.0, 11.0)], 11.0)]
    {
        let services = format!(
            "{}service.job = {{ platform = 'p', cpu = '10m', memory = '400MiB' }}\n",
            service("a", 400, 350, 0, priority)
        );
        let (told, outcome) = told(&load(&[(6.0, "job", 5.0)], &cluster(pressure, &services)));
        assert_eq!(told.ends(), [("job", end)]);
        assert_eq!(told.pods_of("job"), lives);
        assert_eq!(metric(&outcome, "pod_evictions"), 1.0);
    }
}

/// Under Swarm a replica that leaks 10 MiB a second from 100 on has 400 at 30 s, which with the 600 of a job are all of the node: the
/// kernel kills who uses most, the job. One that works begins anew, is killed each second, and fails when that happens for the seventh
/// time. One that waits for its calls fails at once.
#[test]
fn the_kernel_kills_jobs_that_use_most() {
    let services = format!(
        "{}service.job = {{ platform = 'p', cpu = '10m', memory = '600MiB', CALLS }}\n\
         service.other = {{ platform = 'q', demand.constant = '100s' }}\n\
         platform.q = {{ kind = 'servers', servers = 1 }}\n",
        service("leaks", 100, 100, 10, 0)
    );
    let scenario = cluster("", &services).replace("'kubernetes'", "'docker-swarm'");
    let works = scenario.replace(", CALLS", "");
    let (works, outcome) = told(&load(&[(25.0, "job", 10.0)], &works));
    let first = works.pods_of("job")[0];
    assert!((first.2 - 30.0).abs() < 1e-6, "{first:?}");
    let (_, end, ended) = works.jobs[0];
    assert!((35.0..=37.0).contains(&end) && ended == Outcome::Failed, "{end}");
    assert_eq!(metric(&outcome, "oom_kills"), 7.0);
    let calls = scenario.replace("CALLS", "calls = [{ service = 'other' }]");
    let (calls, outcome) = told(&load(&[(25.0, "job", 1.0)], &calls));
    let failed = calls.jobs.iter().find(|job| job.0 == "job").unwrap();
    assert!((failed.1 - 30.0).abs() < 1e-6 && failed.2 == Outcome::Failed, "{:?}", calls.jobs);
    assert_eq!(metric(&outcome, "oom_kills"), 1.0);
}
