//! Services that fail by themselves, with a probability.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// A request a second for 10,000 s to `s`, which takes 100 ms, with `more` lines.
fn outcome(platform: &str, more: &str) -> RunOutcome {
    let scenario = format!(
        "requests = 10000
        [client.c]
        service = 's'
        arrivals.constant.rate = '1/s'
        [service.s]
        platform = 'p'
        demand.constant = '100ms'
        [platform.p]
        {platform}
        [service.t]
        platform = 'p'
        demand.constant = '1ms'"
    );
    let sets: Vec<String> = more.lines().map(|line| line.trim().to_owned()).collect();
    let loaded = load_text("test.toml", &scenario, Path::new(""), "test", &sets)
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

const SERVERS: &str = "kind = 'servers'\nservers = 4";
const FUNCTIONS: &str = "kind = 'faas'";

/// Asserts that `count` of `n` is `share` of them, within five standard deviations.
fn is_share(count: u64, n: u64, share: f64) {
    let (count, n) = (count as f64, n as f64);
    let sd = (n * share * (1.0 - share)).sqrt();
    assert!((count - n * share).abs() < 5.0 * sd, "{count} of {n}, not {share}");
}

#[test]
fn attempts_fail_with_the_probability_after_their_service() {
    for platform in [SERVERS, FUNCTIONS] {
        let total = outcome(platform, "service.s.failure=0.2").total();
        assert_eq!((total.completed + total.failed, total.attempts), (10_000, 10_000));
        is_share(total.failed, 10_000, 0.2);
        // What failed was served as long as what did not.
        assert_eq!(total.service.count(), 10_000);
        assert!((total.service.mean().unwrap() - 0.1).abs() < 1e-9);
    }
}

#[test]
fn each_attempt_has_a_chance_of_its_own() {
    let more = "service.s.failure=0.5\nclient.c.retries={ attempts = 3 }";
    let total = outcome(SERVERS, more).total();
    // All three attempts fail with probability 1/8; there is a second with 1/2, a third with 1/4.
    is_share(total.failed, 10_000, 0.125);
    let attempts = total.attempts as f64 / 10_000.0;
    // 1, 2 or 3 attempts with 1/2, 1/4, 1/4: the variance is 3.75 - 1.75^2 = 11/16.
    assert!((attempts - 1.75).abs() < 5.0 * (0.6875_f64 / 10_000.0).sqrt(), "{attempts}");
}

#[test]
fn what_always_fails_is_tried_as_often_as_its_caller_likes() {
    let total = outcome(SERVERS, "service.s.failure=1\nclient.c.retries={ attempts = 3 }").total();
    assert_eq!((total.failed, total.attempts), (10_000, 30_000));
    // What never fails is as if the key were not there.
    let never = outcome(SERVERS, "service.s.failure=0");
    assert_eq!(never.digest, outcome(SERVERS, "").digest);
    assert_eq!(never.total().failed, 0);
}

#[test]
fn a_call_that_fails_fails_its_caller() {
    let more = "service.s.calls=[{ service = 't' }]\nservice.t.failure=0.3";
    let outcome = outcome(SERVERS, more);
    let by_name = |name: &str| outcome.services.iter().find(|s| s.name == name).unwrap();
    assert_eq!(outcome.total().failed, by_name("t").of.failed);
    is_share(outcome.total().failed, 10_000, 0.3);
}

#[test]
fn members_of_a_family_may_fail_differently() {
    let more = "output.members=true\nservice.s.family={ count = 2 }\nservice.s.failure=[0, 1]";
    let outcome = outcome(SERVERS, more);
    let member = |name: &str| &outcome.members.iter().find(|s| s.name == name).unwrap().of;
    assert_eq!((member("s.0").failed, member("s.1").completed), (0, 0));
    assert_eq!(member("s.1").failed, outcome.total().failed);
}

/// Half of all calls fail. A caller of the whole that tries ten times gets its answer: each time the call is the same work, with luck of
/// its own.
#[test]
fn calls_of_a_caller_who_tries_again_have_another_chance() {
    for calls in [
        "service.s.calls=[{ service = 't' }]",
        "workflow.w.jobs=[{ service = 't' }]\nclient.c.service=w",
    ] {
        let more = format!("{calls}\nservice.t.failure=0.5\nclient.c.retries={{ attempts = 3 }}");
        is_share(outcome(SERVERS, &more).total().failed, 10_000, 0.125);
    }
}
