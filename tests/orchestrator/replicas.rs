//! Services with replicas: when requests reach them, how they share CPU, what becomes of them when a pod goes.

use super::{load, metric, told};
use cloudsched::model::Outcome;

/// When each request ended, in order of that, with replicas on nodes with these keys.
fn ends(jobs: &[(f64, &str, f64)], scenario: &str) -> Vec<(String, f64)> {
    let (told, _) = told(&load(jobs, scenario));
    assert!(told.jobs.iter().all(|job| job.2 == Outcome::Completed), "{:?}", told.jobs);
    told.jobs.into_iter().map(|(service, end, _)| (service, end)).collect()
}

/// The same but for nanoseconds that a division leaves.
fn close(seen: &[(String, f64)], expected: &[(&str, f64)]) {
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for ((service, end), (other, due)) in seen.iter().zip(expected) {
        assert!(service == other && (end - due).abs() < 1e-6, "{seen:?}, not {expected:?}");
    }
}

/// One core: two requests of 1 s share it and end at 12; with a limit of half a core one of 1 s takes 2.
#[test]
fn requests_share_the_cpu_of_their_replica() {
    let platform = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB' }] }\n";
    let jobs = [(10.0, "s", 1.0), (10.0, "s", 1.0)];
    let service = "service.s = { platform = 'c', cpu = '100m', replicas = 1 }\n";
    close(&ends(&jobs, &format!("{platform}{service}")), &[("s", 12.0), ("s", 12.0)]);
    let service =
        "service.s = { platform = 'c', cpu = '100m', replicas = 1, pod.cpu_limit = '500m' }\n";
    close(&ends(&jobs[..1], &format!("{platform}{service}")), &[("s", 12.0)]);
}

/// `a` asks for three times the CPU of `b`. While both compute on the one core, `a` has 3/4 of it and ends after 4/3 s;
/// `b` has done 1/3 by then and ends 2/3 s later, alone.
#[test]
fn replicas_share_a_short_node_by_what_they_ask_for() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    service.a = { platform = 'c', cpu = '600m', replicas = 1 }\n\
                    service.b = { platform = 'c', cpu = '200m', replicas = 1 }\n";
    let seen = ends(&[(10.0, "a", 1.0), (10.0, "b", 1.0)], scenario);
    close(&seen, &[("a", 10.0 + 4.0 / 3.0), ("b", 12.0)]);
}

/// A job has the core that it asks for; the replica's two requests share the other.
#[test]
fn jobs_have_what_they_ask_for() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }] }\n\
                    service.job = { platform = 'c', cpu = 1 }\n\
                    service.s = { platform = 'c', cpu = '100m', replicas = 1 }\n";
    let jobs = [(0.0, "job", 60.0), (10.0, "s", 1.0), (10.0, "s", 1.0)];
    close(&ends(&jobs, scenario), &[("s", 12.0), ("s", 12.0), ("job", 60.0)]);
}

/// A core, of which a job has 0.9 from 1 to 21 s. A request of 10 s that comes at 2 s has 0.1 of it until then, 1.9 s of work,
/// and the other 8.1 s alone: until 29.1. One that comes at 0.5 s has half a second alone and 2 s of work until 21.
#[test]
fn jobs_that_come_and_go_change_what_replicas_have() {
    let scenario = "platform.c = { kind = 'orchestrator', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    service.job = { platform = 'c', cpu = '900m' }\n\
                    service.s = { platform = 'c', cpu = '100m', replicas = 1 }\n";
    let jobs = [(1.0, "job", 20.0), (2.0, "s", 10.0)];
    close(&ends(&jobs, scenario), &[("job", 21.0), ("s", 29.1)]);
    let jobs = [(0.5, "s", 10.0), (1.0, "job", 20.0)];
    close(&ends(&jobs, scenario), &[("job", 21.0), ("s", 28.5)]);
}

/// A replica that serves one at a time lets others wait: 1 s each, one after the other.
#[test]
fn a_replica_at_its_concurrency_lets_requests_wait() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }] }\n\
                    service.s = { platform = 'c', cpu = 1, replicas = 1, pod.concurrency = 1 }\n";
    let jobs = [(10.0, "s", 1.0), (10.0, "s", 1.0), (10.5, "s", 1.0)];
    let (told, outcome) = told(&load(&jobs, scenario));
    assert_eq!(told.ends(), [("s", 11.0), ("s", 12.0), ("s", 13.0)]);
    assert_eq!(metric(&outcome, "queue_length_max"), 2.0);
    assert!((metric(&outcome, "waiting_ms_mean") - (0.0 + 1000.0 + 1500.0) / 3.0).abs() < 1e-6);
}

/// The image of 100 MB takes 10 s at 10 MB/s, the containers 7 s. It is looked each 5 s, from the end of the pull on:
/// at 10 s after it is found ready, so at 20, and is an endpoint at 21. A request before is refused.
#[test]
fn a_replica_serves_when_it_has_its_image_has_started_and_is_found_ready() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }], \
                    image_bandwidth = '10MB/s', endpoint_delay = '1s' }\n\
                    service.s = { platform = 'c', cpu = 1, replicas = 1, image = '100MB', \
                    pod = { start.constant = '7s', readiness.period = '5s' } }\n";
    let jobs = [(20.9, "s", 0.5), (21.1, "s", 0.5)];
    let (told, _) = told(&load(&jobs, scenario));
    assert_eq!(told.jobs[0].2, Outcome::Refused);
    assert_eq!((told.jobs[1].1, told.jobs[1].2), (21.6, Outcome::Completed));
}

