//! The Fn project: what its sources say happens, worked out by hand, and what always holds.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rows;

use std::fmt::Write as _;
use std::path::Path;

use cloudsched::metric::{Doing, RunOutcome};
use cloudsched::model::sip_hash;
use cloudsched::platform::fn_project::fn_hash;
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use proptest::prelude::*;
use rows::{Served, Told, figures};

/// One runner of 1 GiB, of which functions have 768 MiB; starts of 1 s and resumption of 10 ms.
const PLATFORM: &str = "[platform.p]
kind = 'fn'
hosts = [{ cpu = 4, memory = '1GiB' }]
cold_start.constant = '1s'
resume.constant = '10ms'
timeout = '1h'
max_duration = '1h'
";

/// Requests as rows `seconds,service,duration`, to services of these memories in MiB; with changes, a line each.
fn told(rows: &str, services: &[(&str, u32)], changes: &str) -> (Told, RunOutcome) {
    rows::run(PLATFORM, "", rows, services, changes)
}

/// What each request waited, and whether it was cold.
fn waits(rows: &str, services: &[(&str, u32)], changes: &str) -> Vec<Served> {
    told(rows, services, changes).0.waits()
}

const COLD: Served = Some((1000.0, true));
const WARM: Served = Some((0.0, false));
const FROZEN: Served = Some((10.0, false));

/// Idle for 40 ms a container is warm; for 60 ms it is frozen since 10 ms, and resumes. Idle for 30 s, which count from the
/// end of the last request, it is gone: the last request comes 10 ms too late.
#[test]
fn a_container_is_frozen_after_50_ms_and_gone_after_30_s() {
    let rows = "0,f,1\n2.04,f,1\n3.1,f,1\n34,f,1\n65.02,f,1\n";
    let (mut told, outcome) = told(rows, &[("f", 128)], "");
    assert_eq!(told.waits(), [COLD, WARM, FROZEN, FROZEN, COLD]);
    let figures = figures(&outcome);
    assert_eq!((figures.starts, figures.expirations, figures.paused.unwrap().1), (2, 2, 2));
    let life: Vec<(Doing, f64)> = told.lives[&0].iter().map(|row| (row.0, row.4)).collect();
    let expected = [
        (Doing::Cold, 1.0),
        (Doing::Busy, 2.0),
        (Doing::Idle, 2.04),
        (Doing::Busy, 3.04),
        (Doing::Idle, 3.09),
        (Doing::Paused, 3.1),
        (Doing::Resuming, 3.11),
        (Doing::Busy, 4.11),
        (Doing::Idle, 4.16),
        (Doing::Paused, 34.0),
        (Doing::Resuming, 34.01),
        (Doing::Busy, 35.01),
        (Doing::Idle, 35.06),
        (Doing::Paused, 65.01),
    ];
    assert_eq!(life, expected);
}

/// Two containers rest, the first since 2 s, the second since 3 s: both later requests get the second, and the
/// first goes at 32 s.
#[test]
fn the_container_that_was_freed_last_is_taken_first() {
    let (mut told, _) = told("0,f,1\n0,f,2\n10,f,1\n20,f,1\n", &[("f", 128)], "");
    assert_eq!(told.waits(), [COLD, COLD, FROZEN, FROZEN]);
    assert_eq!(told.lives[&0].last().unwrap().4, 32.0);
    assert_eq!(told.lives[&1].last().unwrap().4, 51.01);
}

/// The second request finds the container busy until 1.5 s and has another launched, which will be ready at 2.2 s; it takes
/// the first when that is free. The third then waits beside a container that starts for nobody: none is launched for
/// it, and the first is free again at 2 s.
#[test]
fn no_more_containers_start_than_requests_wait() {
    let (mut told, outcome) = told("0,f,0.5\n1.2,f,0.5\n1.6,f,0.5\n", &[("f", 128)], "");
    assert_eq!(told.waits(), [COLD, Some((300.0, false)), Some((400.0, false))]);
    assert_eq!(figures(&outcome).starts, 2);
}

