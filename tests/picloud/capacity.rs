//! When nodes are rented and given back.

use cloudsched::metric::Doing;

use super::{cloud, ends, load, metric, told};

/// A job comes at 10 s: nobody knows how long it takes, so a node is rented, which is there at 100 s. It
/// runs from 100.5 to 200.5 s. Paid until 3610 s, the node then goes; a job at 3000 s still finds it, and
/// its process. One at 5000 s finds none.
#[test]
fn a_node_goes_when_its_hour_is_over_and_it_is_idle() {
    let services = "service.a = { platform = 'cloud' }\n";
    let jobs = [(10.0, "a", 100.0), (3000.0, "a", 1.0), (5000.0, "a", 1.0)];
    let (told, outcome) = told(&load(&jobs, services, &["horizon=10000s"]));
    assert_eq!(ends(&told), [("a", 200.5), ("a", 3001.0), ("a", 5091.5)]);
    let expected = [
        (0, Doing::Cold, 10.0, 100.0),
        (0, Doing::Busy, 100.0, 200.5),
        (0, Doing::Idle, 200.5, 3000.0),
        (0, Doing::Busy, 3000.0, 3001.0),
        (0, Doing::Idle, 3001.0, 3610.0),
        (1, Doing::Cold, 5000.0, 5090.0),
        (1, Doing::Busy, 5090.0, 5091.5),
        (1, Doing::Idle, 5091.5, 8600.0),
    ];
    let nodes: Vec<_> = told
        .nodes
        .iter()
        .map(|(number, _, doing, from, to)| (*number, *doing, *from, *to))
        .collect();
    assert_eq!(nodes, expected);
    assert_eq!(metric(&outcome, "instance_starts"), 2.0);
    assert_eq!(metric(&outcome, "expirations"), 2.0);
    // 2 nodes for an hour each, of 10,000 s.
    assert!((metric(&outcome, "instances_mean") - 0.72).abs() < 1e-12);
    // 100.5 + 1.5 core-seconds of jobs and spawns, and 1 of the warm one, of 2 * 4 * 3600.
    assert!((metric(&outcome, "utilisation") - 103.0 / 28_800.0).abs() < 1e-12);
}

/// A node that is busy when its hour is over is paid for another.
#[test]
fn a_busy_node_stays() {
    let services = "service.a = { platform = 'cloud' }\n";
    let jobs = [(0.0, "a", 3600.0)];
    let (told, _) = told(&load(&jobs, services, &["horizon=10000s"]));
    assert_eq!(ends(&told), [("a", 3690.5)]);
    let last = told.nodes.last().unwrap();
    assert_eq!((last.2, last.3, last.4), (Doing::Idle, 3690.5, 7200.0));
}

/// Nine jobs at once, each taken to last an hour, on nodes of 4 cores: 9 cores are 3 nodes, and all run in
/// parallel. Taken to last 10 minutes, six of them fit on a core one after another: 1.5 cores of
/// work are one node.
#[test]
fn hour_long_jobs_run_in_parallel_and_short_ones_are_packed() {
    let services = "service.a = { platform = 'cloud' }\n";
    let long: Vec<_> = (0..9).map(|_| (0.0, "a", 3600.0)).collect();
    let (jobs, outcome) = told(&load(&long, services, &[&cloud("capacity.hour-ahead.guess=1h")]));
    assert_eq!(metric(&outcome, "instances_max"), 3.0);
    assert!(jobs.jobs.iter().all(|job| (job.1 - 3690.5).abs() < 1e-9), "{:?}", ends(&jobs));
    let short: Vec<_> = (0..9).map(|_| (0.0, "a", 600.0)).collect();
    let (jobs, outcome) = told(&load(&short, services, &[]));
    assert_eq!(metric(&outcome, "instances_max"), 1.0);
    // Four at a time: the last ends after three rounds.
    assert!((jobs.jobs[8].1 - 1890.5).abs() < 1e-9, "{:?}", ends(&jobs));
}

/// The guess was 10 minutes, a job takes an hour: when the first four have ended, the others are known to
/// need a core each, and a second node is rented for the five that wait.
#[test]
fn what_jobs_took_tells_how_long_similar_ones_will() {
    let services = "service.a = { platform = 'cloud' }\n";
    let jobs: Vec<_> = (0..9).map(|_| (0.0, "a", 3600.0)).collect();
    let (told, outcome) = told(&load(&jobs, services, &[]));
    assert_eq!(metric(&outcome, "instances_max"), 2.0);
    // At 3690.5 the first has ended, and 8 are left: two nodes. The other is there 90 s later, for the one
    // that the four free cores did not take.
    let last = ends(&told)[8].1;
    assert!((last - (3690.5 + 90.5 + 3600.0)).abs() < 1e-9, "{last}");
}

/// Six jobs come every two and a half hours and take 40 minutes each: 6 cores, as no core runs two of
/// them in an hour. Four times the last two wait for a second node. After three gaps alike it is rented two
/// minutes before they come, at 36,000 s, and nobody waits but for the start of a process.
#[test]
fn a_rhythm_is_learnt() {
    let services = "service.a = { platform = 'cloud' }\n";
    let jobs: Vec<_> = (0..5_u32)
        .flat_map(|time| (0..6).map(move |_| (9000.0 * f64::from(time), "a", 2400.0)))
        .collect();
    let (told, _) = told(&load(&jobs, services, &["horizon=12h"]));
    let waited: Vec<f64> =
        (0..5).map(|time| told.jobs[6 * time + 5].1 - 9000.0 * time as f64 - 2400.0).collect();
    // The first time the guess of 10 minutes made one node of it: two jobs waited for the first four.
    assert_eq!(waited, [2490.5, 90.5, 90.5, 90.5, 0.5]);
    let rented = told.nodes.iter().filter(|node| node.2 == Doing::Cold && node.3 >= 30_000.0);
    let rented: Vec<f64> = rented.map(|node| node.3).collect();
    assert_eq!(rented, [35_880.0]);
}

/// Jobs of 100 s come every 20 s, a load of 5 cores, more than a node has: a queue would have to hold
/// an hour of work before a second is rented. After an hour the forecast has it.
#[test]
fn what_comes_hour_by_hour_is_forecast() {
    let services = "service.a = { platform = 'cloud' }\n";
    let jobs: Vec<_> = (0..360_u32).map(|n| (20.0 * f64::from(n), "a", 100.0)).collect();
    let (told, _) = told(&load(&jobs, services, &["horizon=2h"]));
    let rented: Vec<f64> =
        told.nodes.iter().filter(|node| node.2 == Doing::Cold).map(|node| node.3).collect();
    assert_eq!(rented, [0.0, 3600.0]);
}
