//! Replicas that use too much memory.

use super::{load, metric, run_text, told};
use cloudsched::model::Outcome;

/// Of 512 MiB 212 are used from the start; the other 300 leak at 100 MiB an hour in three hours. Then it is killed and starts
/// anew, so that six hours later it is killed again.
#[test]
fn a_leak_says_when_it_is_too_much() {
    for (horizon, kills) in [("3h", 0), ("10801s", 1), ("6h", 1), ("21601s", 2), ("7h", 2)] {
        let outcome = run_text(&format!(
            "horizon = '{horizon}'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/min' }}\n\
             service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s', pod = {{ memory_limit = '512MiB', \
             memory_use = {{ base = '212MiB', leak = '100MiB/h' }} }} }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n"
        ));
        assert_eq!(metric(&outcome, "oom_kills"), f64::from(kills), "{horizon}");
        assert_eq!(metric(&outcome, "restarts"), f64::from(kills), "{horizon}");
    }
}

fn service(memory: &str) -> String {
    format!(
        "platform.c = {{ kind = 'orchestrator', nodes = [{{ cpu = 8, memory = '4GiB' }}] }}\n\
         service.s = {{ platform = 'c', replicas = 1, pod = {{ memory_limit = '100MiB', memory_use = {memory} }} }}\n"
    )
}

/// Each request takes 10 MiB beside the 50 that are always used: five have room under 100, the sixth does not, and all
/// fail with their replica.
#[test]
fn too_many_requests_are_too_much() {
    let scenario = service("{ base = '50MiB', per_request = '10MiB' }");
    for (requests, outcome) in [(5, Outcome::Completed), (6, Outcome::Failed)] {
        let (told, _) = told(&load(&vec![(10.0, "s", 1.0); requests], &scenario));
        assert!(told.jobs.iter().all(|job| job.2 == outcome), "{:?}", told.jobs);
    }
}

/// Each request leaves 1 MiB behind: the 51st is too much, and what leaked before its replica began anew counts no longer.
/// Of 200 requests the 51st, the 102nd and the 153rd fail.
#[test]
fn what_requests_leak_adds_up_until_the_replica_begins_anew() {
    let scenario = service("{ base = '50MiB', leak_per_request = '1MiB' }");
    let jobs: Vec<_> = (0..200).map(|at| (f64::from(at) + 0.5, "s", 0.1)).collect();
    let (told, outcome) = told(&load(&jobs, &scenario));
    let failed = told.jobs.iter().enumerate().filter(|(_, job)| job.2 != Outcome::Completed);
    let failed: Vec<usize> = failed.map(|(number, _)| number + 1).collect();
    assert_eq!(failed, [51, 102, 153]);
    assert_eq!(metric(&outcome, "oom_kills"), 3.0);
}

/// 40 MiB from the start, 20 an hour, 20 for a request. From 1 h on there are 80 with a request that takes a day: 100 are
/// used at 2 h, when it fails. One that takes a minute from 1 h 58 min on, when 99.3 are used, is served, one from 2 h 1 s on
/// is too much as it comes.
#[test]
fn time_and_requests_are_too_much_together() {
    let scenario = service("{ base = '40MiB', per_request = '20MiB', leak = '20MiB/h' }");
    let end = |at: f64, takes: f64| {
        let (told, _) = told(&load(&[(at, "s", takes)], &scenario));
        (told.jobs[0].1, told.jobs[0].2)
    };
    let (failed, outcome) = end(3600.0, 86400.0);
    assert!((failed - 7200.0).abs() < 1e-6 && outcome == Outcome::Failed, "{failed}");
    assert_eq!(end(7080.0, 60.0), (7140.0, Outcome::Completed));
    assert_eq!(end(7201.0, 1.0), (7201.0, Outcome::Failed));
}