/// Three containers of 256 MiB fill the runner. `f` was created first and used last; `k` needs 512 MiB, so those of `f` and
/// `g` go. The runner did not know `k`, so that its container is launched at once. Then `f`, which it knows, needs
/// 256 MiB: that of `h` goes, older than that of `k`, and its own is launched when the request asks
/// again, 200 ms later.
#[test]
fn the_containers_created_first_go_for_another_function() {
    let rows = "0,f,0.1\n0.1,g,0.1\n0.2,h,0.1\n5,f,0.1\n10,k,0.1\n20,f,0.1\n";
    let services = [("f", 256), ("g", 256), ("h", 256), ("k", 512)];
    let (mut told, outcome) = told(rows, &services, "");
    assert_eq!(told.waits(), [COLD, COLD, COLD, FROZEN, COLD, Some((1200.0, true))]);
    assert_eq!(figures(&outcome).evictions, 3);
    let ends = [0, 1, 2].map(|number| told.lives[&number].last().unwrap().4);
    assert_eq!(ends, [10.0, 10.0, 20.0]);
}

/// 256 MiB are free, 256 MiB idle and 256 MiB busy: for 768 MiB nothing goes. The request asks for 360 s, until 370 s. At 369.9 s
/// the container of `g` goes for it, and its own is launched 200 ms later; at 370 s it is too late.
#[test]
fn all_that_is_needed_goes_or_nothing_and_who_waits_gives_up() {
    let services = [("f", 256), ("g", 256), ("big", 768)];
    let run = |duration: &str| {
        let rows = format!("0,f,0.1\n0,g,{duration}\n10,big,1\n");
        let (mut told, outcome) = told(&rows, &services, "");
        // That of `f` went by itself, 30 s after its request.
        assert_eq!(told.lives[&0].last().unwrap().4, 31.1);
        (told.waits()[2], figures(&outcome).evictions)
    };
    assert_eq!(run("368.9"), (Some((361_100.0, true)), 1));
    assert_eq!(run("369"), (None, 0));
}

/// `g` was created first and has no CPU; `h` needs CPU only, of which half a core is missing. The containers are counted in
/// the order of their creation until memory and CPU are covered: that of `g` goes in vain.
#[test]
fn memory_and_cpu_are_covered_together() {
    let more =
        "service.f.cpu=0.5\nservice.h.cpu=1\nplatform.p.hosts=[{ cpu = 1, memory = '1GiB' }]";
    let services = [("f", 128), ("g", 512), ("h", 128)];
    let (mut told, outcome) = told("0,g,1\n0.1,f,1\n10,h,1\n", &services, more);
    assert_eq!(told.waits(), [COLD; 3]);
    assert_eq!(figures(&outcome).evictions, 2);
    // With half a core more nothing has to go.
    let more = more.replace("cpu = 1,", "cpu = 1.5,");
    let (_, outcome) = self::told("0,g,1\n0.1,f,1\n10,h,1\n", &services, &more);
    assert_eq!(figures(&outcome).evictions, 0);
}

/// One container fills the runner. It is free at 3.0045 s; the second request asks at 3 ms, 13 ms, and so on, and so gets it
/// at 3.013 s. A newcomer at 3.01 s is faster, and the sleeper gets the container at 4.013 s.
#[test]
fn sleepers_ask_every_10_ms_and_newcomers_pass_them() {
    let services = [("big", 768)];
    let rows = "0,big,2.0045\n0.003,big,1\n";
    assert_eq!(waits(rows, &services, ""), [COLD, Some((3010.0, false))]);
    let rows = format!("{rows}3.01,big,1\n");
    assert_eq!(waits(&rows, &services, ""), [COLD, Some((4010.0, false)), WARM]);
}

