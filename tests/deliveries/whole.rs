//! What holds of event sources as a whole.

use std::path::Path;

use cloudsched::metric::Value;
use cloudsched::model::Outcome;
use proptest::prelude::*;

use super::{Ran, sent};

/// A message a second, some of which always fail: when these were sent, by `delivery`.
fn poisoned(delivery: &str) -> Vec<u64> {
    let scenario = format!(
        "horizon = '2000s'
        output.requests = true
        [client.c]
        service = 's'
        arrivals.constant.rate = '1/s'
        {delivery}
        [service.s]
        platform = 'p'
        demand.constant = '1ms'
        poison = 0.1
        [platform.p]
        kind = 'servers'
        servers = 100"
    );
    let ran = Ran::of(&scenario, Path::new(""), &[]);
    let failed = ran.ends.0.iter().filter(|end| end.2 == Outcome::Failed && end.0 < 1_900_000);
    failed.map(|end| end.0).collect()
}

#[test]
fn cutting_finds_what_is_poisoned() {
    let alone = poisoned("");
    assert!((150..230).contains(&alone.len()), "{}", alone.len());
    // Retries do not help it, and it is the same whoever sends it.
    assert_eq!(poisoned("retries = { attempts = 5 }"), alone);
    assert_eq!(poisoned("delivery.asynchronous = { pauses = ['1s'] }"), alone);
    let window = "batch = 16, window = '10s', attempts = 1, pause = '10ms'";
    assert_eq!(poisoned(&format!("delivery.stream = {{ {window}, bisect = true }}")), alone);
    // Without cutting, what is in the same batch of 10 or 11 is lost, too: 65 % of all batches.
    let lost = poisoned(&format!("delivery.stream = {{ {window} }}"));
    assert!(alone.iter().all(|sent| lost.contains(sent)) && lost.len() > 1000, "{}", lost.len());
}

/// A queue with one poller that takes one message at a time is a station with one server: message by
/// message the same, and M/D/1 if arrivals are Poisson.
#[test]
fn one_poller_is_one_server() {
    let scenario = |delivery: &str, servers: u32| {
        format!(
            "horizon = '400000s'
            output.requests = true
            [client.c]
            service = 's'
            arrivals.poisson.rate = '0.5/s'
            {delivery}
            [service.s]
            platform = 'p'
            demand.constant = '1s'
            [platform.p]
            kind = 'servers'
            servers = {servers}"
        )
    };
    let queue = Ran::of(&scenario("delivery.queue.batch = 1", 9), Path::new(""), &[]);
    let server = Ran::of(&scenario("", 1), Path::new(""), &[]);
    assert!(queue.ends.0 == server.ends.0);
    // Pollaczek and Khinchine: rho / (2 (1 - rho)) = 0.5 s of waiting, 1 s of service.
    let mean = queue.messages().age.mean().unwrap();
    assert!((mean - 1.5).abs() < 0.02, "{mean}");
    // Little: 0.5/s x 0.5 s wait.
    let waiting = queue.messages().backlog.unwrap().mean(queue.outcome.measured).unwrap();
    assert!((waiting - 0.25).abs() < 0.01, "{waiting}");
}

#[test]
fn messages_and_requests_stand_side_by_side() {
    let scenario = "horizon = '100s'
        client.a = { service = 's', arrivals.constant.rate = '1/s', delivery = 'queue' }
        client.b = { service = 's', arrivals.constant.rate = '2/s' }
        [service.s]
        platform = 'p'
        demand.constant = '1ms'
        [platform.p]
        kind = 'faas'
        cold_start.constant = '3s'";
    let ran = Ran::of(scenario, Path::new(""), &[]);
    let metric = |name| {
        let metrics = ran.outcome.metrics();
        metrics.into_iter().find(|metric| metric.0 == name).unwrap().1.map(Value::as_f64)
    };
    assert_eq!((metric("requests"), metric("messages")), (Some(300.0), Some(100.0)));
    // The first waits for 3 s, then three go together.
    assert_eq!((metric("dead_letters"), metric("attempts")), (Some(0.0), Some(298.0)));
    assert!(ran.outcome.clients[1].of.messages.is_none());
}

/// A cold batch takes the cold demand of its first message, and the demand of the others.
#[test]
fn one_message_of_a_batch_is_cold() {
    let scenario = "horizon = '10s'
        output.requests = true
        [client.a]
        service = 's'
        arrivals.constant.rate = '100/s'
        delivery.queue = { batch = 5, window = '1s' }
        [service.s]
        platform = 'p'
        demand.constant = '20ms'
        cold_demand.constant = '500ms'
        [platform.p]
        kind = 'faas'";
    let ran = Ran::of(scenario, Path::new(""), &[]);
    // Full at 40 ms: 500 + 4 x 20 = 580 ms; then 100 ms a batch.
    assert_eq!(ran.at()[..10], [620, 620, 620, 620, 620, 720, 720, 720, 720, 720]);
}

fn delivery() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..4_u32, 1..4000_u64, 1..20_u64).prop_map(|(attempts, pause, age)| format!(
            "asynchronous = {{ attempts = {attempts}, pauses = ['{pause}ms'], max_age = '{age}s' }}"
        )),
        (1..9_u32, 0..500_u64, 1..3000_u64, 1..4_u32, 1..5_u32).prop_map(
            |(batch, window, visibility, attempts, pollers)| format!(
                "queue = {{ batch = {batch}, window = '{window}ms', visibility = '{visibility}ms',
                attempts = {attempts}, pollers.ramp = {{ first = {pollers}, step = 1, every = '1s' }} }}"
            )
            .replace('\n', " ")
        ),
        (1..4_u32, 1..9_u32, 0..500_u64, 1..4_u32, any::<bool>()).prop_map(
            |(partitions, batch, window, attempts, bisect)| format!(
                "stream = {{ partitions = {partitions}, batch = {batch}, window = '{window}ms',
                attempts = {attempts}, pause = '200ms', bisect = {bisect} }}"
            )
            .replace('\n', " ")
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens, each message is accepted once and ends once or is still there.
    #[test]
    fn no_message_is_lost(
        mut messages in prop::collection::vec((0..20_000_u64, 0..2000_u64), 1..80),
        delivery in delivery(),
        failure in 0..3_u32,
        servers in 1..4_u32,
        horizon in 1..40_u64,
        cut in any::<bool>(),
    ) {
        messages.sort_unstable();
        let sets = [
            format!("service.s.failure={}", f64::from(failure) * 0.3),
            format!("service.s.poison={}", f64::from(failure) * 0.1),
            format!("platform.p.servers={servers}"),
            "platform.p.queue.limit=1".to_owned(),
            "client.c.abandoned=cancel".to_owned(),
            format!("horizon={horizon}s"),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let (all, cut_short) = (&sets[..5], &sets[..]);
        let ran = sent(&messages, &delivery, if cut { cut_short } else { all });
        if !cut {
            prop_assert_eq!(ran.outcome.total().in_flight(), 0);
            prop_assert_eq!(ran.ends.0.len(), messages.len());
        }
    }
}
