use super::*;
use crate::kernel::Seed;
use crate::policy::eviction::testing::instance;

const ONE: ApplicationId = ApplicationId::new(1);
const NEVER: Plan = Plan { least: 0, next: None };

fn started(text: &str) -> HybridHistogram {
    let mut policy: HybridHistogram = serde_json::from_str(text).unwrap();
    assert_eq!(policy.prepare(Path::new("")), Ok(()));
    policy.start(2, Seed::new(1).key("test"));
    policy
}

fn seconds(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Executes for a second after each of these idle times in seconds; the end of the last.
fn live(policy: &mut HybridHistogram, idle: &[u64]) -> Time {
    let mut now = Time::ZERO;
    for idle in idle {
        now += Span::from_secs(*idle);
        policy.arrived(now, ONE, 1);
        now += Span::from_secs(1);
        policy.idle(now, ONE);
    }
    now
}

/// The windows of an application with these idle times.
fn windows(policy: &str, idle: &[u64]) -> (f64, f64) {
    let mut policy = started(policy);
    live(&mut policy, &[&[5], idle].concat());
    let Windows { pre_warm, keep } = policy.records[1].windows;
    (pre_warm.as_secs_f64(), keep.as_secs_f64())
}

const STANDARD: (f64, f64) = (0.0, 14_400.0);

#[test]
fn with_too_few_idle_times_it_is_the_standard_policy() {
    assert_eq!(windows("{}", &[]), STANDARD);
    assert_eq!(windows("{}", &[1800; 4]), STANDARD);
    assert_ne!(windows("{}", &[1800; 5]), STANDARD);
    assert_ne!(windows(r#"{"least_idle_times": 1}"#, &[1800]), STANDARD);
}

#[test]
fn windows_follow_from_head_and_tail() {
    // All of 30.5 min: from 30 min less 10 %, to 31 min plus 10 % after the end of the execution.
    let (pre_warm, keep) = windows("{}", &[1830; 10]);
    assert_eq!(pre_warm, 0.9 * 1800.0);
    assert!((pre_warm + keep - 1.1 * 1860.0).abs() < 1e-6, "{keep}");
    let (same, longer) = windows(r#"{"tail_from": "start"}"#, &[1830; 10]);
    assert_eq!((same, longer), (pre_warm, 2046.0));
    // Of 100, the 5th is that of 4.5 min, and the 99th that of 98.5 min, in bins of ten minutes.
    let spread: Vec<u64> = (0..100).map(|minute| 60 * minute + 30).collect();
    let policy = r#"{"margin": 0.0, "bin": "10m", "least_cv": 0.5}"#;
    assert_eq!(windows(policy, &spread), (0.0, 6000.0));
    let late: Vec<u64> = spread.iter().map(|idle| idle + 1800).collect();
    assert_eq!(windows(policy, &late), (1800.0, 6000.0));
}

#[test]
fn idle_times_all_over_the_range_are_no_pattern() {
    let anywhere: Vec<u64> = (0..240).map(|minute| 60 * minute + 30).collect();
    assert_eq!(windows("{}", &anywhere), STANDARD);
    // With 48 of 240 bins equally full the variation is exactly 2.
    let fifth: Vec<u64> = (0..48).map(|minute| 60 * minute + 630).collect();
    assert_ne!(windows("{}", &fifth), STANDARD);
    let more: Vec<u64> = (0..49).map(|minute| 60 * minute + 630).collect();
    assert_eq!(windows("{}", &more), STANDARD);
}

#[test]
fn idle_times_beyond_the_range_are_forecast() {
    let five_hours = 18_000.0;
    let (pre_warm, keep) = windows("{}", &[18_000; 3]);
    assert!((pre_warm - 0.85 * five_hours).abs() < 1e-6, "{pre_warm}");
    assert!((keep - 0.30 * five_hours).abs() < 1e-6, "{keep}");
    // Four of ten are beyond: the histogram still counts, and it is that of the others.
    let mixed = [&[18_000; 4][..], &[1830; 6]].concat();
    assert_eq!(windows("{}", &mixed).0, 0.9 * 1800.0);
    assert!(windows(r#"{"beyond_range": 0.4}"#, &mixed).0 > 0.0);
}

#[test]
fn instances_go_and_come_back_ahead_of_the_next_request() {
    let mut policy = started("{}");
    let end = live(&mut policy, &[1830; 7]);
    let (load, unload) = (end + Span::from_secs(1620), end + Span::from_secs(2046));
    assert_eq!(policy.window(&instance(0, 1)), Span::ZERO, "they go at once");
    assert_eq!(policy.due(load, ONE, 0), Plan { least: 1, next: Some(unload) });
    assert_eq!(policy.due(unload, ONE, 0), NEVER);
    assert_eq!(policy.arrived(unload, ONE, 1), Some(Plan { least: 1, next: None }));
}

#[test]
fn what_is_started_ahead_stays_while_the_application_is_busy() {
    let mut policy = started("{}");
    let end = live(&mut policy, &[1830; 7]);
    // Two at once this time: both stay until the last is over, and both come back.
    let now = end + Span::from_secs(1700);
    policy.due(end + Span::from_secs(1620), ONE, 0);
    assert_eq!(policy.arrived(now, ONE, 1), Some(Plan { least: 1, next: None }));
    assert_eq!(policy.arrived(now, ONE, 2), Some(Plan { least: 2, next: None }));
    assert_eq!(policy.arrived(now, ONE, 2), None);
    let planned = policy.idle(now, ONE).unwrap();
    assert_eq!(planned.least, 0);
    assert_eq!(policy.due(planned.next.unwrap(), ONE, 0).least, 2);
}

#[test]
fn a_request_before_its_time_calls_the_start_off() {
    let mut policy = started("{}");
    let end = live(&mut policy, &[1830; 7]);
    let early = end + Span::from_secs(60);
    assert_eq!(policy.arrived(early, ONE, 1), Some(Plan { least: 1, next: None }));
}

#[test]
fn applications_learn_apart() {
    let mut policy = started("{}");
    live(&mut policy, &[1830; 7]);
    assert_eq!(policy.window(&instance(0, 0)), Span::from_secs(14_400));
    assert_eq!(policy.arrived(seconds(9), ApplicationId::new(0), 1), None);
    assert_eq!(policy.idle(seconds(10), ApplicationId::new(0)), None);
}

#[test]
fn a_forecast_without_margin_keeps_for_no_time() {
    let mut policy = started(r#"{"forecast_margin": 0.0}"#);
    let end = live(&mut policy, &[18_000; 3]);
    let load = end + Span::from_secs(18_000);
    let unload = policy.due(load, ONE, 0).next.unwrap();
    assert!(unload > load && unload < load + Span::from_secs(1));
    assert_eq!(policy.due(unload, ONE, 0), NEVER);
}

/// Tens of thousands of applications take a few megabytes.
#[test]
fn an_application_takes_little_memory() {
    assert!(size_of::<Record>() <= 112, "{}", size_of::<Record>());
}

#[test]
fn refuses_what_makes_no_histogram() {
    for (text, key) in [
        (r#"{"bin": "0s"}"#, "bin"),
        (r#"{"bin": "3h"}"#, "bin"),
        (r#"{"bin": "1ms"}"#, "bin"),
        (r#"{"head": 0.5, "tail": 0.4}"#, "head"),
        (r#"{"least_cv": -1.0}"#, "least_cv"),
    ] {
        let mut policy: HybridHistogram = serde_json::from_str(text).unwrap();
        let error = policy.prepare(Path::new("")).unwrap_err();
        assert_eq!(error.key, ["hybrid-histogram", key], "{text}");
    }
}
