//! How many servers there are, by what they do and by the clock; how they come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudsched::kernel::{Seed, Stream};
use cloudsched::model::Outcome::{Completed, Failed};
use cloudsched::policy::balance::Balance;
use cloudsched::world::{PlatformKind, run};

use super::{loaded, metric, requests, told};

/// Counts how often it is told that the backends are others.
#[derive(Clone, Debug)]
struct Counting(Arc<AtomicUsize>);

impl Balance for Counting {
    fn start(&mut self, _: usize) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn joins(&mut self, _: usize, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn leaves(&mut self, _: usize) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn observe(&mut self, _: usize, _: u32) {}

    fn choose(&mut self, _: &[u32], _: u64, _: &mut Stream) -> usize {
        0
    }
}

/// A balancer is told once of the 50 servers of the start, and once of each of the two that come at 600 s: to tell it costs
/// as much as there are servers.
#[test]
fn a_balancer_is_told_once_of_the_servers_of_the_start() {
    let keys = "servers = 50, balance = 'random', autoscaling.scheduled = { min = 50, \
                times = [{ from = '600s', to = '3h', instances = 52 }] }";
    let mut loaded = loaded(&of_load("1/s", "10ms", keys));
    let count = Arc::new(AtomicUsize::new(0));
    let PlatformKind::Servers(spec) = &mut loaded.specification.platforms[0].kind else {
        panic!("the platform is one of servers")
    };
    spec.balance = Some(Box::new(Counting(count.clone())));
    let outcome = run(&loaded.specification, Seed::new(1), None, None);
    assert_eq!((metric(&outcome, "server_starts"), count.load(Ordering::Relaxed)), (2.0, 3));
}

fn of_load(rate: &str, demand: &str, platform: &str) -> String {
    format!(
        "horizon = '1200s'\noutput = {{ series = {{ every = '1s' }} }}\n\
         client.c = {{ service = 's', arrivals.constant.rate = '{rate}' }}\n\
         service.s = {{ platform = 'p', demand.constant = '{demand}' }}\n\
         platform.p = {{ kind = 'servers', {platform} }}\n"
    )
}

/// Four servers with 9 requests a second of 400 ms compute for 0.9 of the time. At the end of the third minute 4 x 0.9 /
/// 0.6 = 6 are wanted; two boot for 50 s. Six compute for 0.6, which is not above the target, so there they stay.
#[test]
fn servers_come_after_three_minutes_above_the_target() {
    for kind in ["", ", balance = 'least-outstanding'", ", discipline = 'processor-sharing'"] {
        let keys = format!(
            "servers = 4, boot.constant = '50s', autoscaling.target-tracking = {{ cpu = 0.602, max = 10 }} {kind}"
        );
        let (told, ran) = told(&loaded(&of_load("9/s", "400ms", &keys)));
        assert_eq!(told.changes(), [(180, 6)], "{kind}");
        let booting: Vec<usize> =
            (1..1200).filter(|second| told.servers[second - 1].1 == 2).collect();
        assert_eq!((booting[0], booting.len()), (180, 50), "{kind}");
        assert_eq!(metric(&ran, "server_starts"), 2.0);
    }
}

/// Four servers that compute for 0.25 of the time: at the end of the fifteenth minute 4 x 0.25 / 0.6 = 1.67 are wanted,
/// so two, which compute for half of it: less than nine tenths of 0.6, but five minutes later two are wanted still.
#[test]
fn servers_go_after_fifteen_minutes_below() {
    let keys = "servers = 4, autoscaling.target-tracking = { cpu = 0.6, max = 10 }";
    let (told, _) = told(&loaded(&of_load("10/s", "100ms", keys)));
    assert_eq!(told.changes(), [(900, 2)]);
    let never =
        "servers = 4, autoscaling.target-tracking = { cpu = 0.6, max = 10, scale_in = false }";
    let (told, _) = super::told(&loaded(&of_load("10/s", "100ms", never)));
    assert_eq!(told.changes(), []);
}

/// Servers by the clock from 60 to 100 s: the second boots for 30 s, so the request that waits from 61 s on, while the
/// first works for 200 s, begins at 90 s. The server drains at 100 s for what it has, until 110 s.
#[test]
fn a_boot_is_what_a_request_waits_for() {
    let platform = "servers = 1\nboot.constant = '30s'\n\
                    autoscaling.scheduled = { times = [{ from = '60s', to = '100s', instances = 2 }] }";
    let (told, ran) = told(&requests(&[(10.0, 200.0), (61.0, 20.0)], platform, ""));
    assert_eq!(told.ends, [(61.0, 110.0, Completed), (10.0, 210.0, Completed)]);
    assert_eq!(told.changes(), [(60, 2), (110, 1)]);
    assert_eq!(metric(&ran, "waiting_ms_max"), 29_000.0);
}

/// Four servers with a line each have a request of 50 s each and one that waits. At 20 s one is left: three end what
/// they have, until 101 to 103 s, and go. With 40 s for that what they serve at 60 s fails; with none it does at 20 s.
#[test]
fn draining_loses_nothing_that_has_time() {
    let rows: Vec<(f64, f64)> = (0..8).map(|second| (f64::from(second), 50.0)).collect();
    let run = |delay: &str| {
        let platform = format!(
            "servers = 4\nbalance = 'round-robin'\n{delay}\n\
             autoscaling.scheduled = {{ times = [{{ from = '0s', to = '20s', instances = 4 }}] }}"
        );
        let (told, _) = told(&requests(&rows, &platform, ""));
        let lost = told.ends.iter().filter(|end| end.2 != Completed).count();
        (lost, told.ends.iter().filter(|end| end.2 == Failed).count(), told.changes())
    };
    let (lost, _, changes) = run("");
    assert_eq!(lost, 0);
    assert_eq!(changes, [(101, 3), (102, 2)], "the last with the end of the run");
    assert_eq!(run("deregistration_delay = '40s'"), (3, 3, vec![(60, 1)]));
    assert_eq!(run("deregistration_delay = '0s'"), (6, 3, vec![(21, 1)]));
}

/// A server that is new gets requests when a check has found it: up to 10 s after it has booted.
#[test]
fn a_new_server_passes_a_check_first() {
    let rows: Vec<(f64, f64)> = (0..100).map(|second| (f64::from(second), 0.5)).collect();
    let platform = "servers = 1\nbalance = 'round-robin'\nboot.constant = '10s'\n\
                    health_check = { period = '10s' }\n\
                    autoscaling.scheduled = { times = [{ from = '20s', to = '24h', instances = 2 }] }";
    let (told, ran) = told(&requests(&rows, platform, ""));
    assert!(told.ends.iter().all(|end| end.2 == Completed));
    let booting = told.servers.iter().filter(|(_, booting)| *booting == 1).count();
    assert_eq!((booting, metric(&ran, "servers_max")), (10, 2.0));
}

/// Steps: above 0.7 for three minutes two come, though one would do.
#[test]
fn a_step_is_taken_whole() {
    let keys = "servers = 2, autoscaling.step = { max = 5, steps = [{ above = 0.7, add = 2 }, { below = 0.1, remove = 1 }] }";
    let (told, _) = told(&loaded(&of_load("4/s", "400ms", keys)));
    assert_eq!(told.changes(), [(180, 4)]);
}
