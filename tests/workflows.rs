//! Workflows: jobs that wait for each other, worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::path::Path;

use cloudsched::kernel::{Calendar, Clock, Time};
use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow};
use cloudsched::model::Outcome;
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::{Event, World, run};
use proptest::prelude::*;

/// Functions, as many at once as anybody wants, which start in no time.
const UNLIMITED: &str = "kind = 'faas'";

/// `PiCloud` with one node of so many cores of one unit, on which a process starts in 500 ms.
fn cores(cores: u32) -> String {
    format!(
        "kind = 'picloud'\ncore_type = 'a'\ncapacity.fixed.nodes = 1\nspawn.constant = '500ms'\n\
         price = {{ request = 0 }}\n\
         core_types.a = {{ units = 1, memory = '1GB', cores = [1], node = {{ cores = {cores}, memory = '9GB' }} }}"
    )
}

/// How each request of a client ended and after how many seconds, in order.
#[derive(Default)]
struct Told(Vec<(Outcome, f64)>);

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        self.0.push((row.outcome, row.response.as_secs_f64()));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}
}

/// Sends one request to the workflow `w` with these jobs, on a platform. Each of the services takes a constant
/// time, in seconds; `more` stands at the end.
fn told(
    platform: &str,
    services: &[(&str, f64)],
    jobs: &str,
    more: &str,
) -> (Vec<(Outcome, f64)>, RunOutcome) {
    let loaded = load(platform, services, jobs, more);
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told.0, outcome)
}

fn load(platform: &str, services: &[(&str, f64)], jobs: &str, more: &str) -> Loaded {
    let mut text = format!(
        "output.requests = true\n\
         client.c = {{ service = 'w', arrivals.list.at = ['0s'] }}\n\
         workflow.w.jobs = [{jobs}]\n[platform.p]\n{platform}\n"
    );
    for (name, seconds) in services {
        writeln!(text, "[service.{name}]\nplatform = 'p'\ndemand.constant = '{seconds}s'").unwrap();
    }
    let sets: Vec<String> = more.lines().map(|line| line.trim().to_owned()).collect();
    load_text("test.toml", &text, Path::new(""), "test", &sets)
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)))
}

/// How many requests a service had.
fn requests(outcome: &RunOutcome, service: &str) -> u64 {
    outcome.services.iter().find(|of| of.name == service).unwrap().of.requests
}

const DIAMOND: &str = "{ service = 'bottom', after = ['left', 'right'] },
    { service = 'left', after = ['top'] }, { service = 'right', after = ['top'] }, { service = 'top' }";
const SIDES: [(&str, f64); 4] = [("top", 10.0), ("left", 20.0), ("right", 30.0), ("bottom", 5.0)];

/// The longest way is top, right, bottom: 10 + 30 + 5.
#[test]
fn a_workflow_takes_as_long_as_its_longest_way() {
    let (rows, outcome) = told(UNLIMITED, &SIDES, DIAMOND, "");
    assert_eq!(rows, [(Outcome::Completed, 45.0)]);
    // The workflow is a request of its client and four of jobs; it neither waits nor is served.
    let workflow = &outcome.services.iter().find(|of| of.name == "w").unwrap().of;
    assert_eq!((workflow.completed, workflow.waiting.count(), workflow.service.count()), (1, 0, 0));
    assert_eq!(outcome.all_platforms().begun, 4);
}

/// On four cores, top has a process after 0.5 s and runs to 10.5; left takes that process until 30.5, right starts one of
/// its own and runs from 11 to 41; bottom, in either, to 46. On one core one runs after the other, in one process:
/// 0.5 + 10 + 20 + 30 + 5. The first waits for its process, and then only the second of the sides, for the 20 s of the first.
#[test]
fn jobs_hold_no_core_while_they_wait_for_others() {
    let (rows, _) = told(&cores(4), &SIDES, DIAMOND, "");
    assert_eq!(rows, [(Outcome::Completed, 46.0)]);
    let (rows, outcome) = told(&cores(1), &SIDES, DIAMOND, "");
    assert_eq!(rows, [(Outcome::Completed, 65.5)]);
    let queue = &outcome.platforms[0].of.0;
    assert_eq!(queue.waiting.area, 20_500_000_000);

    // One that joins the others holds the only core that they need, for ever.
    let joins = "horizon=2h\nclient.c.service=top\n\
                 service.top.calls=[{ parallel = [{ service = 'left' }, { service = 'right' }] }, { service = 'bottom' }]";
    let (rows, outcome) = told(&cores(1), &SIDES, DIAMOND, joins);
    assert_eq!((rows.len(), outcome.total().in_flight()), (0, 1));
}

