//! Apache OpenWhisk: what its sources say happens, worked out by hand, and what always holds.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "openwhisk/cpu.rs"]
mod cpu;
mod rows;
#[path = "openwhisk/values.rs"]
mod values;

use cloudsched::metric::{Doing, RunOutcome};
use cloudsched::platform::openwhisk::{Ring, action_hash};
use proptest::prelude::*;
use rows::{Period, Served, Told, figures};

/// A platform with starts of 1 s and 0.1 s, resumption of 10 ms, and no stem cells.
const PLATFORM: &str = "[platform.p]
kind = 'openwhisk'
invokers = 1
create.constant = '1s'
init.constant = '100ms'
resume.constant = '10ms'
stem_cells = []
timeout = '1d'
max_duration = '1d'
quota = { concurrency = 1000, requests_per_minute = 100000 }
";

/// Requests as rows `seconds,service,duration`, to services of these memories in MiB; with changes,
/// a line each.
fn told(rows: &str, services: &[(&str, u32)], changes: &str) -> (Told, RunOutcome) {
    rows::run(PLATFORM, "runtime = 'nodejs:20'", rows, services, changes)
}

const COLD: Served = Some((1100.0, true));
const WARM: Served = Some((0.0, false));

/// The example in the source of the load balancer.
#[test]
fn an_action_goes_through_the_invokers_in_its_step() {
    let probes: Vec<u32> = Ring::new(0, 10).probes(13).collect();
    assert_eq!(probes, [3, 6, 9, 2, 5, 8, 1, 4, 7, 0]);
}

/// By itself a request is cut 60 s after its service began, later if the action says so. The container serves the
/// next one.
#[test]
fn requests_are_cut_after_60_s_or_what_their_action_says() {
    let own = "platform.p.timeout=60s\nplatform.p.max_duration=300s\nservice.g.timeout=100s";
    let services = [("f", 128), ("g", 128)];
    let (mut told, outcome) = told("0,f,61\n0,g,61\n70,f,60\n", &services, own);
    assert_eq!(told.waits(), [None, COLD, WARM]);
    assert_eq!((outcome.total().completed, outcome.total().failed), (2, 1));
    assert_eq!(told.lives[&0][1], (Doing::Busy, "f".to_owned(), 0, 1.1, 61.1));
}

/// Nine of ten invokers are managed, and each has slots for 2 GiB, eight times 256 MiB. Requests that go on
/// fill the home of the action, and then the next on its way.
#[test]
fn an_action_overflows_from_its_home_to_the_next_in_its_way() {
    let rows = "0,hello,50000\n".repeat(20);
    let (told, _) = told(&rows, &[("hello", 256)], "platform.p.invokers=10");
    let expected: Vec<u32> = Ring::new(0, 9).probes(action_hash("guest", "hello")).collect();
    let hosts: Vec<u32> = told.lives.values().map(|life| life[0].2).collect();
    let way = [vec![expected[0]; 8], vec![expected[1]; 8], vec![expected[2]; 4]].concat();
    assert_eq!(hosts, way);
}

/// A cold start takes 1.1 s. The second request comes 5 s after the first has ended: the container is
/// warm. The third comes 15 s after the second has ended: it is paused since 10 s, and resumes.
#[test]
fn a_warm_container_serves_at_once_and_a_paused_one_resumes() {
    let rows = "0,f,1\n7.1,f,1\n23.1,f,1\n";
    let (mut told, outcome) = told(rows, &[("f", 256)], "");
    assert_eq!(told.waits(), [COLD, WARM, Some((10.0, false))]);
    let figures = figures(&outcome);
    assert_eq!((figures.starts, figures.expirations, figures.paused.unwrap().1), (1, 1, 1));
    // 0 cold, 1.1 busy, 2.1 idle, 7.1 busy, 8.1 idle, 18.1 paused, 23.1 resuming, 23.11 busy,
    // 24.11 idle, 34.11 paused, and 10 minutes later gone.
    let life: Vec<(Doing, f64)> = told.lives[&0].iter().map(|row| (row.0, row.4)).collect();
    let expected = [
        (Doing::Cold, 1.1),
        (Doing::Busy, 2.1),
        (Doing::Idle, 7.1),
        (Doing::Busy, 8.1),
        (Doing::Idle, 18.1),
        (Doing::Paused, 23.1),
        (Doing::Resuming, 23.11),
        (Doing::Busy, 24.11),
        (Doing::Idle, 34.11),
        (Doing::Paused, 634.11),
    ];
    assert_eq!(life, expected);
}

/// Before 2022 a container was paused after 50 ms.
#[test]
fn the_classic_pauses_after_50_ms() {
    let rows = "0,f,1\n2.149,f,1\n3.2,f,1\n";
    let (mut told, _) = told(rows, &[("f", 256)], "platform.p.kind=openwhisk-classic");
    // The first ends at 2.1, the second at 3.149: 49 and 51 ms before the next.
    assert_eq!(told.waits(), [COLD, WARM, Some((10.0, false))]);
}

