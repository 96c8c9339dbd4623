//! Rollouts in whose midst replicas hang, crash and fail to start.

use super::rollout::{cluster, lives};
use super::{Told, load, told};
use cloudsched::scenario::load_text;

/// What is told of a run where nobody asks anything.
fn idle(scenario: &str) -> Told {
    told(&load(&[(299.0, "s", 0.0)], scenario)).0
}

/// All pods hang from 105 to 125. New ones have started for 5 s of 10: they are ready at 130. Kubernetes has three old and two
/// new ones at 100; at 130 two old go for two new, at 140 the last. ECS waits for all four. Swarm goes on with the second at 130,
/// and then every 10 s.
#[test]
fn a_rollout_goes_on_when_replicas_answer_again() {
    let hang = "fault.f = { platform = 'c', kind = 'hang', at = ['105s'], lasts.constant = '20s' }";
    for (kind, gone, came) in [
        ("kubernetes", [100.0, 130.0, 130.0, 140.0], [100.0, 100.0, 130.0, 130.0]),
        ("ecs", [130.0; 4], [100.0; 4]),
        ("docker-swarm", [100.0, 130.0, 140.0, 150.0], [100.0, 130.0, 140.0, 150.0]),
    ] {
        let told = idle(&cluster(kind, "").replace("horizon", &format!("{hang}\nhorizon")));
        let expected = (gone.to_vec(), came.to_vec());
        assert_eq!((lives(&told, "s").1, lives(&told, "s@v2").0), expected, "{kind}");
    }
}

/// A replica must have been ready for 10 s. The new one is from 110 on, and all crash at 115: started again at once, they are
/// found ready at 125, before anybody sends requests to them again a second later. At 135 the old one is told to stop, and at 136 it
/// is gone.
#[test]
fn a_replica_that_is_ready_again_counts_from_then_on() {
    let way = "rollout.rolling-update = { max_surge = 1, max_unavailable = 0, min_ready = '10s' }";
    let scenario = cluster("kubernetes", way)
        .replace("replicas = 4", "replicas = 1")
        .replace("endpoint_delay = '0s'", "endpoint_delay = '1s'")
        + "[fault.f]\nplatform = 'c'\nkind = 'container-crash'\nat = ['115s']\n";
    assert_eq!(lives(&idle(&scenario), "s").1, [136.0]);
}

/// Two tasks on each of two instances. One of these fails at 95 for a second, so that others come for its tasks and are not healthy at
/// 100: nobody misses these, which go at once. All others stay until the new ones are healthy at 110.
#[test]
fn ecs_stops_tasks_that_are_not_healthy_first() {
    let spread = "scheduler.ecs = { strategies = [{ spread = 'instanceId' }] }";
    let scenario = cluster("ecs", spread).replace(
        "nodes = [{",
        "nodes = [{ name = 'a', labels.rack = 'a', cpu = 64, memory = '64GiB' }, { name = 'b',",
    ) + "[fault.f]\nplatform = 'c'\nat = ['95s']\nlasts.constant = '1s'\nmatch = 'rack=a'\n";
    let told = idle(&scenario);
    let mut old: Vec<_> = told.pods_of("s").into_iter().map(|pod| (pod.0, pod.2)).collect();
    old.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let left = [(0, 96.0), (0, 96.0), (0, 100.0), (0, 100.0), (1, 110.0), (1, 110.0)];
    assert_eq!(old, left);
}

/// No new task ever starts, and there is room for two beside the four old ones. Both fail at 110, and those that wait come in
/// their place; the first of these that fails at 120 is the third. No more is launched from then on, neither for those two nor
/// what waits.
#[test]
fn ecs_launches_nothing_more_when_a_deployment_is_given_up() {
    let way = "rollout.ecs = { circuit_breaker = true, rollback = false }";
    let scenario =
        cluster("ecs", way).replace("cpu = 64", "cpu = 6") + "version.pod.start_failure = 1\n";
    let told = idle(&scenario);
    assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]));
    let expected = (vec![100.0, 100.0, 110.0, 110.0], vec![110.0, 110.0, 120.0, 120.0]);
    assert_eq!(lives(&told, "s@v2"), expected);
}

/// What is told of four replicas, of each of which half a core is used, all of whose pods start in `start` seconds; at 300 s
/// comes a version with `autoscaling`.
fn scaled(start: &str, before: &str, autoscaling: &str) -> Told {
    let text = format!(
        "output.instances = true
        horizon = '1200s'
        client.c = {{ service = 's', arrivals.constant.rate = '20/s' }}
        platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = 64, memory = '64GiB' }}], endpoint_delay = '0s' }}
        [service.s]
        platform = 'c'
        cpu = 1
        replicas = 4
        demand.constant = '100ms'
        pod.start.constant = '{start}s'
        {before}
        [release.v2]
        service = 's'
        at = '300s'
        version.autoscaling = {{ {autoscaling} }}\n"
    );
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    told(&loaded).0
}

