//! Jobs that need their image and start before they are served. An image of 100 MB comes at 10 MB/s, in 10 s, and containers start in 5 s.

use std::path::Path;

use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;

use super::{load, metric, told};

const IMAGE: &str = "image = '100MB', pod.start.constant = '5s'";

/// That a node has failed is noticed late.
const NOTICED: &str = "heartbeat = { period = '1s', timeout = '1m' },";

/// A cluster of nodes with one CPU for one job of `s` at a time.
fn cluster(nodes: u32, platform: &str, more: &str) -> String {
    format!(
        "platform.p = {{ kind = 'kubernetes', image_bandwidth = '10MB/s', {platform} nodes = [{{ count = {nodes}, cpu = 1, memory = '4GiB' }}] }}
        service.s = {{ platform = 'p', cpu = 1, {IMAGE} }}\n{more}"
    )
}

/// When jobs of `s` of a second end that come at these times.
fn ends(times: &[f64], scenario: &str) -> Vec<f64> {
    let jobs: Vec<_> = times.iter().map(|at| (*at, "s", 1.0)).collect();
    let (told, _) = told(&load(&jobs, scenario));
    told.jobs.iter().filter(|job| job.2 == Outcome::Completed).map(|job| job.1).collect()
}

/// The first job has its image at 10 s, starts until 15 and holds the CPU meanwhile: the second is put on the node at 16 and starts until
/// 21. The third finds all of it at 30. They wait for 15, 20 and 5 s and are served for 1 s each. None is found not to be placed but
/// the second.
#[test]
fn a_job_waits_for_its_image_and_start_and_holds_its_room() {
    let jobs = [(0.0, "s", 1.0), (1.0, "s", 1.0), (30.0, "s", 1.0)];
    let (told, outcome) = told(&load(&jobs, &cluster(1, "", "")));
    assert_eq!(told.ends(), [("s", 16.0), ("s", 22.0), ("s", 36.0)]);
    assert_eq!(told.pods_of("s"), [(0, 0.0, 16.0), (0, 16.0, 22.0), (0, 30.0, 36.0)]);
    assert!((metric(&outcome, "waiting_ms_mean") - 40_000.0 / 3.0).abs() < 1e-6);
    assert!((metric(&outcome, "service_ms_mean") - 1000.0).abs() < 1e-6);
    assert_eq!(metric(&outcome, "unplaced"), 1.0);
}

/// Two jobs on a node, or of two services with a layer in common, have one pull of it: 10 s and 2 s more.
#[test]
fn jobs_share_what_comes_to_their_node() {
    let both = cluster(
        1,
        "",
        "service.t = { platform = 'p', layers = { base = '80MB', t = '20MB' } }
        service.u = { platform = 'p', layers = { base = '80MB', u = '20MB' } }\n",
    );
    let jobs = [(0.0, "t", 1.0), (0.0, "u", 1.0), (1.0, "t", 1.0)];
    let (told, _) = told(&load(&jobs, &both));
    assert_eq!(told.ends(), [("t", 11.0), ("t", 11.0), ("u", 13.0)]);
}

/// The node fails before the image is there, while containers start, or while the job is served. It is back a second later, or ten: the image comes
/// anew if it was not there, the containers start anew, and so does the job.
#[test]
fn a_job_starts_anew_with_its_node() {
    for (at, lasts, end) in
        [("5s", 1, 22.0), ("12s", 1, 19.0), ("12s", 10, 28.0), ("15500ms", 1, 22.5)]
    {
        let fault =
            format!("fault.f = {{ platform = 'p', at = ['{at}'], lasts.constant = '{lasts}s' }}\n");
        assert_eq!(ends(&[0.0], &cluster(1, NOTICED, &fault)), [end], "{at}");
    }
}

/// A node that fails for good while containers start, or while the job is served, is given up at once: the job starts on another, which has
/// nothing.
#[test]
fn a_job_starts_on_another_node() {
    for (at, end) in [(12.0, 28.0), (15.5, 31.5)] {
        let fault = format!(
            "fault.f = {{ platform = 'p', match = 'kubernetes.io/hostname=node-0', at = ['{}ms'] }}\n",
            at * 1000.0
        );
        let scenario = cluster(2, "", &fault).replace("'kubernetes'", "'orchestrator'");
        let (told, outcome) = told(&load(&[(0.0, "s", 1.0)], &scenario));
        assert_eq!(told.ends(), [("s", end)], "{at}");
        assert_eq!(told.pods_of("s"), [(0, 0.0, at), (1, at, end)]);
        assert!((metric(&outcome, "waiting_ms_mean") - (end - 1.0) * 1000.0).abs() < 1e-6);
    }
}

/// Nobody hears of the node for a while: the job goes on to start, and that it has ended is known when the node is heard of.
#[test]
fn a_job_starts_where_nobody_hears_of_it() {
    for (lasts, end) in [("7s", 16.0), ("25s", 30.0)] {
        let fault = format!(
            "fault.f = {{ platform = 'p', kind = 'partition', at = ['5s'], lasts.constant = '{lasts}' }}\n"
        );
        assert_eq!(ends(&[0.0], &cluster(1, NOTICED, &fault)), [end], "{lasts}");
    }
}