/// An invoker of 512 MiB holds two containers of 256 MiB. The third action takes the room of the one
/// whose last use began first: that of `f` at 0 s, though `g` ended before it.
#[test]
fn the_container_whose_use_began_first_goes() {
    let rows = "0,f,8\n1,g,2\n20,h,1\n40,g,1\n60,f,1\n";
    let services = [("f", 256), ("g", 256), ("h", 256)];
    let (mut told, outcome) = told(rows, &services, "platform.p.user_memory=512MiB");
    // `g` is warm at 40 s, paused since 14.1 s; `f` is cold and takes the room of `h`, used before it.
    assert_eq!(told.waits(), [COLD, COLD, COLD, Some((10.0, false)), COLD]);
    assert_eq!(figures(&outcome).evictions, 2);
    assert_eq!(told.lives[&2].last().unwrap().4, 60.0);
}

/// An invoker of 512 MiB. `f` is given its container at 0 s and again at 5 s, `g` the other at 20 s; that
/// request is cancelled while the container starts. `h` takes the room of that of `f`, given first, though
/// that of `g` has served nobody.
#[test]
fn a_container_is_used_when_a_request_is_given_to_it() {
    let rows = "0,f,0.1\n5,f,0.1\n20,g,0.1\n40,h,0.1\n";
    let more = "platform.p.user_memory=512MiB\nclient.c.timeout=500ms\nclient.c.abandoned=cancel";
    let (told, outcome) = told(rows, &[("f", 256), ("g", 256), ("h", 256)], more);
    assert_eq!((figures(&outcome).evictions, told.lives[&0].last().unwrap().4), (1, 40.0));
}

/// Idle containers go until they had the memory of the whole action, not what is missing: with
/// 128 MiB free and two idle of 128 MiB, 256 MiB take both.
#[test]
fn eviction_frees_the_memory_of_the_whole_action() {
    let rows = "0,f,1\n0,g,1\n10,h,1\n";
    let services = [("f", 128), ("g", 128), ("h", 256)];
    let (mut told, outcome) = told(rows, &services, "platform.p.user_memory=384MiB");
    assert_eq!(told.waits(), [COLD; 3]);
    assert_eq!(figures(&outcome).evictions, 2);
}

/// An invoker of 512 MiB with two busy containers of 256 MiB: `f` until 101.1 s, `g` until 12.1 s. A
/// request for `big` needs all of it and waits until 101.1 s; one for `g` comes behind it and waits, too,
/// though a container of `g` is free from 12.1 s on.
#[test]
fn nobody_passes_the_head_of_the_run_buffer() {
    let rows = "0,f,100\n1,g,10\n2,big,1\n20,g,1\n";
    let services = [("f", 256), ("g", 256), ("big", 512)];
    let (mut told, _) = told(rows, &services, "platform.p.user_memory=512MiB");
    // `big` waits 99.1 s and starts in 1.1 s, until 102.2 s, serves until 103.2 s; then the container
    // of `g` is gone, and another takes its room: it starts for 1.1 s, after 83.2 s.
    let waits = told.waits();
    assert_eq!(waits, [COLD, COLD, Some((100_200.0, true)), Some((84_300.0, true))]);
}

/// A stem cell spares the creation: 0.1 s instead of 1.1 s. Its place is taken by another, which is
/// there 1 s later. The second request at 0.5 s finds one of the two, the third at 0.6 s none: both new
/// ones are ready at 1 s and 1.5 s. At 1.2 s there is one again.
#[test]
fn a_stem_cell_spares_the_creation_and_is_replaced() {
    let stem = "platform.p.stem_cells=[{ runtime = 'nodejs:20', memory = '256MiB', initial = 2 }]";
    let rows = "0,a,9\n0.5,b,9\n0.6,c,9\n1.2,d,9\n";
    let services = [("a", 256), ("b", 256), ("c", 256), ("d", 256)];
    let (mut told, outcome) = told(rows, &services, stem);
    let taken = Some((100.0, true));
    assert_eq!(told.waits(), [taken, taken, COLD, taken]);
    // Two at first, three in the places of those taken, one cold.
    let figures = figures(&outcome);
    assert_eq!((figures.starts, figures.pre_warms), (6, 5));
    // An action of another size has none.
    let (mut other, _) = self::told("0,a,1\n", &[("a", 128)], stem);
    assert_eq!(other.waits(), [COLD]);
}