/// Ten of 4 s on four cores: three waves. The first four wait for their processes; later ones take those.
#[test]
fn a_job_may_be_many_at_the_same_time() {
    let jobs =
        "{ service = 'split' }, { name = 'map', service = 'work', count = 10, after = ['split'] },
                { name = 'reduce', service = 'work', after = ['map'] }";
    let times = [("split", 1.0), ("work", 4.0)];
    let (rows, outcome) = told(UNLIMITED, &times, jobs, "");
    assert_eq!(rows, [(Outcome::Completed, 9.0)]);
    assert_eq!((requests(&outcome, "split"), requests(&outcome, "work")), (1, 11));
    // Split ends at 1.5, and its process is taken at once: the one maps at 5.5, 9.5 and 13.5, the others at 6, 10 and
    // perhaps 14. Two are left at 9.5: one begins there, one at 10. Then comes reduce.
    let (rows, _) = told(&cores(4), &times, jobs, "");
    assert_eq!(rows, [(Outcome::Completed, 18.0)]);
}

const CHAIN: &str = "{ service = 'first' }, { service = 'bad', after = ['first'] },
    { service = 'third', after = ['bad'] }, { service = 'last', after = ['third'] }, { service = 'aside' }";
const LINKS: [(&str, f64); 5] =
    [("first", 1.0), ("bad", 2.0), ("third", 4.0), ("last", 8.0), ("aside", 5.0)];

/// After `bad` nothing runs; what does not depend on it does, to 5 s.
#[test]
fn what_comes_after_a_failure_is_stalled() {
    for platform in [UNLIMITED, &cores(9)] {
        let (rows, outcome) = told(platform, &LINKS, CHAIN, "service.bad.failure=1");
        assert_eq!((rows.len(), rows[0].0), (1, Outcome::Failed));
        let ran = LINKS.map(|(name, _)| requests(&outcome, name));
        assert_eq!(ran, [1, 1, 0, 0, 1], "{platform}");
    }
    let (rows, _) = told(UNLIMITED, &LINKS, CHAIN, "service.bad.failure=1");
    assert_eq!(rows, [(Outcome::Failed, 5.0)]);
}

/// All run, 1 + 2 + 4 + 8, and the workflow has failed all the same. Or `third` is stalled, and `last` runs as soon as that
/// is known, at 3.
#[test]
fn what_ignores_errors_runs_after_a_failure() {
    let ignore = "service.bad.failure=1\nworkflow.w.jobs.2.depends_on_errors=ignore";
    let (rows, _) = told(UNLIMITED, &LINKS, CHAIN, ignore);
    assert_eq!(rows, [(Outcome::Failed, 15.0)]);
    let ignore = "service.bad.failure=1\nworkflow.w.jobs.3.depends_on_errors=ignore";
    let (rows, outcome) = told(UNLIMITED, &LINKS, CHAIN, ignore);
    assert_eq!(rows, [(Outcome::Failed, 11.0)]);
    assert_eq!((requests(&outcome, "third"), requests(&outcome, "last")), (0, 1));
    // Who waits for several waits for all, whatever became of one of them.
    let more = "service.bad.failure=1\nworkflow.w.jobs.3={ service = 'last', after = ['third', 'aside'], depends_on_errors = 'ignore' }";
    let (rows, _) = told(UNLIMITED, &LINKS, CHAIN, more);
    assert_eq!(rows, [(Outcome::Failed, 13.0)]);
}

