//! What jobs and reserved cores cost.

use super::{ONE, cloud, load, told};

/// 1.0004 s are billed as 1001 ms of one core, 2.5 s on two cores as 5 core-seconds of c2, at 2.5 units: 6.25 s of
/// demand. The spawn costs nothing. 1.001 s * 0.05 / 3600 = 13,902,777.8 picodollars, 5 s * 0.13 / 3600 =
/// 180,555,555.6.
#[test]
fn compute_time_is_billed_to_the_millisecond() {
    let services = "service.a = { platform = 'cloud', core_type = 'c1' }\n\
                    service.b = { platform = 'cloud', core_type = 'c2', cores = 2 }\n";
    let jobs = [(0.0, "a", 1.0004), (0.0, "b", 6.25)];
    let (_, outcome) = told(&load(&jobs, services, &[&cloud(ONE), &cloud("price=picloud")]));
    let lines = &outcome.platforms[0].of.1.lines;
    let lines: Vec<_> =
        lines.iter().map(|line| (&*line.unit, line.cost.as_picodollars())).collect();
    assert_eq!(lines, [("c1 core-hour", 13_902_778), ("c2 core-hour", 180_555_556)]);
}

/// Realtime cores cost by the whole hour, and jobs on them nothing more: 2 cores for 90 minutes are 4
/// core-hours at 0.1 USD. A third job at once spills to the shared queue: 60 s of c1.
#[test]
fn realtime_is_billed_by_the_hour() {
    let services = "service.a = { platform = 'cloud', core_type = 'c1' }\n";
    let jobs = [(0.0, "a", 60.0); 3];
    let sets = [
        cloud(ONE),
        cloud("realtime=[{ core_type = 'c1', cores = 2 }]"),
        cloud("price.picloud.values.realtime=0.1"),
        "horizon=90m".to_owned(),
    ];
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let (_, outcome) = told(&load(&jobs, services, &sets));
    let costs: Vec<_> =
        outcome.platforms[0].of.1.lines.iter().map(|line| line.cost.as_picodollars()).collect();
    assert_eq!(costs, [833_333_333, 400_000_000_000]);
}
