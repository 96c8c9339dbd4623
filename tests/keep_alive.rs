//! Keep-alive policies at work: what is proved of fixed windows, and what the hybrid histogram and
//! the policies that start instances ahead of requests are for.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::path::Path;

use cloudsched::kernel::Span;
use cloudsched::metric::{InstanceFigures, RunOutcome};
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use proptest::prelude::*;

fn outcome(folder: &Path, scenario: &str) -> RunOutcome {
    let loaded = load_text("test.toml", scenario, folder, "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{scenario}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

/// Cold starts of all that clients sent.
fn cold(outcome: &RunOutcome) -> u64 {
    outcome.total().cold_start.count()
}

fn instances(outcome: &RunOutcome) -> InstanceFigures {
    outcome.platforms[0].of.0.instances.unwrap()
}

/// The memory-time of idle instances, in bytes times nanoseconds.
fn wasted(outcome: &RunOutcome) -> u128 {
    let figures = instances(outcome);
    figures.memory.area - figures.starting_memory.area - figures.busy_memory.area
}

/// Requests of some applications: milliseconds since the one before, application, duration.
fn trace() -> impl Strategy<Value = Vec<(u64, u8, u64)>> {
    prop::collection::vec((0..400_000_u64, 0..4_u8, 0..20_000_u64), 1..120)
}

/// A trace on unlimited hosts, with one instance an application that starts in no time.
fn replayed(trace: &[(u64, u8, u64)], keep_alive: &str) -> RunOutcome {
    let mut now = 0;
    let mut rows = "time_s,service,duration_s\n".to_owned();
    for (gap, application, duration) in trace {
        now += gap;
        let secs = |millis: u64| format!("{}.{:03}", millis / 1000, millis % 1000);
        writeln!(rows, "{},f{application},{}", secs(now), secs(*duration)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let mut scenario = "horizon = \"1d\"
        client.a.arrivals.trace = { format = \"requests\", path = \"trace.csv\" }\n"
        .to_owned();
    for application in 0..4 {
        if trace.iter().any(|row| row.1 == application) {
            writeln!(scenario, "service.f{application}.platform = \"p\"").unwrap();
        }
    }
    write!(scenario, "[platform.p]\nkind = \"faas\"\nconcurrency = 1000\n{keep_alive}").unwrap();
    outcome(folder.path(), &scenario)
}

fn fixed(seconds: u64) -> String {
    format!("keep_alive.fixed.window = \"{seconds}s\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// What is proved of fixed windows on any trace.
    #[test]
    fn a_longer_window_never_has_more_cold_starts_nor_wastes_less(trace in trace()) {
        let mut last: Option<(u64, u128)> = None;
        let windows = [0, 1, 20, 60, 200, 600, 3600].map(fixed);
        for keep_alive in windows.iter().map(String::as_str).chain(["keep_alive = \"infinite\""]) {
            let outcome = replayed(&trace, keep_alive);
            let now = (cold(&outcome), wasted(&outcome));
            if let Some(before) = last {
                prop_assert!(now.0 <= before.0 && now.1 >= before.1, "{keep_alive}: {now:?}");
            }
            last = Some(now);
        }
        // Without unloading there is one cold start an application.
        let mut applications: Vec<u8> = trace.iter().map(|row| row.1).collect();
        applications.sort_unstable();
        applications.dedup();
        prop_assert_eq!(last.unwrap().0, applications.len() as u64);
    }

    /// Whatever it learns, its instances are those that requests or plans asked for, each request is
    /// served, and it never keeps more than is kept for ever.
    #[test]
    fn the_hybrid_histogram_serves_any_trace(trace in trace()) {
        let keep_alive =
            "keep_alive.hybrid-histogram = { range = \"5m\", bin = \"10s\", least_idle_times = 1 }";
        let (hybrid, all) = (replayed(&trace, keep_alive), replayed(&trace, "keep_alive = \"infinite\""));
        prop_assert_eq!(hybrid.total().completed, trace.len() as u64);
        prop_assert!(cold(&hybrid) >= cold(&all) && wasted(&hybrid) <= wasted(&all));
        let figures = instances(&hybrid);
        prop_assert!(figures.pre_warms_unused <= figures.pre_warms);
        prop_assert!(figures.pre_warms <= figures.starts);
        prop_assert_eq!(figures.starts - figures.pre_warms, cold(&hybrid));
    }
}

/// Timers of many periods, each an application of its own but the last two, which fire together.
fn timers(keep_alive: &str) -> RunOutcome {
    let mut scenario = "horizon = \"3d\"\nwarm_up = \"1d\"\n".to_owned();
    let rates = ["12/h", "4/h", "2/h", "1/h", "0.5/h", "0.3/h", "0.16/h", "1/h", "1/h"];
    for (number, rate) in rates.into_iter().enumerate() {
        write!(
            scenario,
            "[client.c{number}]\nservice = \"f{number}\"\narrivals.constant.rate = \"{rate}\"
            [service.f{number}]\nplatform = \"p\"\ndemand.constant = \"{}s\"\n",
            1 + number
        )
        .unwrap();
    }
    write!(
        scenario,
        "[application.pair]\nservices = [\"f7\", \"f8\"]
        [platform.p]\nkind = \"faas\"\ncold_start.constant = \"2s\"\n{keep_alive}"
    )
    .unwrap();
    outcome(Path::new(""), &scenario)
}

#[test]
fn applications_that_are_only_periodic_are_never_cold_once_they_are_known() {
    let outcome = timers("keep_alive = \"hybrid-histogram\"");
    assert!(outcome.total().completed > 1000, "{}", outcome.total().completed);
    assert_eq!(cold(&outcome), 0);
    let figures = instances(&outcome);
    assert_eq!(figures.pre_warms_unused, 0);
    // A window that does as well has to be as long as the longest period, six and a quarter hours.
    let hour = timers("keep_alive.fixed.window = \"1h\"");
    assert!(cold(&hour) > 20, "{}", cold(&hour));
    let fixed = timers("keep_alive.fixed.window = \"6h30m\"");
    assert_eq!(cold(&fixed), 0);
    assert!(wasted(&outcome) * 3 < wasted(&fixed), "{} {}", wasted(&outcome), wasted(&fixed));
}

#[test]
fn the_tail_from_the_start_ahead_keeps_longer_for_nothing_on_timers() {
    let end = timers("keep_alive = \"hybrid-histogram\"");
    let start = timers("keep_alive.hybrid-histogram.tail_from = \"start\"");
    assert_eq!((cold(&end), cold(&start)), (0, 0));
    assert_eq!(wasted(&end), wasted(&start), "the request comes before either window is over");
}

/// A platform that nobody calls, beside a client that keeps the run going.
fn alone(keep_alive: &str) -> InstanceFigures {
    let figures = outcome(
        Path::new(""),
        &format!(
            "horizon = \"1d\"
            client.a = {{ service = \"busy\", arrivals.constant.rate = \"1/h\" }}
            service.busy = {{ platform = \"q\", demand.constant = \"1s\" }}
            service.quiet = {{ platform = \"p\", demand.constant = \"1s\", memory = \"1GiB\" }}
            platform.p = {{ kind = \"faas\", cold_start.constant = \"10s\", {keep_alive} }}
            platform.q = {{ kind = \"servers\", servers = 1 }}"
        ),
    );
    instances(&figures)
}

const HOUR: u128 = 3_600_000_000_000;

#[test]
fn a_floor_is_there_from_the_start_to_the_end() {
    let figures = alone("keep_alive.least-instances = { instances = 3, window = \"1m\" }");
    assert_eq!(figures.instances.area, 3 * 24 * HOUR);
    assert_eq!((figures.starts, figures.pre_warms, figures.expirations), (3, 3, 0));
}

#[test]
fn a_schedule_keeps_its_hours() {
    let times = "times = [{ from = \"7h\", to = \"9h\", instances = 20 },
        { from = \"8h\", to = \"10h\", instances = 5 }]"
        .replace('\n', " ");
    let figures = alone(&format!("keep_alive.scheduled = {{ window = \"1m\", {times} }}"));
    assert_eq!(figures.instances.area, (20 * 2 + 5) * HOUR);
    assert_eq!((figures.pre_warms, figures.pre_warms_unused, figures.expirations), (20, 20, 20));
    let held = alone(&format!("keep_alive.scheduled = {{ window = \"90m\", {times} }}"));
    // Their windows began when they had started, ten seconds after seven: none is over at eight, and
    // all are at nine.
    assert_eq!(held.instances.area, figures.instances.area);
    let longer = alone(&format!("keep_alive.scheduled = {{ window = \"4h\", {times} }}"));
    assert_eq!(longer.instances.area, 20 * (4 * HOUR + HOUR / 360));
}

/// A morning rush from eight to nine, with starts of ten seconds.
fn rush(platform: &str) -> RunOutcome {
    outcome(
        Path::new(""),
        &format!(
            "horizon = \"12h\"
            seed = 5
            [client.a]
            service = \"f\"
            arrivals.stages = [{{ duration = \"8h\", target = \"0/s\" }},
                {{ duration = \"30m\", target = \"4/s\" }}, {{ duration = \"30m\", target = \"0/s\" }}]
            [service.f]
            platform = \"p\"
            demand.exponential.mean = \"2s\"
            [platform.p]
            kind = \"faas\"
            binding = \"early\"
            cold_start.constant = \"10s\"
            {platform}"
        ),
    )
}

#[test]
fn instances_started_ahead_take_the_morning_rush() {
    let none = rush("keep_alive.fixed.window = \"2m\"");
    let forecast = rush("keep_alive.forecast.window = \"2m\"");
    let scheduled = rush(
        "keep_alive.scheduled = { window = \"2m\", \
         times = [{ from = \"7h55m\", to = \"9h\", instances = 25 }] }",
    );
    let [none, forecast, scheduled] = [&none, &forecast, &scheduled].map(cold);
    assert!(none > 20 && scheduled <= 1 && forecast < none, "{none} {forecast} {scheduled}");
}

/// One request at the instant at which an instance begins to start ahead of it.
#[test]
fn who_comes_while_an_instance_starts_ahead_waits_for_it() {
    for binding in ["late", "early"] {
        let outcome = outcome(
            Path::new(""),
            &format!(
                "horizon = \"1d\"
                client.a = {{ service = \"f\", arrivals.constant.rate = \"0.01/h\" }}
                service.f = {{ platform = \"p\", demand.constant = \"1s\" }}
                [platform.p]
                kind = \"faas\"
                binding = \"{binding}\"
                cold_start.constant = \"10s\"
                keep_alive.scheduled = {{ window = \"2m\", every = \"2d\",
                    times = [{{ from = \"0s\", to = \"12h\", instances = 1 }}] }}"
            )
            .replace(",\n                    times", ", times"),
        );
        let total = outcome.total();
        assert_eq!((total.completed, instances(&outcome).starts), (1, 1), "{binding}");
    }
}

/// Without a horizon a run ends with its last request, or when nothing is left of what its callers
/// gave up, though a schedule would go on.
#[test]
fn a_schedule_does_not_keep_a_run_going() {
    for timeout in ["", ", timeout = \"100ms\""] {
        let outcome = outcome(
            Path::new(""),
            &format!(
                "client.a = {{ service = \"f\",
                    arrivals.stages = [{{ duration = \"10s\", target = \"2/s\" }}] }}
                service.f = {{ platform = \"p\", demand.constant = \"50ms\",
                    calls = [{{ service = \"g\"{timeout} }}] }}
                service.g = {{ platform = \"p\", demand.constant = \"1s\",
                    calls = [{{ service = \"h\" }}] }}
                service.h = {{ platform = \"p\", demand.constant = \"1s\" }}
                [platform.p]
                kind = \"faas\"
                keep_alive.scheduled = {{ window = \"1s\", every = \"5s\",
                    times = [{{ from = \"1s\", to = \"2s\", instances = 2 }}] }}"
            )
            .replace(",\n                    ", ", "),
        );
        assert!(outcome.end.as_secs_f64() < 30.0, "{}", outcome.end);
        assert_eq!(outcome.total().in_flight(), 0);
    }
}

/// An instance that starts in no time and takes the room of its own like is not started for ever.
#[test]
fn a_floor_that_does_not_fit_is_given_up() {
    let figures = outcome(
        Path::new(""),
        "horizon = \"1h\"
        client.a = { service = \"f\", arrivals.constant.rate = \"1/min\" }
        service.f = { platform = \"p\", demand.constant = \"1s\", memory = \"512MiB\" }
        [platform.p]
        kind = \"faas\"
        keep_alive.least-instances = { instances = 3, window = \"1m\" }
        hosts = [{ cpu = 4, memory = \"1GiB\" }]",
    );
    assert_eq!(cold(&figures), 0);
    assert_eq!(instances(&figures).instances.max, Some(2));
}

/// Nine requests at once fill a host that holds eight instances, two of which are kept for another
/// service: eviction leaves these alone, however often more would be started.
#[test]
fn eviction_takes_nothing_that_a_floor_keeps() {
    for (binding, cap) in [("late", ""), ("early", ""), ("late", "max_instances = 8")] {
        let outcome = outcome(
            Path::new(""),
            &format!(
                "client.a = {{ service = \"f\", arrivals.stages = [{{ duration = \"10m\", target = \"6/s\" }}] }}
                client.b = {{ service = \"g\", arrivals.constant.rate = \"1/min\" }}
                horizon = \"10m\"
                warm_up = \"10s\"
                service.f = {{ platform = \"p\", demand.exponential.mean = \"2s\" }}
                service.g = {{ platform = \"p\", demand.constant = \"1s\" }}
                [platform.p]
                kind = \"faas\"
                binding = \"{binding}\"
                {cap}
                cold_start.constant = \"1s\"
                keep_alive.least-instances = {{ instances = 2, window = \"1s\" }}
                hosts = [{{ cpu = 4, memory = \"1GiB\" }}]"
            ),
        );
        let of_b = &outcome.clients[1].of;
        assert!(of_b.completed >= 9, "{}", of_b.completed);
        assert_eq!(
            (of_b.cold_start.count(), of_b.waiting.max()),
            (0, Some(Span::ZERO)),
            "{binding}"
        );
        let figures = instances(&outcome);
        assert_eq!((figures.evictions, figures.instances.max), (0, Some(8)), "{binding}");
    }
}

/// Three instances start ahead of three requests: each of these is bound to one of its own.
#[test]
fn each_instance_that_starts_ahead_is_bound_to() {
    let outcome = outcome(
        Path::new(""),
        "client.a = { service = \"f\", arrivals.stages = [{ duration = \"3s\", target = \"2/s\" }], retries.attempts = 1 }
        horizon = \"1h\"
        seed = 3
        service.f = { platform = \"p\", demand.constant = \"1s\" }
        [platform.p]
        kind = \"faas\"
        binding = \"early\"
        cold_start.constant = \"10s\"
        keep_alive.least-instances = { instances = 20, window = \"1m\" }",
    );
    assert!(outcome.total().requests > 1, "{}", outcome.total().requests);
    assert_eq!(instances(&outcome).starts, 20);
}

/// By the clock, the hours are not alike, whatever is sent.
#[test]
fn a_schedule_is_not_the_same_at_all_times() {
    let is_stationary = |keep_alive: &str| {
        let scenario = format!(
            "horizon = \"1d\"
            client.a = {{ service = \"f\", arrivals.poisson.rate = \"1/s\" }}
            service.f = {{ platform = \"p\", demand.constant = \"1s\" }}
            platform.p = {{ kind = \"faas\", keep_alive.{keep_alive} }}"
        );
        let loaded = load_text("test.toml", &scenario, Path::new(""), "test", &[]).unwrap();
        loaded.specification.is_stationary()
    };
    assert!(is_stationary("least-instances = { instances = 1, window = \"1m\" }"));
    let times = "times = [{ from = \"7h\", to = \"9h\", instances = 2 }]";
    assert!(!is_stationary(&format!("scheduled = {{ window = \"1m\", {times} }}")));
}
