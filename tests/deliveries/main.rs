//! Event sources: each rule by an example worked out by hand, and what holds of all of them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod named;
mod whole;

use std::fmt::Write as _;
use std::path::Path;

use cloudsched::metric::{
    InstanceRow, MessageFigures, Recorder, RequestRow, RunOutcome, SeriesRow,
};
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// Of each message that ended, in order: when it was sent, when it ended (in milliseconds), how, and how
/// often it was given to the service.
#[derive(Default)]
struct Ends(Vec<(u64, u64, Outcome, u32)>);

impl Recorder for Ends {
    fn request(&mut self, row: &RequestRow<'_>) {
        let millis = |nanos: u64| nanos.div_euclid(1_000_000);
        let sent = row.sent.as_nanos();
        let end = sent + row.response.as_nanos();
        self.0.push((millis(sent), millis(end), row.outcome, row.attempts));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}
}

struct Ran {
    outcome: RunOutcome,
    ends: Ends,
}

impl Ran {
    fn of(scenario: &str, folder: &Path, sets: &[&str]) -> Self {
        let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
        let loaded = load_text("test.toml", scenario, folder, "test", &sets)
            .unwrap_or_else(|error| panic!("{}\n{scenario}", error.render(false)));
        let mut ends = Ends::default();
        let outcome = run(&loaded.specification, loaded.seed, Some(&mut ends), None);
        Self { outcome, ends }
    }

    fn messages(&self) -> MessageFigures {
        *self.outcome.clients[0].of.messages.clone().unwrap()
    }

    /// Batches, messages in them, redeliveries, dead letters.
    fn counts(&self) -> [u64; 4] {
        let of = self.messages();
        [of.batches, of.delivered, of.redeliveries, of.dead_letters]
    }

    /// When messages ended, in milliseconds.
    fn at(&self) -> Vec<u64> {
        self.ends.0.iter().map(|end| end.1).collect()
    }

    /// Messages times milliseconds in the backlog.
    fn backlog(&self) -> u128 {
        self.messages().backlog.unwrap().area / 1_000_000
    }

    /// What holds of every run.
    fn check(&self) {
        let total = self.outcome.total();
        let messages = self.messages();
        assert_eq!(messages.accepted, total.requests);
        let dead = total.refused + total.timed_out + total.failed;
        assert_eq!(messages.dead_letters, dead);
        assert_eq!(total.completed + dead + total.in_flight(), total.requests);
        assert_eq!(messages.age, total.response);
        let first = messages.delivered - messages.redeliveries;
        let never = self.ends.0.iter().filter(|end| end.3 == 0).count() as u64;
        assert!(first <= messages.accepted && first + never >= total.completed + dead);
        assert!(messages.batches <= messages.delivered && total.attempts == messages.batches);
        assert_eq!(self.ends.0.len() as u64, total.completed + dead);
    }
}

