//! Named deliveries: what each does with a message that fails.

use super::sent;
use cloudsched::model::Outcome;
use cloudsched::preset::DELIVERIES;

const FAILS: &str = "service.s.failure=1";

#[test]
fn each_delivers_and_gives_up_at_last() {
    for preset in DELIVERIES.iter() {
        let delivery = format!("{} = {{}}", preset.name);
        let ran = sent(&[(0, 100), (10, 100)], &delivery, &[]);
        assert_eq!(ran.counts()[1..], [2, 0, 0], "{}", preset.name);
        let ran = sent(&[(0, 1000)], &delivery, &[FAILS]);
        assert_eq!(ran.counts()[3], 1, "{}", preset.name);
    }
}

#[test]
fn each_has_its_own_instants() {
    let end = |delivery: &str| {
        let ran = sent(&[(0, 1000)], delivery, &[FAILS]);
        (ran.ends.0[0].1, ran.ends.0[0].3)
    };
    // 1 s, a minute, 1 s, two minutes, 1 s.
    assert_eq!(end("lambda-asynchronous = {}"), (183_000, 3));
    // Five times, each 30 s after the one before.
    assert_eq!(end("sqs = {}"), (121_000, 5));
    // Five times, one after another.
    assert_eq!(end("azure-storage-queue = {}"), (5000, 5));
    // Each 2 s after the one before. After the one that ends at 86,399 s it is a day old at the next, and
    // not older; then it is.
    assert_eq!(end("kinesis = {}"), (86_401_000, 43_201));
    assert_eq!(end("kinesis.max_age = '5s'"), (5000, 3));
}

#[test]
fn sqs_begins_with_five_batches_and_adds_three_hundred_a_minute() {
    let ran = sent(
        &[(0, 90_000); 400],
        "sqs = { batch = 1, visibility = '10m' }",
        &["platform.p.servers=1000"],
    );
    // 5 from 0 to 90 s, 300 more from 60 to 150 s, 5 from 90 s, 90 when more pollers come at 120 s.
    let ends = [(90, 5), (150, 300), (180, 5), (210, 90)];
    let expected: Vec<u64> = ends.iter().flat_map(|&(at, n)| vec![at * 1000; n]).collect();
    assert_eq!(ran.at(), expected);
    assert!(ran.ends.0.iter().all(|end| end.2 == Outcome::Completed));
}