/// Three replicas on a node have one pull of 10 s; another image of 10 s comes after it.
#[test]
fn images_come_one_after_the_other_and_stay() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }], \
                    image_bandwidth = '10MB/s', endpoint_delay = '0s' }\n\
                    service.a = { platform = 'c', replicas = 3, image = '100MB' }\n\
                    service.b = { platform = 'c', replicas = 1, image = '100MB' }\n";
    let jobs = [(9.9, "a", 0.0), (10.1, "a", 0.0), (19.9, "b", 0.0), (20.1, "b", 0.0)];
    let (told, _) = told(&load(&jobs, scenario));
    let outcomes: Vec<Outcome> = told.jobs.iter().map(|job| job.2).collect();
    assert_eq!(
        outcomes,
        [Outcome::Refused, Outcome::Completed, Outcome::Refused, Outcome::Completed]
    );
}

/// The image of `a` is on the node from 10 s on, that of `b` takes 2,000 s more. `urgent` evicts the replica of `a` from 20 to 1000; the
/// one that comes then finds its image there and serves at once.
#[test]
fn an_image_that_is_there_waits_for_no_other() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }], \
                    image_bandwidth = '10MB/s', endpoint_delay = '0s' }\n\
                    service.a = { platform = 'c', cpu = 1, replicas = 1, image = '100MB' }\n\
                    service.b = { platform = 'c', replicas = 1, image = '20GB' }\n\
                    service.urgent = { platform = 'c', cpu = 2, priority = 9 }\n";
    let jobs =
        [(20.0, "urgent", 980.0), (1000.5, "a", 1.0), (2009.0, "b", 1.0), (2011.0, "b", 1.0)];
    let (told, _) = told(&load(&jobs, scenario));
    let seen: Vec<(&str, f64, Outcome)> =
        told.jobs.iter().map(|(service, end, how)| (service.as_str(), *end, *how)).collect();
    let expected = [
        ("urgent", 1000.0, Outcome::Completed),
        ("a", 1001.5, Outcome::Completed),
        ("b", 2009.0, Outcome::Refused),
        ("b", 2012.0, Outcome::Completed),
    ];
    assert_eq!(seen, expected);
}

/// An urgent job evicts the one replica at 10. Requests still go to it for 1 s; those that it has may end until 40:
/// the short one does, the long one fails then. A new replica waits until the job has gone at 140.
#[test]
fn a_replica_that_is_evicted_drains_and_is_replaced() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }], endpoint_delay = '1s' }\n\
                    service.s = { platform = 'c', cpu = 1, replicas = 1 }\n\
                    service.urgent = { platform = 'c', cpu = 2, priority = 9 }\n";
    let jobs = [
        (5.0, "s", 100.0),
        (10.0, "urgent", 100.0),
        (10.5, "s", 5.0),
        (12.0, "s", 1.0),
        (139.0, "s", 1.0),
        (142.0, "s", 1.0),
    ];
    let (told, outcome) = told(&load(&jobs, scenario));
    let seen: Vec<(&str, f64, Outcome)> =
        told.jobs.iter().map(|(service, end, how)| (service.as_str(), *end, *how)).collect();
    let expected = [
        ("s", 12.0, Outcome::Refused),
        ("s", 15.5, Outcome::Completed),
        ("s", 40.0, Outcome::Failed),
        ("s", 139.0, Outcome::Refused),
        ("urgent", 140.0, Outcome::Completed),
        ("s", 143.0, Outcome::Completed),
    ];
    assert_eq!(seen, expected);
    assert_eq!(metric(&outcome, "preemptions"), 1.0);
    assert_eq!(told.pods_of("s"), [(0, 0.0, 40.0), (0, 140.0, 143.0)]);
}

/// With `least-outstanding` two requests go to two replicas on a node each; with one replica they share a core.
#[test]
fn requests_are_balanced_over_endpoints() {
    let scenario = "platform.c = { kind = 'kubernetes', balance = 'least-outstanding', \
                    nodes = [{ count = 2, cpu = 1, memory = '4GiB' }] }\n\
                    service.s = { platform = 'c', cpu = '600m', replicas = 2 }\n";
    let jobs = [(10.0, "s", 1.0), (10.0, "s", 1.0)];
    close(&ends(&jobs, scenario), &[("s", 11.0), ("s", 11.0)]);
}

/// Two requests of 20 s use a core each, whatever their replica asks for, and a job for 60 s the half that it has: 70 of the 400
/// core seconds of four cores in 100 s. Alone with a core, the two use it for 40 s.
#[test]
fn utilisation_of_nodes_is_the_cpu_that_is_used() {
    let used = |node: &str, asks: &str, jobs: &[(f64, &str, f64)]| {
        let scenario = format!(
            "horizon = '100s'\nplatform.c = {{ kind = 'kubernetes', nodes = [{{ {node}, memory = '4GiB' }}] }}\n\
             service.s = {{ platform = 'c', {asks}replicas = 1 }}\n\
             service.job = {{ platform = 'c', cpu = '500m' }}\n"
        );
        metric(&told(&load(jobs, &scenario)).1, "host_cpu_utilisation")
    };
    let jobs = [(0.0, "job", 60.0), (10.0, "s", 20.0), (10.0, "s", 20.0)];
    for asks in ["", "cpu = '100m', ", "cpu = 3, "] {
        assert!((used("cpu = 4", asks, &jobs) - 0.175).abs() < 1e-6, "{asks}");
    }
    assert!((used("cpu = 1", "", &jobs[1..]) - 0.4).abs() < 1e-6);
}
