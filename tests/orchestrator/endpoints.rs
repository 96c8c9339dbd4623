//! To which replicas requests go, and from when until when: with random times, held against what follows from them.

use cloudsched::model::Outcome;
use proptest::prelude::*;

use super::load;

/// Requests every 100 ms, at odd fractions so that nothing else happens at the same instant.
fn each_tenth(seconds: u32) -> Vec<(f64, &'static str, f64)> {
    (0..seconds * 10).map(|at| (f64::from(at) / 10.0 + 0.0123, "s", 0.005)).collect()
}

/// When each request was sent, and how it went: its outcome and how long it took.
fn seen(seconds: u32, scenario: &str) -> Vec<(f64, Outcome, f64)> {
    let jobs = each_tenth(seconds);
    let loaded = load(&jobs, scenario);
    let mut rows = Rows::default();
    cloudsched::world::run(&loaded.specification, loaded.seed, Some(&mut rows), None);
    rows.0.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(rows.0.len(), jobs.len());
    rows.0
}

#[derive(Default)]
struct Rows(Vec<(f64, Outcome, f64)>);

impl cloudsched::metric::Recorder for Rows {
    fn request(&mut self, row: &cloudsched::metric::RequestRow<'_>) {
        self.0.push((row.sent.as_secs_f64(), row.outcome, row.response.as_secs_f64()));
    }

    fn sample(&mut self, _: &cloudsched::metric::SeriesRow<'_>) {}

    fn period(&mut self, _: &cloudsched::metric::InstanceRow<'_>) {}

    fn levels(&mut self, _: &cloudsched::metric::SeriesRow<'_>) {}
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(40)
    }
}

proptest! {
    #![proptest_config(config())]

    /// A node of a tenth of the speed is given notice. Its replica goes on being asked in turn with the other one until the
    /// delay is over, and is never asked again; none of its requests fails. Who served a request tells how long that took.
    #[test]
    fn who_is_to_go_is_asked_until_the_delay_is_over(notice in 4_000..6_000_u32, delay in 0..4_000_u32) {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 2, cpu = 1, pod.anti_affinity = [{{ match = 'app=s' }}] }}\n\
             platform.c = {{ kind = 'kubernetes', balance = 'round-robin', endpoint_delay = '{delay}ms', \
             nodes = [{{ cpu = 1, memory = '1GiB', labels = {{ old = 'yes' }} }}, {{ name = 'new', count = 1, cpu = 1, memory = '1GiB' }}] }}\n\
             fault.slow = {{ platform = 'c', kind = 'slow', speed = 0.1, at = ['0s'], match = 'old' }}\n\
             fault.spot = {{ platform = 'c', kind = 'spot', at = ['{notice}ms'], notice = '60s', match = 'old' }}\n"
        );
        let (first, last) = (f64::from(delay) / 1e3, f64::from(notice + delay) / 1e3);
        let mut before = None;
        for (at, outcome, took) in seen(10, &scenario) {
            if at < first {
                prop_assert_eq!(outcome, Outcome::Refused, "at {}", at);
                continue;
            }
            prop_assert_eq!(outcome, Outcome::Completed, "at {}", at);
            let slow = took > 0.02;
            if at < last {
                prop_assert!(before != Some(slow), "in turn until {}, at {}", last, at);
                before = Some(slow);
            } else {
                prop_assert!(!slow, "after {}, at {}", last, at);
            }
        }
    }

    /// A replica that takes `start` to start and is looked at each `period` is asked from the first look after that on, and
    /// `delay` later. When its containers end, requests still go to it, in vain, for `delay`, and others are refused as there
    /// is no other: it serves again as long after that as at first.
    #[test]
    fn nobody_is_served_by_who_is_not_ready(
        start in 0..1_500_u32, first in 0..600_u32, period in 1..900_u32, delay in 0..1_500_u32, crash in 4_000..6_000_u32,
    ) {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 1, pod = {{ start.constant = '{start}ms', \
             readiness = {{ initial_delay = '{first}ms', period = '{period}ms' }} }} }}\n\
             platform.c = {{ kind = 'kubernetes', endpoint_delay = '{delay}ms', nodes = [{{ cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'container-crash', at = ['{crash}ms'] }}\n"
        );
        let looks = start.saturating_sub(first).div_ceil(period);
        let after = first + looks * period + delay;
        let serves = |at: f64| {
            let (after, crash) = (f64::from(after) / 1e3, f64::from(crash) / 1e3);
            (at >= after && at < crash) || at >= crash + after
        };
        for (at, outcome, _) in seen(12, &scenario) {
            // One that is being served when it crashes has failed.
            let expected = if serves(at) { Outcome::Completed } else { Outcome::Refused };
            let is_cut = serves(at) && !serves(at + 0.005);
            prop_assert!(outcome == expected || is_cut, "{outcome:?} at {at}, not {expected:?}");
        }
    }

    /// Of two nodes one fails: every other request goes there, in vain, until its heartbeats have been missed for `timeout`,
    /// which is at most a period less after it failed, and none after that.
    #[test]
    fn a_node_that_fails_is_asked_until_that_is_known(
        at in 2_000..4_000_u32, period in 1..1_000_u32, timeout in 1_000..3_000_u32, delay in 0..1_000_u32,
    ) {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 2, cpu = 1, pod.anti_affinity = [{{ match = 'app=s' }}] }}\n\
             platform.c = {{ kind = 'orchestrator', balance = 'round-robin', endpoint_delay = '{delay}ms', \
             heartbeat = {{ period = '{period}ms', timeout = '{timeout}ms' }}, \
             nodes = [{{ cpu = 1, memory = '1GiB', labels = {{ bad = 'yes' }} }}, {{ name = 'good', cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', at = ['{at}ms'], match = 'bad' }}\n"
        );
        let rows = seen(10, &scenario);
        let failed: Vec<f64> = rows
            .iter()
            .filter(|row| row.0 > f64::from(delay) / 1e3 && row.1 != Outcome::Completed)
            .map(|row| row.0)
            .collect();
        let (from, to) = (f64::from(at) / 1e3, f64::from(at + timeout) / 1e3);
        let least = to - f64::from(period) / 1e3;
        // Half of those in the time in which that is not known; between two requests there are 0.1 s.
        prop_assert!(failed.iter().all(|&at| at > from - 0.005 && at < to), "{failed:?}, {from} to {to}");
        prop_assert!(failed.windows(2).all(|two| (two[1] - two[0] - 0.2).abs() < 1e-6), "{failed:?}");
        prop_assert!(failed.last().is_some_and(|&last| last > least - 0.2), "{failed:?}, known after {least}");
    }
}