/// Target tracking that never scales in, and then a horizontal autoscaler of the same bounds and aim: 2 cores are used, which at
/// 100 % for each are two of the four replicas. They go 5 minutes after its first look.
#[test]
fn a_version_may_have_another_autoscaler() {
    let bounds = "min_replicas = 1, max_replicas = 10, cpu_utilisation = 1.0";
    let before = format!(
        "autoscaling = {{ {bounds}, autoscaler.target-tracking = {{ disable_scale_in = true }} }}"
    );
    for (autoscaler, left) in
        [("'horizontal'", 2), ("{ target-tracking = { disable_scale_in = true } }", 4)]
    {
        let told = scaled("0", &before, &format!("{bounds}, autoscaler = {autoscaler}"));
        let pods = told.pods_of("s@v2");
        assert_eq!(
            pods.iter().filter(|pod| pod.2 == 1200.0).count(),
            left,
            "{autoscaler}: {pods:?}"
        );
    }
}

/// An autoscaler that comes with a version first looks at old pods, of which it knows nothing yet: what they have used is over all
/// the time since they came, half a core, which is what is wanted. It makes no pod more: four old, four new.
#[test]
fn an_autoscaler_that_begins_measures_from_the_start_of_pods() {
    let told = scaled("100", "", "min_replicas = 1, max_replicas = 10, cpu_utilisation = 0.5");
    assert_eq!((told.pods_of("s").len(), told.pods_of("s@v2").len()), (4, 4));
}

/// New tasks hang from 105 on and never become healthy. Looks at their containers at 130, 141 and 152 fail, the last at 153:
/// the third of four that is replaced brings the old version back.
#[test]
fn ecs_counts_tasks_that_its_checks_have_found() {
    let way = "rollout.ecs = { circuit_breaker = true }";
    let scenario = cluster("ecs", way)
        + "version.pod.liveness = { period = '10s', timeout = '1s' }\n\
           [fault.f]\nplatform = 'c'\nkind = 'hang'\nat = ['105s']\n";
    let told = idle(&scenario);
    assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]));
    assert!(told.pods_of("s@v2").iter().all(|pod| pod.2 < 300.0), "{:?}", told.pods);
}

/// The first new task has run since 130, the first look of its check, and hangs from 150 on. Looks at 160, 220 and 280 fail, the last
/// at 310, and 10 s later it is killed: long after the 5 s in which that would bring the old version back. Its place has
/// rested at 330, and replaces the other task.
#[test]
fn swarm_does_not_count_a_task_that_has_run_for_long() {
    let way = "rollout.swarm = { failure_action = 'rollback', delay = '200s' }";
    let scenario = cluster("docker-swarm", way)
        .replace("replicas = 4", "replicas = 2")
        .replace("horizon = '300s'", "horizon = '400s'")
        + "version.pod = { readiness = {}, liveness = {} }\n\
           [fault.f]\nplatform = 'c'\nkind = 'hang'\nat = ['150s']\n";
    let told = told(&load(&[(399.0, "s", 0.0)], &scenario)).0;
    let gone: Vec<f64> = told.pods_of("s").into_iter().map(|pod| pod.2).collect();
    assert_eq!(gone, [100.0, 330.0]);
}

/// The first new task comes at 100 beside the old one in its place, and fails at 110: the update goes back, and all old tasks have
/// served all the while.
#[test]
fn swarm_goes_back_to_tasks_that_serve() {
    let way = "rollout.swarm = { order = 'start-first', failure_action = 'rollback' }";
    let scenario = cluster("docker-swarm", way) + "version.pod.start_failure = 1\n";
    let told = idle(&scenario);
    assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]));
    let (came, gone) = lives(&told, "s@v2");
    assert!(came[0] == 100.0 && gone.len() == came.len(), "{came:?} and {gone:?}");
}

/// The new tasks start for a day, and their target group finds none of them healthy: four are replaced 30 s after they began, of which the
/// third trips the circuit breaker. None comes for it nor for the fourth, and the old ones stay.
#[test]
fn ecs_gives_up_what_never_becomes_healthy() {
    let way = "rollout.ecs = { circuit_breaker = true }";
    let scenario = cluster("ecs", way)
        .replace("pod.start.constant = '10s'", "pod = { start.constant = '10s', readiness = {} }");
    let told = idle(&(scenario + "version.pod.start.constant = '24h'\n"));
    assert_eq!(lives(&told, "s").1, Vec::<f64>::new());
    let (came, gone) = lives(&told, "s@v2");
    assert_eq!((&came[..4], gone.len()), (&[100.0; 4][..], came.len()), "{came:?} {gone:?}");
    assert!(gone.iter().all(|end| *end <= 131.0), "{gone:?}");
}