/// Three cold starts that a stem cell would have spared before the look at 600 s: with two for each there
/// should be 6, but are at most 4. The request at 900 s takes one, and another starts in its place. Before
/// the look at 1200 s there was no cold start: all four have waited for more than 2 minutes and go, and one
/// starts, which is the least. The look at 1800 s is at the horizon and no part of the run.
#[test]
fn stem_cells_follow_cold_starts() {
    let stem = "platform.p.stem_cells=[{ runtime = 'nodejs:20', memory = '128MiB', initial = 0,
        reactive = { least = 1, most = 4, ttl = '2m', threshold = 1, increment = 2 } }]"
        .replace('\n', " ");
    let rows = "0,a,1\n0,b,1\n0,c,1\n900,a,1\n";
    let services = [("a", 128), ("b", 128), ("c", 128)];
    let (told, outcome) = told(rows, &services, &format!("{stem}\nhorizon=30m"));
    let of_stem = |life: &&Vec<Period>| life[0].1.starts_with("stem cell");
    let starts: Vec<f64> = told.lives.values().filter(of_stem).map(|life| life[0].3).collect();
    assert_eq!(starts, [600.0, 600.0, 600.0, 600.0, 900.0, 1200.0]);
    assert_eq!(figures(&outcome).pre_warms, 6);
    assert_eq!(figures(&outcome).pre_warms_unused, 4);
}

/// 61 requests in one minute of the clock: the last is refused, and the first of the next minute is not.
#[test]
fn more_than_60_a_minute_are_refused() {
    let rows = "60.5,f,0.1\n".repeat(30) + &"90,f,0.1\n".repeat(31) + "120,f,0.1\n";
    let (mut told, _) = told(&rows, &[("f", 256)], "platform.p.quota.requests_per_minute=60");
    let waits = told.waits();
    assert_eq!(waits.iter().filter(|wait| wait.is_none()).count(), 1);
    assert!(waits.last().unwrap().is_some());
}

/// 31 requests of one namespace at once: one is refused. An account of its own has its own quota, and
/// what the platform says where it says nothing.
#[test]
fn more_than_30_at_once_are_refused() {
    let mut rows: String = (0..31).map(|_| "0,f,100\n".to_owned()).collect();
    rows += &"0,g,100\n".repeat(31);
    let more =
        "platform.p.quota.concurrency=30\nplatform.p.invokers=20\naccount.alice.services=['g']";
    let (told, outcome) = told(&rows, &[("f", 256), ("g", 256)], more);
    let refused =
        |name: &str| told.requests.iter().filter(|row| row.1 == name && row.2.is_none()).count();
    assert_eq!((refused("f"), refused("g")), (1, 1));
    assert_eq!(outcome.total().completed, 60);
}

/// Two controllers take requests in turns, and each admits 18 of the 30: ceil(30 * 1.2) = 36, by 2.
#[test]
fn controllers_count_alone() {
    let more = "platform.p.quota.concurrency=30\nplatform.p.invokers=20\nplatform.p.controllers=2";
    let (told, _) = told(&"0,f,100\n".repeat(60), &[("f", 256)], more);
    assert_eq!(told.requests.iter().filter(|row| row.2.is_none()).count(), 24);
}

/// Actions that bring an image of their own have the last of ten invokers.
#[test]
fn blackbox_actions_run_on_invokers_of_their_own() {
    let more = "platform.p.invokers=10\nservice.image.runtime=blackbox";
    let (told, _) = told("0,image,1\n0,image,1\n", &[("image", 128)], more);
    assert!(told.lives.values().all(|life| life[0].2 == 9), "{:?}", told.lives);
}

/// When no invoker has a slot one is taken all the same, and the request waits there.
#[test]
fn an_overloaded_cluster_forces_an_invoker() {
    let rows = "0,f,10\n0,f,10\n0,f,10\n";
    let more =
        "platform.p.user_memory=256MiB\nplatform.p.invokers=2\nplatform.p.managed_fraction=1.0";
    let (mut told, outcome) = told(rows, &[("f", 256)], more);
    assert_eq!(outcome.total().completed, 3);
    // Two cold, and one who waits for either until 11.1 s and finds it warm.
    assert_eq!(told.waits(), [COLD, COLD, Some((11_100.0, false))]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// No invoker holds more than its memory, slots and counts agree with the requests there are,
    /// and every request ends once.
    #[test]
    fn memory_and_requests_are_conserved(
        load in rows::load(3000),
        (invokers, controllers, memory) in (1..4_u32, 1..3_u32, 512..1500_u64),
        cancels in any::<bool>(),
        (stem, cpu) in (any::<bool>(), prop::sample::select(vec!["", "cpu = 1\n", "cpu = 0.7\n"])),
        faults in rows::faults(),
    ) {
        let cells = if stem {
            "[{ runtime = 'nodejs:20', memory = '128MiB', initial = 1, \
             reactive = { least = 1, most = 3, ttl = '1m' } }]"
        } else {
            "[]"
        };
        let platform = format!("kind = 'openwhisk'\ninvokers = {invokers}\n{cpu}\
            timeout = '1h'\nmax_duration = '1h'\ncontrollers = {controllers}\nuser_memory = '{memory}MiB'\npause_grace = '1s'\n\
            idle_container = '20s'\nstem_cells = {cells}\n\
            quota = {{ concurrency = 20, requests_per_minute = 1000 }}{faults}");
        let services = [128, 128, 256, 256, 200].map(|memory| (memory, "runtime = 'nodejs:20'".to_owned()));
        rows::conserved(&load, &services, cancels, &platform);
    }
}
