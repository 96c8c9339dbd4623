//! What the keys of `autoscaling` and of its autoscalers do, worked out by hand. What is decided when is told along the run.

use super::told_along::scalings;

/// A service of one replica that asks for a core, of `work` cores in requests of 100 ms, scaled as `autoscaling` says: when to
/// how many, and why. One replica can use all of it, and several share it.
fn scaled(work: f64, horizon: u32, autoscaling: &str) -> Vec<(f64, u32, &'static str)> {
    let rate = work * 10.0;
    scaled_by(&format!("arrivals.constant.rate = '{rate}/s'"), "", horizon, autoscaling)
}

fn scaled_by(
    arrivals: &str,
    service: &str,
    horizon: u32,
    autoscaling: &str,
) -> Vec<(f64, u32, &'static str)> {
    scalings(&format!(
        "horizon = '{horizon}s'\n\
         client.c = {{ service = 's', {arrivals} }}\n\
         service.s = {{ platform = 'c', cpu = 1, replicas = 1, demand.constant = '100ms', {service} \
         autoscaling = {{ {autoscaling} }} }}\n\
         platform.c = {{ kind = 'orchestrator', balance = 'round-robin', nodes = [{{ cpu = 64, memory = '64GiB' }}] }}\n"
    ))
}

/// 0.6 of a core for a target of 0.5 are 20 % too much: two replicas, but not with a tolerance of a quarter, or of a quarter
/// up. A tolerance down is no matter.
#[test]
fn a_tolerance_says_what_is_near_enough() {
    let with = |more: &str| {
        scaled(0.6, 120, &format!("max_replicas = 9, cpu_utilisation = 0.5{more}")).len()
    };
    assert_eq!(with(""), 1);
    assert_eq!(with(", autoscaler.horizontal = { tolerance = 0.25 }"), 0);
    assert_eq!(with(", autoscaler.horizontal = { scale_up = { tolerance = 0.25 } }"), 0);
    assert_eq!(with(", autoscaler.horizontal = { scale_down = { tolerance = 0.25 } }"), 1);
}

/// Nine cores for a target of 100 % are nine replicas. Without rules there are at most twice as many at once, or four: 4, 8,
/// 9, each 15 s. With rules that say nothing, 4 or 100 percent more in 15 s, whichever is more: 5, 9 (of 10 that may be). With
/// two in a minute: two, and two more each time that is a minute ago. The smaller one of 4 pods and 100 percent: 2, 4, 8, 9; and none at all if nothing may come.
#[test]
fn policies_say_how_many_come_in_a_time() {
    let with = |more: &str| -> Vec<(f64, u32)> {
        let all = scaled(9.0, 200, &format!("max_replicas = 20, cpu_utilisation = 1.0{more}"));
        let first = all[0].0;
        all.into_iter().map(|(time, to, _)| (time - first, to)).collect()
    };
    assert_eq!(with(""), [(0.0, 4), (15.0, 8), (30.0, 9)]);
    let rules = |rules: &str| with(&format!(", autoscaler.horizontal.scale_up = {{ {rules} }}"));
    assert_eq!(rules(""), [(0.0, 5), (15.0, 9)]);
    assert_eq!(
        rules("policies = [{ pods = 2, period = '1m' }]"),
        [(0.0, 3), (60.0, 5), (120.0, 7), (180.0, 9)]
    );
    assert_eq!(rules("select = 'min'"), [(0.0, 2), (15.0, 4), (30.0, 8), (45.0, 9)]);
    let all = scaled(
        9.0,
        200,
        "max_replicas = 20, cpu_utilisation = 1.0, autoscaler.horizontal.scale_up.select = 'disabled'",
    );
    assert_eq!(all, []);
}

/// More are wanted from 30 s on, and come when that has been so for a minute: at 30 s one was enough by the look at 15 s,
/// which counts until it is a minute old.
#[test]
fn a_stabilisation_up_waits() {
    let at = |more: &str| {
        scaled(1.8, 300, &format!("max_replicas = 9, cpu_utilisation = 1.0{more}"))[0].0
    };
    let waits = at(", autoscaler.horizontal.scale_up.stabilization = '1m'");
    let first = at(", autoscaler.horizontal.scale_up = {}");
    assert_eq!(at(""), first);
    assert!((30.0..=60.0).contains(&(waits - first)), "{first} {waits}");
}

const FALLS: &str = "arrivals.stages = [{ duration = '1ms', target = '18/s' }, { duration = '300s', target = '18/s' }, \
    { duration = '1ms', target = '1/s' }, { duration = '900s', target = '1/s' }]";

/// The load falls at 300 s. With the next looks one replica is enough, which is told 300 s after two were wanted last; a
/// minute after with a window of a minute; and at once, as soon as the samples show it, without one. Never if it is disabled.
#[test]
fn a_stabilisation_down_says_when_they_go() {
    let down = |more: &str| {
        let all =
            scaled_by(FALLS, "", 1200, &format!("max_replicas = 9, cpu_utilisation = 1.0{more}"));
        all.into_iter().find(|(_, to, why)| (*to, *why) == (1, "all metrics below target"))
    };
    let at = |more: &str| down(more).unwrap().0;
    let rules = |rules: &str| format!(", autoscaler.horizontal.scale_down = {{ {rules} }}");
    assert!((315.0..=330.0).contains(&at(&rules("stabilization = '0s'"))));
    assert!((360.0..=390.0).contains(&at(&rules("stabilization = '1m'"))));
    assert!((600.0..=630.0).contains(&at("")));
    assert!((600.0..=630.0).contains(&at(&rules(""))));
    assert_eq!(down(&rules("select = 'disabled'")), None);
}