/// One of three copies fails, or is too slow for its patience, and is tried again until it is given up: 2 + 1 + 2 s.
#[test]
fn a_job_is_tried_again_by_itself() {
    let jobs = "{ service = 'bad', count = 3, retries = { attempts = 2, backoff = '1s' } },
                { service = 'last', after = ['bad'] }";
    let (rows, outcome) = told(UNLIMITED, &LINKS, jobs, "service.bad.failure=1");
    assert_eq!(rows, [(Outcome::Failed, 5.0)]);
    let bad = &outcome.services.iter().find(|of| of.name == "bad").unwrap().of;
    assert_eq!((bad.requests, bad.attempts, requests(&outcome, "last")), (3, 6, 0));
}

/// The client waits 20 s of 45: its two attempts are two runs of the whole, the second begun at 20 s. Abandoned ones go on
/// to their end; those that are cancelled begin no job any more, and the jobs under way end or not as each says.
#[test]
fn patience_and_retries_of_the_client_are_of_the_whole() {
    let patience = "client.c.timeout=20s\nclient.c.retries={ attempts = 2 }\nhorizon=100s";
    let (rows, outcome) = told(UNLIMITED, &SIDES, DIAMOND, patience);
    assert_eq!(rows, [(Outcome::TimedOut, 40.0)]);
    assert_eq!((requests(&outcome, "top"), requests(&outcome, "bottom")), (2, 2));

    let cancel = format!("{patience}\nclient.c.abandoned=cancel");
    let (rows, outcome) = told(UNLIMITED, &SIDES, DIAMOND, &cancel);
    assert_eq!(rows, [(Outcome::TimedOut, 40.0)]);
    assert_eq!((requests(&outcome, "top"), requests(&outcome, "bottom")), (2, 0));
    let busy = |outcome: &RunOutcome| outcome.all_platforms().instances.unwrap().busy.area;
    // Both sides of both runs go on: 2 * (10 + 20 + 30).
    assert_eq!(busy(&outcome), 120_000_000_000);

    // Or they are stopped with the run, 10 s after they began: 2 * (10 + 10 + 10).
    let cancel =
        format!("{cancel}\nworkflow.w.jobs.1.abandoned=cancel\nworkflow.w.jobs.2.abandoned=cancel");
    assert_eq!(busy(&told(UNLIMITED, &SIDES, DIAMOND, &cancel).1), 60_000_000_000);
}

/// A workflow that is cancelled while its jobs run leaves nothing behind when these have ended, at 40 s.
#[test]
fn what_is_cancelled_leaves_nothing() {
    let cancel = "client.c.timeout=20s\nclient.c.abandoned=cancel\nhorizon=100s";
    let loaded = load(UNLIMITED, &SIDES, DIAMOND, cancel);
    let mut world = World::new(&loaded.specification, loaded.seed, None);
    let mut calendar = Calendar::<Event>::new();
    world.start(&mut calendar);
    let second = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
    let mut in_flight = Vec::new();
    while let Some(event) = calendar.pop().filter(|_| calendar.now() <= second(40)) {
        world.handle(event, &mut calendar);
        in_flight.push((calendar.now(), world.in_flight()));
    }
    assert!(in_flight.contains(&(second(10), (3, 3))), "{in_flight:?}");
    assert!(in_flight.contains(&(second(20), (0, 2))), "{in_flight:?}");
    assert_eq!(in_flight.last(), Some(&(second(40), (0, 0))));
}

/// A job of a workflow may be one; so may a call of a service.
/// Neither reading nor running a workflow goes deeper with each job.
#[test]
fn a_chain_may_be_as_long_as_a_workflow() {
    let job = |number: u32| {
        let after = if number == 0 { String::new() } else { format!("'j{}'", number - 1) };
        format!("{{ name = 'j{number}', service = 'work', after = [{after}] }}")
    };
    let jobs: Vec<String> = (0..30_000).rev().map(job).collect();
    let (rows, _) = told(UNLIMITED, &[("work", 1.0)], &jobs.join(", "), "");
    assert_eq!(rows, [(Outcome::Completed, 30_000.0)]);
}