/// Runs messages that are sent at these milliseconds, each with its demand in milliseconds, to service `s`
/// on 100 servers by `delivery`.
fn sent(messages: &[(u64, u64)], delivery: &str, sets: &[&str]) -> Ran {
    let mut rows = "time_s,service,duration_s\n".to_owned();
    let seconds = |millis: &u64| format!("{}.{:03}", millis / 1000, millis % 1000);
    for (at, demand) in messages {
        writeln!(rows, "{},s,{}", seconds(at), seconds(demand)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let scenario = format!(
        "output.requests = true
        [client.c]
        arrivals.trace = {{ format = 'requests', path = 'trace.csv' }}
        delivery.{delivery}
        [service.s]
        platform = 'p'
        [platform.p]
        kind = 'servers'
        servers = 100"
    );
    let ran = Ran::of(&scenario, folder.path(), sets);
    ran.check();
    ran
}

const FAILS: &str = "service.s.failure=1";

#[test]
fn an_error_is_tried_again_after_one_and_two_minutes() {
    let ran = sent(&[(0, 1000)], "asynchronous = {}", &[FAILS]);
    // 0 to 1 s, a minute, 61 to 62 s, two minutes, 182 to 183 s.
    assert_eq!(ran.ends.0, [(0, 183_000, Outcome::Failed, 3)]);
    assert_eq!(ran.counts(), [3, 3, 2, 1]);
    assert_eq!((ran.backlog(), ran.messages().backlog.unwrap().max), (180_000, Some(1)));
}

/// Two messages, the second of which finds the only server busy from 0 to 10 s.
fn throttled(delivery: &str) -> Ran {
    let sets = ["platform.p.servers=1", "platform.p.queue.limit=0"];
    sent(&[(0, 10_000), (100, 1000)], delivery, &sets)
}

#[test]
fn a_refusal_backs_off() {
    let ran = throttled("asynchronous = {}");
    // Refused at 0.1, 1.1, 3.1 and 7.1 s, served from 15.1 to 16.1 s.
    let completed = Outcome::Completed;
    assert_eq!(ran.ends.0, [(0, 10_000, completed, 1), (100, 16_100, completed, 5)]);
    assert_eq!(ran.counts(), [6, 6, 4, 0]);
    // Pauses of no more than 3 s: refused at 0.1, 1.1, 3.1, 6.1 and 9.1 s, served from 12.1 to 13.1 s.
    let ran = throttled("asynchronous.throttled.max_backoff = '3s'");
    assert_eq!(ran.at(), [10_000, 13_100]);
}

#[test]
fn what_is_too_old_is_a_dead_letter() {
    // At 3.1 s it is 3 s old, and would be 7 s old at the next attempt.
    let ran = throttled("asynchronous.max_age = '5s'");
    assert_eq!(ran.ends.0[0], (100, 3100, Outcome::Refused, 3));
    assert_eq!(ran.outcome.total().refused, 1);
    let ran = throttled("asynchronous.max_age = '7s'");
    assert_eq!(ran.ends.0[0], (100, 7100, Outcome::Refused, 4), "7 s old is not too old");
}

#[test]
fn a_poller_takes_what_waits_up_to_a_batch() {
    let messages = [(0, 100), (10, 100), (20, 100), (30, 100), (40, 100)];
    let ran = sent(&messages, "queue.batch = 3", &[]);
    // The first alone from 0 to 100 ms, three from 100 to 400 ms, the last from 400 to 500 ms.
    assert_eq!(ran.at(), [100, 400, 400, 400, 500]);
    assert_eq!(ran.counts(), [3, 5, 0, 0]);
    // They wait 90, 80, 70 and 360 ms.
    assert_eq!((ran.backlog(), ran.messages().backlog.unwrap().max), (600, Some(4)));
    // Two pollers: 0 to 100 ms, 10 to 110 ms; three from 100 to 400 ms.
    let ran = sent(&messages, "queue = { batch = 3, pollers.fixed.count = 2 }", &[]);
    assert_eq!(ran.at(), [100, 110, 400, 400, 400]);
}

#[test]
fn a_batch_fills_until_its_window_is_over() {
    let messages = [(0, 10), (10, 10), (200, 10), (205, 10), (210, 10)];
    let ran = sent(&messages, "queue = { batch = 3, window = '50ms' }", &[]);
    // Two at 50 ms, for the window is over; three at 210 ms, for the batch is full.
    assert_eq!(ran.at(), [70, 70, 240, 240, 240]);
}

#[test]
fn further_messages_may_cost_less() {
    let ran = sent(&[(0, 100), (0, 60)], "queue = { batch = 2, window = '10ms' }", &[]);
    assert_eq!(ran.at(), [160, 160]);
    let delivery = "queue = { batch = 2, window = '10ms', per_message = 0.5 }";
    assert_eq!(sent(&[(0, 100), (0, 60)], delivery, &[]).at(), [130, 130]);
}

#[test]
fn what_failed_is_hidden_for_the_rest_of_its_visibility_timeout() {
    let ran = sent(&[(0, 1000)], "queue.visibility = '10s'", &[FAILS]);
    // 0 to 1 s, 10 to 11 s, 20 to 21 s.
    assert_eq!(ran.ends.0, [(0, 21_000, Outcome::Failed, 3)]);
    assert_eq!(ran.counts(), [3, 3, 2, 1]);
    // 0 to 1 s, 3 to 4 s, 6 to 7 s.
    let ran = sent(&[(0, 1000)], "queue = { visibility = '10s', pause = '2s' }", &[FAILS]);
    assert_eq!(ran.at(), [7000]);
}

#[test]
fn what_takes_longer_than_its_visibility_timeout_is_taken_again() {
    let ran = sent(&[(0, 15_000)], "queue = { visibility = '10s', attempts = 2 }", &[]);
    assert_eq!(ran.ends.0, [(0, 20_000, Outcome::TimedOut, 2)]);
    // A shorter timeout of the client gives up earlier, and the message is hidden all the same.
    let delivery = "queue = { visibility = '10s', attempts = 2 }";
    let ran = sent(&[(0, 15_000)], delivery, &["client.c.timeout=3s"]);
    assert_eq!(ran.at(), [13_000]);
}

#[test]
fn pollers_become_more_while_messages_wait() {
    let delivery = "queue = { batch = 1,
        pollers.ramp = { first = 1, step = 2, every = '1s', most = 4 } }"
        .replace('\n', " ");
    let ran = sent(&[(0, 1000); 20], &delivery, &[]);
    // 1 poller in the first second, 3 in the second, 4 from then on.
    let ends = [(1, 1), (2, 3), (3, 4), (4, 4), (5, 4), (6, 4)];
    let expected: Vec<u64> = ends.iter().flat_map(|&(at, n)| vec![at * 1000; n]).collect();
    assert_eq!(ran.at(), expected);
}

/// A poller at first, and three more where some lack. Four batches from 0 s: one ends at 2 s; more are
/// there at 1 s, and three end at 3 s. A message from 2.5 s on waits for its window, and lacks no poller:
/// of the four batches at 15 s one ends at 17 s, and three, whose pollers are there at 16 s, at 18 s. The
/// last message waits for its window.
#[test]
fn pollers_do_not_become_more_for_what_waits_for_its_window() {
    let delivery = "queue = { batch = 2, window = '20s', pollers.ramp = { first = 1, step = 3, every = '1s' } }";
    let messages = [vec![(0, 1000); 8], vec![(2500, 1000)], vec![(15_000, 1000); 8]].concat();
    let ran = sent(&messages, delivery, &[]);
    let ends = [(2, 2), (3, 6), (17, 2), (18, 6), (36, 1)];
    let expected: Vec<u64> = ends.iter().flat_map(|&(at, n)| vec![at * 1000; n]).collect();
    assert_eq!(ran.at(), expected);
}

/// Messages of a second each, the third of which is 1.8 s old when its turn comes.
#[test]
fn what_grows_too_old_in_its_partition_is_a_dead_letter() {
    let messages = [(0, 1000), (100, 1000), (200, 1000), (600, 1000)];
    let ran = sent(&messages, "stream = { batch = 1, max_age = '1500ms' }", &[]);
    let (completed, late) = (Outcome::Completed, Outcome::TimedOut);
    let ends = [(0, 1000, completed, 1), (100, 2000, completed, 1), (200, 2000, late, 0)];
    assert_eq!(ran.ends.0, [&ends[..], &[(600, 3000, completed, 1)]].concat());
    assert_eq!(ran.counts(), [3, 3, 0, 1]);
    // The third waits for 1.8 s, the second and the fourth for 0.9 and 1.4 s.
    assert_eq!(ran.backlog(), 4100);
}

/// Both fail together after 1.8 s and are cut in two. The first half goes from 1.9 to 2.8 s, and fails for
/// good; the second is too old by then.
#[test]
fn a_half_that_grows_too_old_is_given_up() {
    let delivery = "stream = { batch = 2, window = '1ms', pause = '100ms', bisect = true, max_age = '2500ms' }";
    let ran = sent(&[(0, 900), (0, 900)], delivery, &[FAILS]);
    let ends = [(0, 2800, Outcome::Failed, 2), (0, 2800, Outcome::TimedOut, 1)];
    assert_eq!(ran.ends.0, ends);
    assert_eq!((ran.counts(), ran.backlog()), ([2, 3, 1, 2], 1100));
}

#[test]
fn a_stream_is_processed_in_order_batch_by_batch() {
    let messages = [(0, 100), (10, 50), (20, 50), (30, 50)];
    let ran = sent(&messages, "stream.batch = 2", &[]);
    assert_eq!(ran.at(), [100, 200, 200, 250]);
    let sent: Vec<u64> = ran.ends.0.iter().map(|end| end.0).collect();
    assert_eq!(sent, [0, 10, 20, 30]);
}

#[test]
fn a_batch_that_fails_holds_up_its_partition() {
    let messages = [(0, 100), (500, 100)];
    let ran = sent(&messages, "stream = { batch = 1, attempts = 2 }", &[FAILS]);
    // The first from 0 to 0.1 s and from 1.1 to 1.2 s, then the second, from 1.2 and from 2.3 s.
    let failed = Outcome::Failed;
    assert_eq!(ran.ends.0, [(0, 1200, failed, 2), (500, 2400, failed, 2)]);
    assert_eq!(ran.counts(), [4, 4, 2, 2]);
    // The first pauses for 1 s, the second waits for 0.7 s and pauses for 1 s.
    assert_eq!(ran.backlog(), 2700);
    // Until it is too old: 0 to 0.5 s, 1.5 to 2 s, 3 to 3.5 s, when it would be 4.5 s old.
    let ran = sent(&[(0, 500)], "stream.max_age = '3s'", &[FAILS]);
    assert_eq!(ran.ends.0, [(0, 3500, failed, 3)]);
}

#[test]
fn partitions_go_at_the_same_time_and_keep_their_order() {
    let messages: Vec<(u64, u64)> = (0..400).map(|number| (number, 1000)).collect();
    for delivery in [
        "stream = { partitions = 8, batch = 1 }",
        "stream = { partitions = 2, parallelism = 4, batch = 1 }",
    ] {
        let ran = sent(&messages, delivery, &[]);
        let busy = ran.outcome.platforms[0].of.0.servers.unwrap().busy;
        assert_eq!(busy.max, Some(8));
        // 50 messages a partition in the mean, with a deviation of 6.6: the longest has 51 to 80.
        let last = *ran.at().last().unwrap();
        assert!((51_000..80_000).contains(&last), "{last}");
    }
}