/// Each replica uses 60 MiB of the 100 that it asks for, whatever the load; half of it is wanted. 1.2 times the replicas, rounded
/// up, is one more each time.
#[test]
fn memory_is_a_metric() {
    let all = scaled_by(
        "arrivals.constant.rate = '1/s'",
        "memory = '100MiB', pod.memory_use.base = '60MiB',",
        100,
        "max_replicas = 4, memory_utilisation = 0.5",
    );
    let why = "memory above target";
    assert_eq!(all, [(15.0, 2, why), (30.0, 3, why), (45.0, 4, why)]);
}

/// 25 requests a second for replicas that shall get 10 each are three, of 8.3 each then, and stay three.
#[test]
fn requests_are_a_metric() {
    let all = scaled_by(
        "arrivals.constant.rate = '25/s'",
        "",
        200,
        "max_replicas = 9, requests_per_replica = '10/s'",
    );
    assert_eq!(all, [(15.0, 3, "requests above target")]);
}

/// Of two metrics the one counts that wants more replicas.
#[test]
fn of_several_metrics_the_highest_counts() {
    let to = |autoscaling: &str| {
        let all = scaled_by("arrivals.constant.rate = '20/s'", "", 100, autoscaling);
        all.last().map(|&(_, to, why)| (to, why))
    };
    // Two cores for a target of one each; five requests a second each.
    let [cpu, few, many] = [
        "max_replicas = 9, cpu_utilisation = 1.0",
        "max_replicas = 9, cpu_utilisation = 1.0, requests_per_replica = '20/s'",
        "max_replicas = 9, cpu_utilisation = 1.0, requests_per_replica = '5/s'",
    ]
    .map(to);
    assert_eq!(cpu, Some((2, "cpu above target")));
    assert_eq!(few, Some((2, "cpu above target")));
    assert_eq!(many, Some((4, "requests above target")));
}

/// By the clock: two at midnight, six from 1 to 3 o'clock, three from 2 to 4, of which the larger counts. `replicas` says one,
/// which is told, and there are two from the start on.
#[test]
fn replicas_by_the_clock() {
    let all = scaled_by(
        "arrivals.constant.rate = '1/s'",
        "",
        5 * 3600,
        "autoscaler.scheduled = { min = 2, times = [{ from = '1h', to = '3h', instances = 6 }, { from = '2h', to = '4h', instances = 3 }] }",
    );
    let by = "by the clock";
    assert_eq!(all, [(3600.0, 6, by), (3.0 * 3600.0, 3, by), (4.0 * 3600.0, 2, by)]);
}

/// 0.9 of a core: above 60 % for three minutes in a row, at 180 s; then 45 % of each of two.
#[test]
fn replicas_by_steps() {
    let all = scaled(
        0.9,
        900,
        "autoscaler.step = { max = 5, steps = [{ above = 0.6, add = 1 }, { below = 0.3, remove = 1 }] }",
    );
    assert_eq!(all, [(180.0, 2, "cpu above a step")]);
}

/// ECS by two policies: the CPU wants two tasks, the requests four (20 a second, five each).
#[test]
fn target_tracking_follows_several_metrics() {
    let all = scaled_by(
        "arrivals.constant.rate = '20/s'",
        "",
        300,
        "max_replicas = 9, cpu_utilisation = 1.0, requests_per_replica = '5/s', autoscaler = 'target-tracking'",
    );
    assert_eq!(all, [(180.0, 4, "requests above target")]);
}

/// Four times the CPU that is wanted is used at first: two become four, as twice as many may come at once, and then eight, although four
/// use no more than that: what was recommended before still counts.
#[test]
fn the_reason_is_an_earlier_recommendation_if_that_decides() {
    let scenario = "horizon = '100s'\n\
         client.c = { service = 's', arrivals.stages = [{ duration = '1ms', target = '20/s' }, { duration = '32s', target = '20/s' }, \
         { duration = '1ms', target = '9/s' }, { duration = '67s', target = '9/s' }] }\n\
         service.s = { platform = 'c', cpu = '500m', replicas = 1, demand.constant = '200ms', \
         autoscaling = { max_replicas = 20, cpu_utilisation = 0.4 } }\n\
         platform.c = { kind = 'kubernetes', balance = 'round-robin', nodes = [{ count = 8, cpu = 8, memory = '64GiB' }] }\n";
    let told = super::told_along::scalings(scenario);
    assert!(told[0].2 == "cpu above target", "{told:?}");
    assert!(told.iter().any(|scaled| scaled.2 == "recommended earlier"), "{told:?}");
    assert!(told.iter().all(|scaled| scaled.2 != "on target"), "{told:?}");
}