#[test]
fn workflows_nest() {
    let nested = "workflow.outer.jobs=[{ service = 'w', count = 2 }, { service = 'top', after = ['w'] }]\nclient.c.service=outer";
    let (rows, outcome) = told(UNLIMITED, &SIDES, DIAMOND, nested);
    assert_eq!(rows, [(Outcome::Completed, 55.0)]);
    assert_eq!((requests(&outcome, "w"), requests(&outcome, "top")), (2, 3));

    let called = "service.caller={ platform = 'p', demand.constant = '1s', calls = [{ service = 'w' }] }\nclient.c.service=caller";
    let (rows, _) = told(UNLIMITED, &SIDES, DIAMOND, called);
    assert_eq!(rows, [(Outcome::Completed, 46.0)]);
}

/// At each full hour comes a workflow, 5 and 6 s later two jobs of 50 s, and there is one core. Its first job is done at
/// 10.5 s, and the core goes to who waits; the second stands behind the other, from 110.5 to 120.5, or before it if it is
/// more urgent, from 60.5 to 70.5.
#[test]
fn the_timetable_and_priority_of_a_client_hold_for_jobs() {
    let jobs = "{ service = 'first' }, { service = 'second', after = ['first'] }";
    let times = [("first", 10.0), ("second", 10.0), ("other", 50.0)];
    let at = "horizon=90m\nclient.c.arrivals={ cron = { schedule = '0 * * * *' } }\n\
              client.d={ service = 'other', arrivals.list.at = ['5s', '6s', '3605s', '3606s'] }";
    let seconds = |more: &str| {
        let rows = told(&cores(1), &times, jobs, more).0;
        rows.into_iter().map(|row| row.1).collect::<Vec<_>>()
    };
    // The process is there at the second hour.
    assert_eq!(seconds(at), [55.5, 104.5, 120.5, 55.0, 104.0, 120.0]);
    let urgent = format!("{at}\nclient.c.priority=1");
    assert_eq!(seconds(&urgent), [55.5, 70.5, 114.5, 55.0, 70.0, 114.0]);
}

/// The jobs of a random workflow: seconds, and which of those before each comes after.
fn random_jobs() -> impl Strategy<Value = Vec<(u32, Vec<bool>)>> {
    prop::collection::vec((1..50_u32, prop::collection::vec(prop::bool::weighted(0.3), 12)), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]
    /// Where there is room for all, a workflow takes as long as its longest way; on one core as long as all together.
    #[test]
    fn any_workflow_takes_as_long_as_its_longest_way(jobs in random_jobs(), backwards in any::<bool>()) {
        let (mut texts, mut ends, mut services) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (seconds, after)) in jobs.iter().enumerate() {
            let after: Vec<usize> = (0..number).filter(|&before| after[before]).collect();
            let names: Vec<String> = after.iter().map(|before| format!("'s{before}'")).collect();
            texts.push(format!("{{ service = 's{number}', after = [{}] }}", names.join(", ")));
            let begin = after.iter().map(|&before| ends[before]).max().unwrap_or(0);
            ends.push(begin + seconds);
            services.push((format!("s{number}"), f64::from(*seconds)));
        }
        if backwards {
            texts.reverse();
        }
        let services: Vec<(&str, f64)> = services.iter().map(|(name, time)| (&**name, *time)).collect();
        let jobs_text = texts.join(", ");
        let longest = f64::from(*ends.iter().max().unwrap());
        prop_assert_eq!(told(UNLIMITED, &services, &jobs_text, "").0, [(Outcome::Completed, longest)]);
        let all: f64 = jobs.iter().map(|(seconds, _)| f64::from(*seconds)).sum();
        let (rows, outcome) = told(&cores(1), &services, &jobs_text, "");
        prop_assert_eq!(rows, [(Outcome::Completed, 0.5 + all)]);
        prop_assert_eq!(outcome.digest, told(&cores(1), &services, &jobs_text, "").1.digest);
    }
}
