//! Releases beside on services with autoscalers: each version has its own.

use super::{Told, told};
use cloudsched::scenario::load_text;

/// What is told of a service of which two cores are used, of as many replicas as an autoscaler wants that may use all of theirs, which
/// start at once; at 600 s comes a version.
fn scaled(kind: &str, autoscaler: &str, release: &str) -> Told {
    let text = format!(
        "output.instances = true
        horizon = '1500s'
        client.c = {{ service = 's', arrivals.constant.rate = '20/s' }}
        platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 64, memory = '64GiB' }}], endpoint_delay = '0s' }}
        [service.s]
        platform = 'c'
        cpu = 1
        memory = '1GiB'
        replicas = 8
        demand.constant = '100ms'
        pod.start.constant = '10s'
        autoscaling = {{ min_replicas = 1, max_replicas = 10, cpu_utilisation = 0.5, autoscaler = '{autoscaler}' }}
        [release.v2]
        service = 's'
        at = '600s'
        {release}\n"
    );
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    told(&loaded).0
}

/// How many pods of a version are there at a time.
fn at(told: &Told, version: &str, time: f64) -> usize {
    let pods = told.pods_of(version);
    pods.iter().filter(|pod| pod.1 <= time && time < pod.2).count()
}

/// Pods of both versions at these times.
fn both(told: &Told, times: &[f64]) -> Vec<(usize, usize)> {
    times.iter().map(|&time| (at(told, "s", time), at(told, "s@v2", time))).collect()
}

const CANARY: &str =
    "strategy.canary.steps = [{ weight = 0.25, hold = '200s' }, { weight = 0.5, hold = '200s' }]";

/// Two cores used at half of each are four replicas, which Kubernetes has after its five minutes. The new version begins with its share
/// of these, up at 610, 820 and 1030, and wants no more; the old one keeps its four, though it serves a half at last.
#[test]
fn the_new_version_begins_with_its_share_of_what_there_is() {
    // A fifth less work, so that no chance of the draw makes its autoscaler add one.
    let less = format!("{CANARY}\nversion.demand.constant = '80ms'");
    let told = scaled("kubernetes", "horizontal", &less);
    let times = [599.0, 601.0, 809.0, 811.0, 1019.0, 1021.0, 1029.0, 1031.0, 1099.0];
    let expected = [(4, 0), (4, 1), (4, 1), (4, 2), (4, 2), (4, 4), (4, 4), (0, 4), (0, 4)];
    assert_eq!(both(&told, &times), expected);
}

/// A version whose requests take twice as long uses a core of its one replica at a quarter of the load: its own autoscaler makes it two,
/// and four at half of the load, and eight at all.
#[test]
fn the_new_version_has_an_autoscaler_of_its_own() {
    let slow = format!("{CANARY}\nversion.demand.constant = '200ms'");
    let told = scaled("kubernetes", "horizontal", &slow);
    assert_eq!(both(&told, &[605.0]), [(4, 1)]);
    // One more at times: as the draw has it.
    for (time, old, new) in [(800.0, 4, 2), (1000.0, 4, 4), (1499.0, 0, 8)] {
        let (left, there) = (at(&told, "s", time), at(&told, "s@v2", time));
        assert!(left == old && (new..=new + 1).contains(&there), "{left} and {there} at {time}");
    }
}

/// Target tracking takes the first of eight replicas away at 840, after a quarter of an hour: not while a release is under way, in which both
/// versions keep what they have; afterwards the one that is left comes to four.
#[test]
fn nothing_is_taken_away_during_a_release() {
    let left = |release: &str| scaled("ecs", "target-tracking", release);
    let kept = left("strategy.blue-green.keep = '700s'");
    assert_eq!(both(&kept, &[599.0, 615.0, 1300.0]), [(8, 0), (8, 8), (8, 8)]);
    let bad = "strategy.canary.steps = [{ weight = 0.25, hold = '1h' }]
        version.failure = 1\ngate = { every = '400s' }";
    let back = left(bad);
    assert_eq!(both(&back, &[615.0, 999.0]), [(8, 2), (8, 2)]);
    assert_eq!(both(&back, &[1499.0]), [(4, 0)]);
}

/// Two old replicas stand on a node each, and then three new ones on the first, which wait for approval. For a busier hour the old version
/// has two more, on the second node, and then one too many: that on the first goes, which has four of the service, not the newest on the
/// second, which has three.
#[test]
fn who_stands_beside_counts_when_one_is_too_many() {
    let text = "output.instances = true
        horizon = '2000s'
        platform.c = { kind = 'kubernetes', nodes = [
            { name = 'a', labels.rack = 'a', cpu = 64, memory = '64GiB' },
            { name = 'b', labels.rack = 'b', cpu = 64, memory = '64GiB' }] }
        [client.c]
        service = 's'
        arrivals.stages = [
            { duration = '1ms', target = '100/s' }, { duration = '700s', target = '100/s' },
            { duration = '1ms', target = '190/s' }, { duration = '300s', target = '190/s' },
            { duration = '1ms', target = '140/s' }, { duration = '1000s', target = '140/s' }]
        [service.s]
        platform = 'c'
        cpu = 1
        memory = '1GiB'
        replicas = 2
        demand.constant = '10ms'
        autoscaling = { min_replicas = 2, max_replicas = 10, cpu_utilisation = 0.5 }
        [release.v2]
        service = 's'
        at = '600s'
        version.autoscaling.min_replicas = 3
        version.pod.node_selector = { rack = 'a' }
        strategy.blue-green.keep = '1h'
        gate.approval.constant = '1h'\n";
    let loaded = load_text("t.toml", text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (told, _) = told(&loaded);
    let on = |version: &str, time: f64| -> Vec<u32> {
        let pods = told.pods_of(version).into_iter();
        let mut nodes: Vec<u32> =
            pods.filter(|pod| pod.1 <= time && time < pod.2).map(|pod| pod.0).collect();
        nodes.sort_unstable();
        nodes
    };
    assert_eq!((on("s", 650.0), on("s@v2", 650.0)), (vec![0, 1], vec![0, 0, 0]));
    assert_eq!(on("s", 950.0), [0, 1, 1, 1]);
    assert_eq!(on("s", 1900.0), [1, 1, 1]);
}