/// A job that comes to a node of which nobody hears yet that it has failed, at 5 s, starts when it is back at 10 s.
#[test]
fn a_job_does_not_start_on_a_node_that_has_failed() {
    for kind in ["crash", "partition"] {
        let fault = format!(
            "fault.f = {{ platform = 'p', kind = '{kind}', at = ['5s'], lasts.constant = '5s' }}\n"
        );
        assert_eq!(ends(&[6.0], &cluster(1, NOTICED, &fault)), [26.0], "{kind}");
    }
}

/// `urgent` evicts the job at 3 s and runs until 7. The image is there at 10, as the pull went on, and the job starts until 15.
#[test]
fn a_job_that_starts_is_evicted() {
    let urgent = "service.urgent = { platform = 'p', cpu = 1, priority = 9 }\n";
    let scenario = cluster(1, "termination_grace = '0s',", urgent);
    let (told, outcome) = told(&load(&[(0.0, "s", 1.0), (3.0, "urgent", 4.0)], &scenario));
    assert_eq!(told.ends(), [("urgent", 7.0), ("s", 16.0)]);
    assert_eq!(told.pods_of("s"), [(0, 0.0, 3.0), (0, 7.0, 16.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 1.0);
}

/// Its client gives the job up at 8 s: the pod goes, and the next one has the node at once and the image at 10 s.
#[test]
fn a_job_that_starts_is_given_up() {
    let scenario = cluster(1, "", "client.log.timeout = '8s'\nclient.log.abandoned = 'cancel'\n");
    let (told, _) = told(&load(&[(0.0, "s", 1.0), (7.5, "s", 1.0)], &scenario));
    let jobs: Vec<_> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    assert_eq!(jobs, [(8.0, Outcome::TimedOut), (15.5, Outcome::TimedOut)]);
    assert_eq!(told.pods_of("s"), [(0, 0.0, 8.0), (0, 8.0, 15.5)]);
}

/// Two jobs on machines of their own, of which each is there after 20 s and gets the image anew.
#[test]
fn a_job_on_a_machine_of_its_own_has_its_image_anew() {
    let scenario = format!(
        "platform.p = {{ kind = 'orchestrator', image_bandwidth = '10MB/s', serverless.boot.constant = '20s' }}
        service.s = {{ platform = 'p', cpu = 1, memory = '2GiB', {IMAGE} }}\n"
    );
    assert_eq!(ends(&[0.0, 100.0], &scenario), [36.0, 136.0]);
}

/// A task of a vCPU and 2 GiB is charged for from the pull of its image on: 10 s of pull, 5 of start and 45 of service.
#[test]
fn fargate_charges_for_the_start_of_a_job() {
    let scenario = format!(
        "platform.p = {{ kind = 'ecs-fargate', serverless.boot.constant = '20s', price = 'fargate', image_bandwidth = '10MB/s' }}
        service.s = {{ platform = 'p', cpu = 1, memory = '2GiB', {IMAGE} }}\n"
    );
    let (told, outcome) = told(&load(&[(0.0, "s", 45.0)], &scenario));
    assert_eq!(told.ends(), [("s", 80.0)]);
    let cost = metric(&outcome, "cost_usd");
    assert!((cost - (0.04048 + 2.0 * 0.004_445) / 60.0).abs() < 1e-9, "{cost}");
}

/// Replicas use more and more memory and are killed with the job that uses most, seven times; then it has failed, though it never
/// began.
#[test]
fn a_job_that_starts_is_killed_for_its_memory() {
    let scenario = "platform.p = { kind = 'docker-swarm', nodes = [{ cpu = 4, memory = '1GiB' }], image_bandwidth = '1MB/s' }
        service.s = { platform = 'p', memory = '900MiB', image = '10GB' }
        service.leaks = { platform = 'p', cpu = '10m', replicas = 1, pod.memory_use = { base = '10MiB', leak = '1MiB/s' } }\n";
    let (told, outcome) = told(&load(&[(0.0, "s", 1.0), (9000.0, "leaks", 1.0)], scenario));
    assert_eq!(told.jobs[0].2, Outcome::Failed);
    assert!(metric(&outcome, "oom_kills") >= 7.0);
    assert_eq!(told.pods_of("s").len(), 7);
}

/// What a job has no use for is said; what it has is not.
#[test]
fn what_jobs_do_not_use_is_said() {
    let warnings = |service: &str| {
        let text = format!(
            "horizon = '1m'
            client.c = {{ service = 's', arrivals.constant.rate = '1/s' }}
            service.s = {{ platform = 'p', demand.constant = '1s', {service} }}
            platform.p = {{ kind = 'kubernetes', nodes = [{{ cpu = 4, memory = '4GiB' }}] }}"
        );
        let loaded = load_text("t.toml", &text, Path::new(""), "t", &[]).unwrap();
        loaded.problems.render(&loaded.sources, false)
    };
    assert_eq!(warnings(IMAGE), "");
    assert_eq!(warnings("layers = { a = '1MB' }"), "");
    for key in ["start_failure", "pull_failure"] {
        let told = warnings(&format!("pod.{key} = 0.5"));
        assert!(told.contains(&format!("`{key}` is not used: each request to `s`")), "{told}");
    }
}