/// The container is free at 3.008 s. The request of 13 ms asks at 3.013 s, that of 7 ms only at 3.017 s: it gets the container
/// a second later, when it next asks after 4.013 s.
#[test]
fn sleepers_are_served_in_the_order_of_their_rhythms() {
    let rows = "0,big,2.008\n0.007,big,1\n0.013,big,1\n";
    assert_eq!(
        waits(rows, &[("big", 768)], ""),
        [COLD, Some((4010.0, false)), Some((3000.0, false))]
    );
}

/// The runner has room for one. At 10 s the container of `x` goes for `f`, whom the runner knows; but before it asks again
/// at 10.2 s, `g` has taken the room. `f` is told 503 and asks every 10 ms. At 12.1 s that of `g` is idle and goes; at
/// 12.3 s `f` has its own launched, which is ready at 13.3 s.
#[test]
fn room_that_was_made_may_be_taken_by_another() {
    let rows = "0,f,0.1\n5,x,0.1\n10,f,0.1\n10.1,g,1\n";
    let services = [("f", 768), ("x", 768), ("g", 768)];
    assert_eq!(waits(rows, &services, ""), [COLD, COLD, Some((3300.0, true)), COLD]);
}

/// After an hour without a waiting request a runner forgets a function: its container is then launched at once again,
/// though another goes for it.
#[test]
fn a_runner_forgets_after_an_hour() {
    let services = [("f", 768), ("g", 768)];
    let rows = |last: u32| format!("0,f,0.1\n{},g,0.1\n{last},f,0.1\n", last - 10);
    assert_eq!(waits(&rows(3599), &services, "")[2], Some((1200.0, true)));
    assert_eq!(waits(&rows(3600), &services, "")[2], COLD);
}

const THREE: &str = "platform.p.hosts=[{ count = 3, cpu = 4, memory = '1GiB' }]";

/// On which runners containers were started, in order.
fn runners(told: &Told) -> Vec<u32> {
    told.lives.values().map(|life| life[0].2).collect()
}

/// A function fills its home runner first, then the next, and so on in a ring.
#[test]
fn the_hashing_placer_goes_on_from_the_home_of_a_function() {
    let (told, _) = told(&"0,f,10\n".repeat(3), &[("f", 768)], THREE);
    let home = fn_hash(sip_hash((0, 0x4c61_7279_426f_6174), b"f"), 3);
    assert_eq!(runners(&told), [0, 1, 2].map(|step| (home + step) % 3));
}

/// The hash as Fn has it knows no home but the first of two runners.
#[test]
fn of_two_runners_the_first_is_home_to_all() {
    let names: Vec<String> = (0..20).map(|number| format!("f{number}")).collect();
    let services: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 128)).collect();
    let rows: String = names.iter().enumerate().fold(String::new(), |mut rows, (number, name)| {
        writeln!(rows, "{},{name},0.1", number * 40).unwrap();
        rows
    });
    let two = THREE.replace('3', "2");
    let (ch, _) = told(&rows, &services, &two);
    assert_eq!(runners(&ch), [0; 20]);
    let (jump, _) = told(&rows, &services, &format!("{two}\nplatform.p.placer=jump"));
    let second = runners(&jump).iter().filter(|runner| **runner == 1).count();
    assert!((5..=15).contains(&second), "{second} of 20");
}

/// The naive placer goes on from runner to runner, whatever the function: containers that rest on others are not found.
#[test]
fn the_naive_placer_goes_round() {
    let naive = format!("{THREE}\nplatform.p.placer=naive");
    let (mut told, _) = told("0,f,1\n10,f,1\n20,f,1\n29,f,1\n", &[("f", 128)], &naive);
    let first = runners(&told)[0];
    assert_eq!(runners(&told), [0, 1, 2].map(|step| (first + step) % 3));
    assert_eq!(told.waits(), [COLD, COLD, COLD, FROZEN]);
}

/// By itself a request is cut 30 s after its service began, later if the function says so, but not after 300 s.
#[test]
fn requests_are_cut_after_30_s_or_what_their_function_says() {
    let own = "platform.p.timeout=30s\nplatform.p.max_duration=300s\nservice.g.timeout=100s";
    let services = [("f", 128), ("g", 128)];
    let (mut told, outcome) = told("0,f,31\n0,g,31\n40,f,30\n", &services, own);
    assert_eq!(told.waits(), [None, COLD, FROZEN]);
    assert_eq!(outcome.total().completed, 2);
    assert_eq!(told.lives[&0][1], (Doing::Busy, "f".to_owned(), 0, 1.0, 31.0));
}

/// By itself the platform says all that a scenario needs.
#[test]
fn the_platform_has_values_of_its_own() {
    let text = "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant.rate = '1/min'\n\
                [service.f]\nplatform = 'p'\ndemand.constant = '1s'\n[platform.p]\nkind = 'fn'\n";
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[]).unwrap();
    assert!(loaded.problems.is_empty());
    let outcome = run(&loaded.specification, loaded.seed, None, None);
    let waited = outcome.total().waiting.max().unwrap().as_millis_f64();
    assert!((500.0..800.0).contains(&waited), "{waited}");
}

#[test]
fn what_serves_nobody_is_an_error() {
    let told = |change: &str| {
        let text = "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant.rate = '1/s'\n\
                    [service.f]\nplatform = 'p'\ndemand.constant = '1s'\nmemory = '768MiB'\n\
                    [account.a]\nservices = ['f']\n\
                    [platform.p]\nkind = 'fn'\nhosts = [{ cpu = 1, memory = '1GiB' }]\n";
        match load_text("test.toml", text, Path::new(""), "test", &[change.to_owned()]) {
            Ok(loaded) => loaded.problems.iter().map(|problem| problem.message.clone()).collect(),
            Err(error) => error.render(false),
        }
    };
    assert_eq!(told("seed=1"), "");
    let expected = [
        ("platform.p.hosts=[]", "a platform has at least one runner"),
        ("platform.p.hosts=[{ cpu = 1, memory = '256MiB' }]", "a runner keeps 256MiB for itself"),
        ("platform.p.hosts=[{ count = 0, cpu = 1, memory = '1GiB' }]", "at least one host"),
        ("platform.p.hosts=[{ memory = '1GiB' }]", "missing key `cpu`"),
        ("service.f.timeout=301s", "cuts a request after 5m"),
        ("platform.p.retry_delay=0s", "`retry_delay` must be longer than no time"),
        ("platform.p.placer=cha", "ch"),
        ("service.f.memory=769MiB", "fits on no host"),
        ("service.f.memory=9GiB", "cannot have 9GiB of memory"),
        ("account.a.concurrency=5", "the quota of `a` is not kept on `p`: Fn has none"),
        ("service.f.max_instances=5", "`max_instances` is not used: `p` is one of Fn"),
    ];
    for (change, words) in expected {
        let error = told(change);
        assert!(error.contains(words), "{change}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// No runner holds more than its memory and CPU, nobody waits where a container rests, nobody sleeps whom a runner would
    /// take, and every request ends once.
    #[test]
    fn runners_and_requests_are_conserved(
        load in rows::load(2000),
        (runners, memory, cpu) in (1..4_u32, 800..1500_u64, 1..3_u32),
        placer in prop::sample::select(vec!["ch", "jump", "naive"]),
        patience in prop::sample::select(vec!["5s", "360s"]),
        (cancels, starts) in (any::<bool>(), any::<bool>()),
        faults in rows::faults(),
    ) {
        let start = if starts { "1s" } else { "0s" };
        let platform = format!("kind = 'fn'\nplacer = '{placer}'\nidle_timeout = '10s'\n\
            placer_timeout = '{patience}'\ntimeout = '1h'\nmax_duration = '1h'\ncold_start.constant = '{start}'\n\
            hosts = [{{ count = {runners}, cpu = {cpu}, memory = '{memory}MiB' }}]{faults}");
        let memories = [128, 200, 256, 384, 512];
        let services: Vec<_> = (0..).zip(memories).map(|(n, memory)| (memory, format!("cpu = 0.{n}"))).collect();
        rows::conserved(&load, &services, cancels, &platform);
    }
}
